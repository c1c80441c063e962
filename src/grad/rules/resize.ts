import { type Resized, resizeOf, resizeWeights } from '../../graph/shape-rules/resize'
import { onlyFirst, type Rule, type RuleScope, refusal } from '../rule'

/** Every axis is resized by a matrix W of its own: dX = Wᵀ·dY along each. */
const Resize: Rule = onlyFirst(scope => {
  const axes = resizeOf(scope.emit.scopeOf(scope.node))
  if (!axes) throw refusal(scope, 'its size is no constant')
  return axes.reduce((gradient, resized) => unresized(scope, gradient, resized), scope.GO)
})

function unresized(scope: RuleScope, gradient: string, resized: Resized): string {
  const { node, emit } = scope
  emit.checkSize([resized.to, resized.from])
  const weights = resizeWeights(node, emit.opset, resized)
  if (!weights) throw refusal(scope, 'only resizing of the whole picture has a rule')
  const { axis, from, to } = resized
  const transposed = Float64Array.from(weights, (_, at) => weights[(at % to) * from + Math.floor(at / to)] ?? 0)
  return emit.along(gradient, axis, emit.floats([from, to], transposed))
}

export const resizeRules = { Resize, Upsample: Resize }
