import { intAttribute, ints, intsAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/numbers'
import { sizeOf } from '../../graph/tensors'
import type { Emitter } from '../emitter'
import { onlyFirst, type Rule, type RuleScope, refusal } from '../rule'

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Whether each index means a place of `size`, [outer, size, count, inner]; a negative one counts from the end. */
export function met(emit: Emitter, index: string, axis: number, size: number): string {
  const dims = emit.shape(index)
  const blocks = [sizeOf(dims.slice(0, axis)), 1, dims[axis] ?? 1, sizeOf(dims.slice(axis + 1))]
  emit.checkSize(blocks.with(1, size))
  const flat = emit.cast(emit.reshape(index, blocks), 'int64')
  const places = emit.ints(range(size), [1, size, 1, 1])
  const fromEnd = emit.ints(
    range(size).map(place => place - size),
    [1, size, 1, 1],
  )
  return emit.op('Or', [emit.op('Equal', [places, flat]), emit.op('Equal', [fromEnd, flat])])
}

/** The same number behind a value, so that it has a larger shape. */
export function padded(emit: Emitter, value: string, dims: readonly number[], fill = 0): string {
  const size = emit.shape(value)
  return emit.pad(value, [...dims.map(() => 0), ...dims.map((n, axis) => n - (size[axis] ?? n))], fill)
}

/** Each place of X gets the sum of dY over the indices that mean it. */
function returned(emit: Emitter, dY: string, index: string, axis: number, dims: readonly number[]): string {
  const size = dims[axis] ?? 1
  const own = emit.shape(index)
  const blocks = [sizeOf(own.slice(0, axis)), 1, own[axis] ?? 1, sizeOf(own.slice(axis + 1))]
  const each = emit.op('Mul', [emit.cast(met(emit, index, axis, size), emit.type), emit.reshape(dY, blocks)])
  return padded(emit, emit.reshape(emit.reduce('ReduceSum', each, [2], false), own.with(axis, size)), dims)
}

/** The values alone: their places do not move. */
const TopK: Rule = onlyFirst(scope => {
  const { node, emit, I, GO } = scope
  const [, places] = node.outputs
  if (!places) throw refusal(scope, 'it does not give its places')
  const dims = emit.shape(I(0))
  return returned(emit, GO, places, positiveAxis(intAttribute(node, 'axis', -1), dims.length), dims)
})

const GatherElements: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const dims = emit.shape(I(0))
  return returned(emit, GO, I(1), positiveAxis(intAttribute(node, 'axis', 0), dims.length), dims)
})

/** Which place each tuple of indices means, the first axes of X taken as one: [batch, size, count]. */
export function selection(
  { emit, I }: RuleScope,
  batch: number,
): { chosen: string; size: number; count: number; outer: number } {
  const dims = emit.shape(I(0))
  const tuples = emit.shape(I(1))
  const depth = tuples.at(-1) ?? 1
  const counted = dims.slice(batch, batch + depth)
  const index = emit.cast(I(1), 'int64')
  const fromFront = emit.op('Where', [
    emit.op('Less', [index, emit.ints([0])]),
    emit.op('Add', [index, emit.ints(counted)]),
    index,
  ])
  const steps = counted.map((_, axis) => sizeOf(counted.slice(axis + 1)))
  const flat = emit.reduce('ReduceSum', emit.op('Mul', [fromFront, emit.ints(steps)]), [tuples.length - 1], false)
  const [outer, count, size] = [sizeOf(dims.slice(0, batch)), sizeOf(tuples.slice(batch, -1)), sizeOf(counted)]
  const chosen = emit.reshape(met(emit, emit.reshape(flat, [outer, count]), 1, size), [outer, size, count])
  return { chosen, size, count, outer }
}

const GatherND: Rule = onlyFirst(scope => {
  const { node, emit, I, GO } = scope
  const { chosen, count, outer } = selection(scope, intAttribute(node, 'batch_dims', 0))
  const rest = sizeOf(emit.shape(GO)) / Math.max(outer * count, 1)
  return emit.reshape(
    emit.op('MatMul', [emit.cast(chosen, emit.type), emit.reshape(GO, [outer, count, rest])]),
    emit.shape(I(0)),
  )
})

/** Y = off + (on − off)·hot: `values` alone moves, off first. */
const OneHot: Rule = ({ node, emit, I, O, GO, wants }) => {
  if (!wants(2)) return [null, null, null]
  const axis = positiveAxis(intAttribute(node, 'axis', -1), emit.shape(O).length)
  const depth = emit.shape(O)[axis] ?? 1
  const index = emit.shape(I(0))
  const isHot = met(emit, emit.reshape(I(0), index.toSpliced(axis, 0, 1)), axis, depth)
  const hot = emit.reshape(emit.cast(isHot, emit.type), emit.shape(O))
  const all = emit.shape(O).map((_, i) => i)
  const sum = (value: string) => emit.reshape(emit.reduce('ReduceSum', value, all, false), [1])
  const on = sum(emit.op('Mul', [GO, hot]))
  return [null, null, emit.concat([emit.op('Sub', [sum(GO), on]), on], 0)]
}

/** Each axis is cut or padded around its middle; dY goes back the other way. */
const CenterCropPad: Rule = onlyFirst(scope => {
  const { node, emit, I, O, GO } = scope
  const [dims, whole] = [emit.shape(I(0)), emit.shape(O)]
  const axes = intsAttribute(node, 'axes')?.map(axis => positiveAxis(axis, dims.length)) ?? range(dims.length)
  return axes.reduce((gradient, axis) => {
    const [from = 1, to = 1] = [dims[axis], whole[axis]]
    const before = Math.floor(Math.abs(from - to) / 2)
    if (from <= to) return emit.slice(gradient, [axis], [before], [before + from])
    const amounts = new Array<number>(2 * dims.length).fill(0)
    amounts[axis] = before
    amounts[axis + dims.length] = from - to - before
    return emit.pad(gradient, amounts, 0)
  }, GO)
})

/** Y adds up blocks that overlap; each block gets dY of its places, laid out by one-hot convolutions. */
const Col2Im: Rule = onlyFirst(scope => {
  const { node, emit, I, O, GO } = scope
  const [pictures = 1, channels = 1, ...spatial] = emit.shape(O)
  const block = emit.scopeOf(node).inputs[2]?.content
  if (!block) throw refusal(scope, 'the size of its blocks is no constant')
  const count = sizeOf(block)
  const oneHot = emit.room([count, count])
  for (let k = 0; k < count; k++) oneHot[k * count + k] = 1
  const given = ['strides', 'dilations', 'pads'].flatMap(name => {
    const list = intsAttribute(node, name)
    return list ? [[name, ints(list)] as const] : []
  })
  const flat = emit.reshape(GO, [pictures * channels, 1, ...spatial])
  const columns = emit.op('Conv', [flat, emit.floats([count, 1, ...block], oneHot)], Object.fromEntries(given))
  return emit.reshape(columns, emit.shape(I(0)))
})

export const pickingRules = {
  ...{ TopK, GatherElements, GatherND, OneHot, CenterCropPad, Col2Im },
}
