import { int, intAttribute, stringAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/numbers'
import { sizeOf } from '../../graph/tensors'
import type { Rule, RuleScope } from '../rule'
import { refusal } from '../rule'
import { met, padded, selection } from './picking'

/** What joins a value and all that is written at its place, and the number that changes nothing there. */
interface Joining {
  readonly op: 'ReduceProd' | 'ReduceMax' | 'ReduceMin'
  readonly neutral: number
}

/** @returns undefined where what is written replaces what was there, or is added to it */
function joiningOf({ node, emit }: RuleScope): Joining | undefined {
  switch (stringAttribute(node, 'reduction', 'none')) {
    case 'mul':
      return { op: 'ReduceProd', neutral: 1 }
    case 'max':
      return { op: 'ReduceMax', neutral: emit.lowest }
    case 'min':
      return { op: 'ReduceMin', neutral: -emit.lowest }
    default:
      return undefined
  }
}

const adds = ({ node }: RuleScope): boolean => stringAttribute(node, 'reduction', 'none') === 'add'

/**
 * Each value of `before` joined with those that are written at its place, which stand along the next axis. Equal extremes
 * share the gradient, as in PyTorch's scatter_reduce: the axis of size 1 makes it a reduction over several axes.
 */
function joined({ emit }: RuleScope, { op }: Joining, before: string, written: string, axis: number): string {
  const [one, all] = [before, written].map(x => emit.reshape(x, emit.shape(x).toSpliced(axis + 1, 0, 1)))
  return emit.reduce(op, emit.concat([one ?? before, all ?? written], axis), [axis, axis + 1], false)
}

/** What is written over gets nothing; what is written, or added, gets dY of its place. */
const ScatterElements: Rule = scope => {
  const { node, emit, I, GO, wants } = scope
  const dims = emit.shape(I(0))
  const own = emit.shape(I(1))
  const axis = positiveAxis(intAttribute(node, 'axis', 0), dims.length)
  const size = dims[axis] ?? 1
  const joining = joiningOf(scope)
  if (joining)
    return scope.through(() => {
      const blocks = [sizeOf(own.slice(0, axis)), 1, own[axis] ?? 1, sizeOf(own.slice(axis + 1))]
      const each = emit.where(met(emit, I(1), axis, size), emit.reshape(I(2), blocks), joining.neutral)
      const written = emit.reshape(each, own.toSpliced(axis, 0, size))
      const whole = padded(emit, written, dims.toSpliced(axis + 1, 0, own[axis] ?? 1), joining.neutral)
      return [joined(scope, joining, emit.reshape(I(0), dims.toSpliced(axis + 1, 0, 1)), whole, axis + 1)]
    })
  if (wants(2) && emit.opset < 11) throw refusal(scope, 'before opset 11 what is written has no rule')
  const kept = () => {
    const hits = emit.reduce('ReduceSum', emit.cast(met(emit, I(1), axis, size), emit.type), [2], false)
    const whole = padded(emit, emit.reshape(hits, own.with(axis, size)), dims)
    return emit.where(emit.op('Greater', [whole, 0]), 0, GO)
  }
  return [
    wants(0) ? (adds(scope) ? GO : kept()) : null,
    null,
    wants(2) ? emit.op('GatherElements', [GO, I(1)], { axis: int(axis) }) : null,
  ]
}

/** The same with rows of X, one for each tuple of indices. */
const ScatterND: Rule = scope => {
  const { emit, I, GO, wants } = scope
  const dims = emit.shape(I(0))
  const joining = joiningOf(scope)
  if (joining)
    return scope.through(() => {
      const { chosen, size, count } = selection(scope, 0)
      const width = sizeOf(dims) / Math.max(size, 1)
      emit.checkSize([size, count, width])
      const hits = emit.reshape(chosen, [size, count, 1])
      const written = emit.where(hits, emit.reshape(I(2), [1, count, width]), joining.neutral)
      return [emit.reshape(joined(scope, joining, emit.reshape(I(0), [size, 1, width]), written, 1), dims)]
    })
  const kept = () => {
    const { chosen, size } = selection(scope, 0)
    const sum = emit.reduce('ReduceSum', emit.cast(chosen, emit.type), [2], false)
    const rows = emit.reshape(GO, [size, sizeOf(dims) / Math.max(size, 1)])
    return emit.reshape(emit.where(emit.op('Greater', [emit.reshape(sum, [size, 1]), 0]), 0, rows), dims)
  }
  return [wants(0) ? (adds(scope) ? GO : kept()) : null, null, wants(2) ? emit.op('GatherND', [GO, I(1)]) : null]
}

export const scatterRules = { ScatterElements, Scatter: ScatterElements, ScatterND }
