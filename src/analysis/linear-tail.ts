import { intAttribute, intsAttribute, stringAttribute } from '../graph/attributes'
import type { GraphIndex } from '../graph/graph-index'
import { axesOf, isFloat, positiveAxis } from '../graph/shape-rules'
import type { ValueInfo } from '../graph/shapes'
import { sizeOf } from '../graph/tensors'
import { has } from '../graph/traits'
import type { Node } from '../graph/types'
import { windowOf } from '../graph/window'

/** The meaning of the axes of a value behind feature maps. */
export type Axes = readonly ('one' | 'channel' | 'place')[]

type Shapes = ReadonlyMap<string, ValueInfo>

/** Which input an operator is linear in, where all others are constants. */
const LINEAR_IN: Readonly<Record<string, readonly number[]>> = {
  Add: [0, 1],
  AveragePool: [0],
  BatchNormalization: [0],
  Conv: [0],
  Div: [0],
  Gemm: [0],
  GlobalAveragePool: [0],
  MatMul: [0, 1],
  Mul: [0, 1],
  Neg: [0],
  Pad: [0],
  ReduceMean: [0],
  ReduceSum: [0],
  Slice: [0],
  Gather: [0],
  Split: [0],
  Sub: [0, 1],
  Sum: [0, 1],
}

/** The input that a node is linear in, up to a constant; undefined where it is not, or where two inputs move. */
export function dataOf(node: Node, graphIndex: GraphIndex, shapes: Shapes): number | undefined {
  const isConstant = (input: string) => graphIndex.parameters.has(input) || shapes.get(input)?.content !== undefined
  const moving = [...node.inputs.entries()].filter(([, input]) => input !== '' && !isConstant(input))
  const [index] = moving[0] ?? []
  if (moving.length !== 1 || index === undefined || node.domain !== '') return undefined
  if (node.op === 'BatchNormalization' && (intAttribute(node, 'training_mode', 0) === 1 || node.outputs.length > 1))
    return undefined
  if (node.op === 'Pad' && stringAttribute(node, 'mode', 'constant') !== 'constant') return undefined
  if (has(node, 'copies', 'converts', 'reshapes', 'permutes')) return index === 0 ? 0 : undefined
  return Object.hasOwn(LINEAR_IN, node.op) && LINEAR_IN[node.op]?.includes(index) ? index : undefined
}

/** Whether a node sums over channels with weights of its own. */
export const mixesChannels = (node: Node): boolean => node.op === 'Gemm' || node.op === 'MatMul' || node.op === 'Conv'

/** Whether a convolution works on each place by itself, and on all. */
export function isPointwise(node: Node | undefined, shapes: Shapes): boolean {
  if (node?.op !== 'Conv' || intAttribute(node, 'group', 1) !== 1) return false
  const kernel = shapes.get(node.inputs[1] ?? '')?.dims.slice(2) ?? []
  return sizeOf(kernel) === 1 && isStill(node)
}

/** Neither strides nor padding. */
const isStill = (node: Node): boolean =>
  [...(intsAttribute(node, 'strides') ?? [])].every(step => step === 1) &&
  [...(intsAttribute(node, 'pads') ?? [])].every(amount => amount === 0)

interface Step {
  readonly node: Node
  readonly axes: Axes
  readonly graphIndex: GraphIndex
  readonly shapes: Shapes
}

/** A step with the shapes around it, and the input that the node is linear in. */
interface Shaped extends Step {
  readonly data: number
  readonly from: readonly number[]
  readonly to: readonly number[]
}

/**
 * The axes behind a linear node, where it treats all places alike: sums or means them, passes them on, or works on each
 * by itself in the same way. undefined where it does not.
 */
export function passesPlaces(step: Step): Axes | undefined {
  const { node, axes, graphIndex, shapes } = step
  const data = dataOf(node, graphIndex, shapes) ?? 0
  const from = shapes.get(node.inputs[data] ?? '')?.dims
  const to = shapes.get(node.outputs[0] ?? '')?.dims
  if (!from || !to) return undefined
  const it: Shaped = { ...step, data, from, to }
  if (has(node, 'reshapes')) return reshaped(it)
  if (has(node, 'permutes'))
    return (intsAttribute(node, 'perm') ?? axes.map((_, i) => axes.length - 1 - i)).map(axis => axes[axis] ?? 'one')
  if (has(node, 'reduces')) return reduced(it)
  if (has(node, 'cuts')) return cut(it)
  if (has(node, 'converts')) return isFloat(shapes.get(node.outputs[0] ?? '')?.type ?? 'string') ? axes : undefined
  switch (node.op) {
    case 'GlobalAveragePool':
      return axes.map((axis, i) => (i < 2 ? axis : 'one'))
    case 'AveragePool':
      return pooled(it)
    case 'Conv':
      return convolved(it)
    case 'Gemm':
    case 'MatMul':
      return multiplied(it)
    case 'BatchNormalization':
      return axes[1] === 'place' ? undefined : axes
    case 'Mul':
    case 'Div':
      return sameShape(it) && scalesAlike(it) ? axes : undefined
    case 'Add':
    case 'Sub':
    case 'Sum':
      return sameShape(it) ? axes : undefined
    default:
      return axes
  }
}

const sameShape = ({ from, to }: Shaped): boolean =>
  from.length === to.length && from.every((size, i) => size === to[i])

/** Whether a constant factor is the same at all places. */
function scalesAlike({ node, data, axes, shapes }: Shaped): boolean {
  const factor = shapes.get(node.inputs[1 - data] ?? '')?.dims ?? []
  const skipped = axes.length - factor.length
  return axes.every((axis, i) => axis !== 'place' || (factor[i - skipped] ?? 1) === 1)
}

/** Dimensions are matched in the smallest groups of one product; places and channels stay apart. */
function reshaped({ axes, from, to }: Shaped): Axes | undefined {
  const found: Axes[number][] = []
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const [firstIn, firstOut] = [i, j]
    let [left, right] = [from[i++] ?? 1, to[j++] ?? 1]
    while (left !== right)
      if (left < right && i < from.length) left *= from[i++] ?? 1
      else if (left > right && j < to.length) right *= to[j++] ?? 1
      else return undefined
    const kinds = new Set(axes.slice(firstIn, i).filter(axis => axis !== 'one'))
    if (kinds.size > 1) return undefined
    const [kind = 'one'] = kinds
    found.push(...to.slice(firstOut, j).map(size => (size === 1 ? 'one' : kind)))
  }
  return found
}

function reduced({ node, axes, shapes, graphIndex }: Shaped): Axes | undefined {
  const inputs = node.inputs.map(input => shapes.get(input))
  const given = axesOf({ node, opset: graphIndex.opset, inputs }, 1)
  if (!given?.length && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return axes
  const over = new Set((given?.length ? given : axes.map((_, i) => i)).map(axis => positiveAxis(axis, axes.length)))
  const isKept = intAttribute(node, 'keepdims', 1) === 1
  return axes.flatMap((axis, i) => (over.has(i) ? (isKept ? ['one' as const] : []) : [axis]))
}

/** Places must not be cut, filled in or put in another order of their own; of channels and classes any may be taken. */
function cut({ node, axes, from, to, data, shapes }: Shaped): Axes | undefined {
  if (node.op !== 'Gather') return axes.every((axis, i) => axis !== 'place' || from[i] === to[i]) ? axes : undefined
  const axis = positiveAxis(intAttribute(node, 'axis', 0), axes.length)
  const kind = axes[axis]
  const rank = shapes.get(node.inputs[data + 1] ?? '')?.dims.length ?? 0
  if (kind === undefined || kind === 'place') return undefined
  return [...axes.slice(0, axis), ...new Array<typeof kind>(rank).fill(kind), ...axes.slice(axis + 1)]
}

/** Windows that count every place once, and alike: one over all of them, or tiles. */
function pooled({ node, axes, from, to }: Shaped): Axes | undefined {
  const spatial = from.slice(2)
  const { kernel, begin, end, strides, dilations } = windowOf(node, spatial)
  const isAlike = spatial.every((size, i) => {
    const [k, before, after] = [kernel[i] ?? 1, begin[i] ?? 0, end[i] ?? 0]
    if (axes[i + 2] !== 'place' || size === 1) return true
    if ((dilations[i] ?? 1) !== 1) return false
    if (to[i + 2] === 1) return k - before >= size
    return before === 0 && after === 0 && strides[i] === k && size % k === 0
  })
  return isAlike ? axes.map((axis, i) => (to[i] === 1 ? 'one' : axis)) : undefined
}

/** Where places are left, a 1×1 convolution alone treats them alike. */
function convolved({ node, axes, shapes, to }: Shaped): Axes | undefined {
  if (axes[1] === 'place') return undefined
  const hasPlaces = axes.includes('place')
  if (hasPlaces && !isPointwise(node, shapes)) return undefined
  return axes.map((axis, i) => (i === 1 ? 'channel' : to[i] === 1 ? 'one' : axis))
}

/** A product along channels; along places its weights would differ. */
function multiplied({ node, axes, data, shapes, to }: Shaped): Axes | undefined {
  const weight = shapes.get(node.inputs[1 - data] ?? '')?.dims ?? []
  const isTurned = node.op === 'Gemm' && intAttribute(node, 'transA', 0) === 1
  const along = data === 1 && axes.length > 1 ? axes.length - 2 : isTurned ? 0 : axes.length - 1
  if (axes[along] === 'place' || sizeOf(weight.slice(0, -2)) > 1) return undefined
  const ordered = isTurned ? [axes[1] ?? 'one', axes[0] ?? 'one'] : axes
  const place = isTurned ? 1 : along
  const found = weight.length === 1 ? ordered.toSpliced(place, 1) : ordered.with(place, 'channel')
  const wide = [...new Array<'one'>(Math.max(to.length - found.length, 0)).fill('one'), ...found]
  return wide.length === to.length ? wide : undefined
}
