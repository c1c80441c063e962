import { reducedAxes } from '../../graph/shape-rules/reduce'
import { sizeOf } from '../../graph/tensors'
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

/** Those that share the extreme get equal parts, as PyTorch's amax and amin have it. */
const extreme = (beyond: 'Less' | 'Greater'): Rule =>
  reduction(({ emit, I, axes, dY, y }) => {
    const marks = emit.where(emit.op(beyond, [I(0), y()]), 0, 1)
    const share = emit.op('Div', [dY, emit.reduce('ReduceSum', marks, axes, true)])
    return emit.op('Mul', [marks, share])
  })

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

export const reduceRules = {
  ...{ ReduceSum, ReduceMean, ReduceL2, ReduceSumSquare, ReduceLogSumExp },
  ...{ ReduceMax: extreme('Less'), ReduceMin: extreme('Greater') },
}
