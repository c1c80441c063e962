import { isFloat } from '../graph/shapes'
import type { Graph, Port } from '../graph/types'
import { notAClassifier, written } from './refusal'

/** What the network is fed. */
export interface ImageInput {
  readonly name: string
  /** [1, 3, H, W], or [1, H, W, 3] for a network that takes channels last. */
  readonly shape: readonly number[]
  readonly layout: 'nchw' | 'nhwc'
}

/** Height and width for files that leave them open. */
const OPEN_SIZE = 224

/** Pixels of a side: more is no picture that a classifier takes. */
const LARGEST_SIDE = 8192

/**
 * @param size height and width, for a file that leaves them open
 * @throws HookscopeError `bad-model` where the network takes something else than one picture
 */
export function imageInput(graph: Graph, size?: readonly [height: number, width: number]): ImageInput {
  const [image, other] = graph.inputs
  if (!image) throw notAClassifier('The network has no input')
  if (other) throw notAClassifier(`The network has several inputs ("${image.name}", "${other.name}", …)`)
  const described = `Its input "${image.name}" is ${image.type} ${written(image.dims)}`
  if (image.dims.length !== 4 || !isFloat(image.type)) throw notAClassifier(`${described}, no picture`)
  const [, first, second, last] = image.dims
  const layout = last === 3 && first !== 3 ? 'nhwc' : 'nchw'
  const channels = layout === 'nchw' ? first : last
  if (channels !== 3 && typeof channels === 'number')
    throw notAClassifier(`${described}, with ${channels} channels where colour pictures have 3`)
  const [height, width] = layout === 'nchw' ? [second, last] : [first, second]
  const fixed = (found: Port['dims'][number] | undefined, axis: 0 | 1) =>
    typeof found === 'number' && found > 0 ? found : (size?.[axis] ?? OPEN_SIZE)
  if ([height, width].some(found => typeof found === 'number' && found > LARGEST_SIDE))
    throw notAClassifier(`${described}, larger than any picture`)
  const place = [fixed(height, 0), fixed(width, 1)]
  return { name: image.name, layout, shape: layout === 'nchw' ? [1, 3, ...place] : [1, ...place, 3] }
}
