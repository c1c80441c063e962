import { int, intAttribute, ints, intsAttribute, stringAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/numbers'
import { sizeOf } from '../../graph/tensors'
import type { Emitter } from '../emitter'
import { onlyFirst, type Rule, type RuleScope, refusal } from '../rule'

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Which place of `size` each index means, as 0 and 1, [outer, size, count, inner]; a negative one counts from the end. */
function met(emit: Emitter, index: string, axis: number, size: number): string {
  const dims = emit.shape(index)
  const blocks = [sizeOf(dims.slice(0, axis)), 1, dims[axis] ?? 1, sizeOf(dims.slice(axis + 1))]
  emit.checkSize(blocks.with(1, size))
  const flat = emit.cast(emit.reshape(index, blocks), 'int64')
  const places = emit.ints(range(size), [1, size, 1, 1])
  const fromEnd = emit.ints(
    range(size).map(place => place - size),
    [1, size, 1, 1],
  )
  const either = emit.op('Or', [emit.op('Equal', [places, flat]), emit.op('Equal', [fromEnd, flat])])
  return emit.cast(either, emit.type)
}

/** Zeros behind a value, so that it has a larger shape. */
function padded(emit: Emitter, value: string, dims: readonly number[]): string {
  const size = emit.shape(value)
  return emit.pad(value, [...dims.map(() => 0), ...dims.map((n, axis) => n - (size[axis] ?? n))], 0)
}

/** Each place of X gets the sum of dY over the indices that mean it. */
function returned(emit: Emitter, dY: string, index: string, axis: number, dims: readonly number[]): string {
  const size = dims[axis] ?? 1
  const own = emit.shape(index)
  const blocks = [sizeOf(own.slice(0, axis)), 1, own[axis] ?? 1, sizeOf(own.slice(axis + 1))]
  const each = emit.op('Mul', [met(emit, index, axis, size), emit.reshape(dY, blocks)])
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

/** What is written over gets nothing; what is written, or added, gets dY of its place. */
const ScatterElements: Rule = scope => {
  const { node, emit, I, GO, wants } = scope
  const dims = emit.shape(I(0))
  const axis = positiveAxis(intAttribute(node, 'axis', 0), dims.length)
  const adds = addsUp(scope)
  if (wants(2) && emit.opset < 11) throw refusal(scope, 'before opset 11 what is written has no rule')
  const kept = () => {
    const own = emit.shape(I(1))
    const hits = emit.reduce('ReduceSum', met(emit, I(1), axis, dims[axis] ?? 1), [2], false)
    const whole = padded(emit, emit.reshape(hits, own.with(axis, dims[axis] ?? 1)), dims)
    return emit.where(emit.op('Greater', [whole, 0]), 0, GO)
  }
  return [
    wants(0) ? (adds ? GO : kept()) : null,
    null,
    wants(2) ? emit.op('GatherElements', [GO, I(1)], { axis: int(axis) }) : null,
  ]
}

function addsUp(scope: RuleScope): boolean {
  const reduction = stringAttribute(scope.node, 'reduction', 'none')
  if (reduction !== 'none' && reduction !== 'add') throw refusal(scope, `the reduction "${reduction}" has no rule`)
  return reduction === 'add'
}

/** Of tuples of indices: the first axes of X in one, and one index in the tuple's place. [batch, size, count] */
function selection(
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
  return emit.reshape(emit.op('MatMul', [chosen, emit.reshape(GO, [outer, count, rest])]), emit.shape(I(0)))
})

const ScatterND: Rule = scope => {
  const { emit, I, GO, wants } = scope
  const adds = addsUp(scope)
  const kept = () => {
    const { chosen, size } = selection(scope, 0)
    const hits = emit.reshape(emit.reduce('ReduceSum', chosen, [2], false), [size, 1])
    const rows = emit.reshape(GO, [size, sizeOf(emit.shape(GO)) / Math.max(size, 1)])
    return emit.reshape(emit.where(emit.op('Greater', [hits, 0]), 0, rows), emit.shape(I(0)))
  }
  return [wants(0) ? (adds ? GO : kept()) : null, null, wants(2) ? emit.op('GatherND', [GO, I(1)]) : null]
}

/** Y = off + (on − off)·hot: `values` alone moves, off first. */
const OneHot: Rule = ({ node, emit, I, O, GO, wants }) => {
  if (!wants(2)) return [null, null, null]
  const axis = positiveAxis(intAttribute(node, 'axis', -1), emit.shape(O).length)
  const depth = emit.shape(O)[axis] ?? 1
  const index = emit.shape(I(0))
  const hot = emit.reshape(met(emit, emit.reshape(I(0), index.toSpliced(axis, 0, 1)), axis, depth), emit.shape(O))
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
  ...{ TopK, GatherElements, GatherND, ScatterElements, Scatter: ScatterElements, ScatterND, OneHot },
  ...{ CenterCropPad, Col2Im },
}
