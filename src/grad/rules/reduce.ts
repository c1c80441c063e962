import { reducedAxes } from '../../graph/shape-rules/reduce'
import { axesOf } from '../../graph/shape-rules/value-info'
import { floatTensor, sizeOf } from '../../graph/tensors'
import type { Node } from '../../graph/types'
import { onlyFirst, type Rule, type RuleScope, refusal } from '../rule'

interface Reduction extends RuleScope {
  readonly axes: readonly number[]
  /** dY with size 1 along the axes that were reduced, so that it broadcasts over X. */
  readonly dY: string
  /** How many values became one. */
  readonly count: number
  /** Y likewise. */
  y(): string
}

const reduction = (rule: (scope: Reduction) => string): Rule =>
  onlyFirst(scope => {
    const { node, emit, I, O, GO } = scope
    const dims = emit.shape(I(0))
    const axes = reducedAxes(emit.scopeOf(node))
    if (!axes) throw refusal(scope, 'its axes are no constants')
    const kept = dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
    const count = sizeOf(axes.map(axis => dims[axis] ?? 1))
    return rule({ ...scope, axes, count, dY: emit.reshape(GO, kept), y: () => emit.reshape(O, kept) })
  })

const ReduceSum = reduction(({ dY }) => dY)

const ReduceMean = reduction(({ emit, dY, count }) => emit.op('Div', [dY, count]))

/**
 * Of those that share the extreme, the first gets dY along one axis, as torch.max(dim) has it; of several axes, or of all
 * where none is given, each gets an equal part, as amax and max() have it. All of them export to the same operator, and
 * amax over one axis is told by metadata alone.
 */
const extreme = (beyond: 'Less' | 'Greater'): Rule =>
  reduction(scope => {
    const { node, emit, I, axes, dY, y } = scope
    const other = emit.op(beyond, [I(0), y()])
    const marks = emit.where(other, 0, 1)
    const [axis] = axes
    const given = axesOf(emit.scopeOf(node), 1)
    if (axis !== undefined && given?.length === 1 && !isAmax(node))
      return emit.op('Mul', [firstAlong(scope, other, axis), dY])
    const share = emit.op('Div', [dY, emit.reduce('ReduceSum', marks, axes, true)])
    return emit.op('Mul', [marks, share])
  })

const isAmax = ({ metadata }: Node): boolean => [...metadata.values()].some(value => /aten\.(amax|amin)/.test(value))

/** 1 at the first place along an axis that is no other: places are numbered, and the lowest number wins. */
function firstAlong({ emit, I }: Reduction, other: string, axis: number): string {
  const dims = emit.shape(I(0))
  const count = dims[axis] ?? 1
  const numbers = floatTensor(
    dims.map((_, i) => (i === axis ? count : 1)),
    Array.from({ length: count }, (_, i) => i),
  )
  const beyond = emit.op('Mul', [emit.cast(other, 'float32'), emit.constant(floatTensor([], [count]))])
  const places = emit.op('Add', [emit.constant(numbers), beyond])
  return emit.where(emit.op('Greater', [places, emit.reduce('ReduceMin', places, [axis], true)]), 0, 1)
}

/** Y = √Σ X²: dX = dY·X/Y, and 0 where Y is. */
const ReduceL2 = reduction(({ emit, I, dY, y }) => {
  const length = y()
  const none = emit.not(emit.op('Greater', [length, 0]))
  const unit = emit.op('Div', [I(0), emit.where(none, 1, length)])
  return emit.op('Mul', [dY, unit])
})

/** Y = Σ X²: dX = 2·dY·X */
const ReduceSumSquare = reduction(({ emit, I, dY }) => emit.op('Mul', [emit.op('Mul', [dY, 2]), I(0)]))

/** Y = ln Σ eˣ: dX = dY·exp(X − Y) */
const ReduceLogSumExp = reduction(({ emit, I, dY, y }) =>
  emit.op('Mul', [dY, emit.op('Exp', [emit.op('Sub', [I(0), y()])])]),
)

/** Y = Σ |X|: dX = dY·sign(X), 0 at 0. */
const ReduceL1 = reduction(({ emit, I, dY }) => {
  const right = emit.where(emit.op('Greater', [I(0), 0]), dY, 0)
  return emit.op('Sub', [right, emit.where(emit.op('Less', [I(0), 0]), dY, 0)])
})

/** Y = ln Σ X: dX = dY/exp(Y) */
const ReduceLogSum = reduction(({ emit, dY, y }) => emit.op('Div', [dY, emit.op('Exp', [y()])]))

/**
 * Y = Π X: dX = dY times the product of the others. That is Y/X where X is not 0; the product P of all that are not 0 where
 * X alone is 0; and 0 where another is 0 as well.
 */
const ReduceProd = reduction(({ emit, I, axes, dY, y }) => {
  const zero = emit.not(emit.cast(I(0), 'bool'))
  const safe = emit.where(zero, 1, I(0))
  const zeros = emit.reduce('ReduceSum', emit.cast(zero, emit.type), axes, true)
  const alone = emit.where(emit.op('Greater', [zeros, 1.5]), 0, emit.reduce('ReduceProd', safe, axes, true))
  return emit.op('Mul', [dY, emit.where(zero, alone, emit.op('Div', [y(), safe]))])
})

export const reduceRules = {
  ...{ ReduceSum, ReduceMean, ReduceL2, ReduceSumSquare, ReduceLogSumExp },
  ...{ ReduceL1, ReduceLogSum, ReduceProd },
  ...{ ReduceMax: extreme('Less'), ReduceMin: extreme('Greater') },
}
