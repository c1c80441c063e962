import type { GraphIndex } from '../graph/graph-index'
import type { ValueInfo } from '../graph/shapes'
import { has } from '../graph/traits'
import type { Node } from '../graph/types'
import type { Grid } from './grid'
import { type Axes, dataOf, isPointwise, mixesChannels, passesPlaces } from './linear-tail'

/**
 * The end of a network that CAM can be read from: from the feature maps on everything is linear, and every place counts
 * alike. A class's weights are then the gradient of its logit with respect to the feature maps, the same at every place,
 * times the number of places: the mean of the map is the logit but for what does not depend on the features.
 */
export interface CamHead {
  /** Value of the feature maps that the class weights apply to. */
  readonly features: string
  /** Whether a ReLU stands between the classes' maps and their pooling, as in SqueezeNet; CAM looks through it. */
  readonly rectified: boolean
}

export type HeadSearch = { readonly head: CamHead } | { readonly reason: string }

type Shapes = ReadonlyMap<string, ValueInfo>
type Grids = ReadonlyMap<string, Grid>

/** A linear end of more nodes than this is none that anybody wrote. */
const LONGEST = 64

/**
 * Finds the feature maps nearest to the logits with a layer over channels behind them: pooling → linear, or
 * 1×1 convolution (→ ReLU) → pooling, in whatever operators a tool writes them.
 *
 * @param logits the value that holds the logits
 */
export function findHead(graphIndex: GraphIndex, shapes: Shapes, logits: string, grids: Grids): HeadSearch {
  const tail: Node[] = []
  let head: CamHead | undefined
  let rectified = false
  let node = graphIndex.producer.get(logits)
  while (node && tail.length < LONGEST) {
    const isRelu: boolean =
      node.op === 'Relu' && !rectified && !tail.some(mixesChannels) && tail.some(later => poolsIn(later, grids))
    const data = isRelu ? 0 : dataOf(node, graphIndex, shapes)
    if (data === undefined) break
    rectified ||= isRelu
    tail.unshift(node)
    const value: string = node.inputs[data] ?? ''
    node = graphIndex.producer.get(value)
    if (placesOf(value, grids) <= 1 || !tail.some(mixesChannels)) continue
    if (!countsAlike(tail, value, graphIndex, shapes, grids)) break
    if (rectified && !isPointwise(tail.find(mixesChannels), shapes)) break
    head = { features: named(value, graphIndex, grids), rectified }
    // Of a mean in two steps the first may be what reads the feature maps.
    if (!node || !has(node, 'pools')) break
  }
  return head ? { head } : { reason: whyNone(graphIndex, shapes, logits, grids) }
}

const placesOf = (value: string, grids: Grids): number => {
  const { height, width } = grids.get(value) ?? { height: 0, width: 0 }
  return height * width
}

/** Whether a node makes fewer places of those that it reads. */
const poolsIn = (node: Node, grids: Grids): boolean =>
  has(node, 'pools') && placesOf(node.inputs[0] ?? '', grids) > Math.max(placesOf(node.outputs[0] ?? '', grids), 1)

/** Whether every place of the features has the same part in the logits. */
function countsAlike(
  tail: readonly Node[],
  features: string,
  graphIndex: GraphIndex,
  shapes: Shapes,
  grids: Grids,
): boolean {
  const grid = grids.get(features)
  const dims = shapes.get(features)?.dims
  if (!grid || !dims) return false
  let axes: Axes | undefined = placeAxes(dims, grid)
  for (const node of tail) axes = axes && passesPlaces({ node, axes, graphIndex, shapes })
  return axes !== undefined && !axes.includes('place')
}

/** Which axes run over the places: [2, 3], with channels last [1, 2], of tokens [1]; undefined where others lie among them. */
function placeAxes(dims: readonly number[], { channels, height, width, strides }: Grid): Axes | undefined {
  let stride = dims.reduce((product, size) => product * size, 1)
  const batch = stride / (channels * height * width)
  if (batch !== 1 && batch !== dims[0]) return undefined
  return dims.map((size, axis) => {
    stride /= size
    if (size === 1 || (axis === 0 && batch > 1)) return 'one'
    if (size === channels && stride === strides[0]) return 'channel'
    return 'place'
  })
}

/** The feature maps as they were before they were turned to channels last, or flattened, for the pooling alone. */
function named(value: string, graphIndex: GraphIndex, grids: Grids): string {
  const maker = graphIndex.producer.get(value)
  const [from = ''] = maker && has(maker, 'permutes', 'reshapes', 'converts') ? maker.inputs : []
  const [before, after] = [grids.get(from), grids.get(value)]
  if (!maker || !before || !after || placesOf(from, grids) !== placesOf(value, grids)) return value
  if (has(maker, 'permutes') && (after.strides[0] !== 1 || before.strides[0] === 1)) return value
  return named(from, graphIndex, grids)
}

function whyNone(graphIndex: GraphIndex, shapes: Shapes, logits: string, grids: Grids): string {
  const last = lastOf(logits, graphIndex, shapes)
  if (!last) return 'CAM needs a linear layer at the end, and this network has none.'
  if (poolsIn(last, grids))
    return 'CAM needs a 1×1 convolution before the last pooling, and this network has none there.'
  const moving = last.inputs.filter(input => input !== '' && !graphIndex.parameters.has(input))
  if (last.op === 'Gemm' && moving.length > 1 && graphIndex.parameters.has(last.inputs[1] ?? ''))
    return 'CAM needs a last linear layer whose bias is constant; here it depends on the picture. Grad-CAM works.'
  if (!mixesChannels(last) || moving.length > 1)
    return `CAM needs a linear layer at the end, and this network ends in ${last.op}.`
  const data = dataOf(last, graphIndex, shapes)
  const before = data === undefined ? undefined : passed(last.inputs[data] ?? '', graphIndex)
  if (before && has(before, 'pools') && placesOf(before.inputs[0] ?? '', grids) === 1)
    return 'CAM needs feature maps of more than one place; here the last ones are 1 × 1.'
  if (isPointwise(last, shapes) && before && placesOf(before.outputs[0] ?? '', grids) > 1 && !has(before, 'pools'))
    return `CAM needs global average pooling, and here ${before.op} comes before the classes’ own maps. Grad-CAM works.`
  const found = before ? `${before.op} comes` : 'the input comes'
  return `CAM needs global average pooling right before the last linear layer; here ${found} before it. Grad-CAM works.`
}

/** The last node that does more than to pass on, shift or scale what it reads. */
function lastOf(logits: string, graphIndex: GraphIndex, shapes: Shapes): Node | undefined {
  let node = passed(logits, graphIndex)
  while (node && SCALING.has(node.op)) {
    const data = dataOf(node, graphIndex, shapes)
    if (data === undefined) return node
    node = passed(node.inputs[data] ?? '', graphIndex)
  }
  return node
}

const SCALING: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Neg'])

function passed(value: string, graphIndex: GraphIndex): Node | undefined {
  let node = graphIndex.producer.get(value)
  while (node && has(node, 'copies', 'reshapes', 'converts')) node = graphIndex.producer.get(node.inputs[0] ?? '')
  return node
}
