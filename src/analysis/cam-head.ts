import { floatAttribute, int, intAttribute } from '../graph/attributes'
import type { Program } from '../graph/program'
import { axesOf } from '../graph/shape-rules'
import type { Known } from '../graph/shapes'
import { sizeOf } from '../graph/tensors'
import { keepsElements } from '../graph/traits'
import type { Node } from '../graph/types'
import { windowOf } from '../graph/window'
import type { Wiring } from '../graph/wiring'
import type { Grid } from './grid'

/** The end of a network that CAM can be read from: pooling over all places, and one linear layer. */
export interface CamHead {
  /** Value of the feature maps that the class weights apply to, [1, C, H, W]. */
  readonly features: string
  /** The linear layer's weight, a parameter. */
  readonly weight: string
  /** Axis of the weight that runs over classes. */
  readonly classAxis: number
  /** Gemm's alpha. */
  readonly scale: number
}

export type HeadSearch = { readonly head: CamHead } | { readonly reason: string }

/**
 * Finds the head in each of its forms: pooling → linear (Gemm, MatMul, 1×1 Conv); 1×1 Conv (→ ReLU) → pooling,
 * where pooling and the convolution commute.
 *
 * @param logits the value that holds the logits
 * @param grids where the places of values lie, for feature maps with channels last and for tokens
 */
export function findHead(
  wiring: Wiring,
  shapes: ReadonlyMap<string, Known>,
  logits: string,
  grids: ReadonlyMap<string, Grid> = new Map(),
): HeadSearch {
  const upFrom = (value: string, passes: (node: Node) => boolean): Node | undefined => {
    let node = wiring.producer.get(value)
    while (node && passes(node)) node = wiring.producer.get(node.inputs[0] ?? '')
    return node
  }
  const last = biasless(upFrom(logits, keepsElements), wiring, value => upFrom(value, keepsElements))
  if (!last) return { reason: 'CAM needs a linear layer at the end, and this network has none.' }
  if (isPooling(last, shapes, grids)) {
    const conv = upFrom(last.inputs[0] ?? '', node => keepsElements(node) || node.op === 'Relu')
    const linear = conv && linearOf(conv, wiring, shapes)
    if (linear && conv?.op === 'Conv') return { head: linear }
    return { reason: 'CAM needs a 1×1 convolution before the last pooling, and this network has none there.' }
  }
  const linear = linearOf(last, wiring, shapes)
  if (!linear) return { reason: `CAM needs a linear layer at the end, and this network ends in ${last.op}.` }
  const pooling = upFrom(linear.features, keepsElements)
  if (pooling && isPooling(pooling, shapes, grids)) {
    const [pooled = ''] = pooling.inputs
    return { head: { ...linear, features: beforeTurn(pooled, wiring, grids) } }
  }
  const before = pooling ? `${pooling.op} comes` : 'the input comes'
  return {
    reason: `CAM needs global average pooling right before the last linear layer; here ${before} before it. Grad-CAM works.`,
  }
}

/** Past the Add of a bias after MatMul. */
function biasless(node: Node | undefined, wiring: Wiring, up: (value: string) => Node | undefined): Node | undefined {
  if (node?.op !== 'Add') return node
  const moving = node.inputs.filter(input => !wiring.parameters.has(input))
  return moving.length === 1 && moving[0] !== undefined ? up(moving[0]) : node
}

function linearOf(node: Node, wiring: Wiring, shapes: ReadonlyMap<string, Known>): CamHead | undefined {
  const [features = '', weight = ''] = node.inputs
  if (!wiring.parameters.has(weight) || wiring.parameters.has(features)) return undefined
  const dims = shapes.get(weight)?.dims ?? []
  if (node.op === 'Gemm' && !intAttribute(node, 'transA', 0))
    return {
      features,
      weight,
      classAxis: intAttribute(node, 'transB', 0) ? 0 : 1,
      scale: floatAttribute(node, 'alpha', 1),
    }
  if (node.op === 'MatMul' && dims.length === 2) return { features, weight, classAxis: 1, scale: 1 }
  const pointwise = node.op === 'Conv' && sizeOf(dims.slice(2)) === 1 && intAttribute(node, 'group', 1) === 1
  return pointwise ? { features, weight, classAxis: 0, scale: 1 } : undefined
}

/** Feature maps that are turned to channels last for the pooling alone, as they were before. */
function beforeTurn(value: string, wiring: Wiring, grids: ReadonlyMap<string, Grid>): string {
  const maker = wiring.producer.get(value)
  const [from = ''] = maker?.op === 'Transpose' ? maker.inputs : []
  return grids.get(value)?.strides[0] === 1 && (grids.get(from)?.strides[0] ?? 1) > 1 ? from : value
}

/** Whether a node means over all places, whatever operator the exporter wrote. */
function isPooling(node: Node, shapes: ReadonlyMap<string, Known>, grids: ReadonlyMap<string, Grid>): boolean {
  const [from, to] = [node.inputs[0], node.outputs[0]].map(value => shapes.get(value ?? '')?.dims)
  if (!from || !to) return false
  if (node.op === 'ReduceMean') {
    const inputs = node.inputs.map(input => shapes.get(input))
    const axes = axesOf({ node, opset: 0, inputs }, 1)
    const places = placeAxes(from, grids.get(node.inputs[0] ?? ''))
    return places.length > 0 && axes?.length === places.length && places.every(axis => axes.includes(axis))
  }
  if (from.length !== 4) return false
  if (node.op === 'GlobalAveragePool') return true
  if (node.op !== 'AveragePool') return false
  const spatial = from.slice(2)
  const { kernel, begin } = windowOf(node, spatial)
  const isWhole = spatial.every((size, axis) => (kernel[axis] ?? 1) - (begin[axis] ?? 0) >= size)
  return isWhole && to.slice(2).every(size => size === 1) && sizeOf(spatial) > 1
}

/** Axes that run over the places: [2, 3], with channels last [1, 2], of tokens without a class token [1]. */
function placeAxes(dims: readonly number[], grid: Grid | undefined): readonly number[] {
  const isLast = grid?.strides[0] === 1 && grid.channels > 1 && grid.channels === dims.at(-1)
  if (dims.length === 4) return isLast ? [1, 2] : [2, 3]
  return dims.length === 3 && isLast && dims[1] === grid.height * grid.width ? [1] : []
}

/** What `classWeights` is fed, int64 [1], and what it gives, float32 [1, C, …] or [C, 1]. */
export const CLASS_INDEX = 'class index'
export const CLASS_WEIGHTS = 'class weights'

/** One class's row of the head's weight. */
export function classWeights(head: CamHead): Program {
  const gather: Node = {
    name: CLASS_WEIGHTS,
    op: 'Gather',
    domain: '',
    inputs: [head.weight, CLASS_INDEX],
    outputs: [CLASS_WEIGHTS],
    attributes: new Map([['axis', int(head.classAxis)]]),
    metadata: new Map(),
  }
  return {
    nodes: [gather],
    constants: new Map(),
    inputs: [CLASS_INDEX],
    parameters: [head.weight],
    outputs: [CLASS_WEIGHTS],
  }
}
