import type { ElementType, Graph, Port } from '../graph/types'
import { type InputAxis, inputAxes, readChannelAxis } from './input-axes'
import { notAClassifier, written } from './refusal'

/** How the network is fed its picture. */
export interface ImageInput {
  readonly name: string
  /** Numbers of another type than float32 are rounded to the nearest that it has. */
  readonly type: ElementType
  /** As it is fed: [1, C, H, W], [1, H, W, C], the same without the 1, or [H, W]. */
  readonly shape: readonly number[]
  /** The meaning of each dimension of `shape`. */
  readonly axes: readonly InputAxis[]
  readonly layout: 'nchw' | 'nhwc'
  readonly channels: number
  readonly height: number
  readonly width: number
  /** How many pictures the file takes at once: it is fed the same as often, and what it says of the first is read. */
  readonly batch: number
}

/** Height and width for files that leave them open. */
const OPEN_SIZE = 224

/** Pixels of a side: more is no picture that a classifier takes. */
const LARGEST_SIDE = 8192

/** Types that a picture's numbers can have. */
const TYPES: readonly ElementType[] = [
  ...(['float32', 'float16', 'float64', 'bfloat16', 'uint8', 'int8', 'uint16', 'int16'] as const),
  ...(['uint32', 'int32', 'uint64', 'int64'] as const),
]

/** The shape of one picture of the batch. */
export const pictureShape = ({ shape, axes }: ImageInput): number[] =>
  shape.map((size, i) => (axes[i] === 'one' ? 1 : size))

/**
 * @param size height and width, for a file that leaves them open
 * @param layout for a file that does not tell it
 * @throws HookscopeError `bad-model` where the input can be no picture
 */
export function imageInput(
  graph: Graph,
  port: Port,
  size?: readonly [height: number, width: number],
  layout?: 'nchw' | 'nhwc',
): ImageInput {
  const { name, type, dims } = port
  const described = `Its input "${name}" is ${type} ${written(dims)}`
  const axes = TYPES.includes(type) ? inputAxes(graph, port, layout) : undefined
  if (!axes) throw notAClassifier(`${described}, no picture`)
  const sizeAt = (axis: InputAxis) => {
    const found = dims[axes.indexOf(axis)]
    return typeof found === 'number' && found > 0 ? found : undefined
  }
  const sides = [sizeAt('height'), sizeAt('width')]
  if (sides.some(side => side !== undefined && side > LARGEST_SIDE))
    throw notAClassifier(`${described}, larger than any picture`)
  if (sides.every(side => side === 1)) throw notAClassifier(`${described}, a single pixel`)
  const [height = size?.[0] ?? OPEN_SIZE, width = size?.[1] ?? OPEN_SIZE] = sides
  const channels = axes.includes('channel') ? (sizeAt('channel') ?? readChannelAxis(graph, port)?.count ?? 3) : 1
  const places = { channel: channels, height, width }
  const shape = axes.map((axis, i) => {
    if (axis !== 'one') return places[axis]
    const found = dims[i]
    return typeof found === 'number' && found > 0 ? found : 1
  })
  const batch = axes.reduce((product, axis, i) => (axis === 'one' ? product * (shape[i] ?? 1) : product), 1)
  const last = axes.indexOf('channel') > axes.indexOf('width')
  return { name, type, shape, axes, layout: last ? 'nhwc' : 'nchw', channels, height, width, batch }
}
