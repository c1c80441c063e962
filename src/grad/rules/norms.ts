import { floatAttribute, intAttribute, intsAttribute } from '../../graph/attributes'
import { positiveAxes, positiveAxis } from '../../graph/numbers'
import type { Rule, RuleScope } from '../rule'

/** Y = X/‖X‖ along one axis, by the sum of sizes (p = 1) or of squares; where the norm is 0, ONNX Runtime gives 0. */
const LpNormalization: Rule = scope =>
  scope.through(() => {
    const { node, emit, I } = scope
    const axis = positiveAxis(intAttribute(node, 'axis', -1), emit.shape(I(0)).length)
    const sizes = intAttribute(node, 'p', 2) === 1 ? emit.op('Abs', [I(0)]) : emit.op('Mul', [I(0), I(0)])
    const sum = emit.reduce('ReduceSum', sizes, [axis], true)
    const norm = intAttribute(node, 'p', 2) === 1 ? sum : emit.op('Sqrt', [sum])
    return [emit.op('Div', [I(0), emit.where(emit.op('Greater', [norm, 0]), norm, 1)])]
  })

/** Y = (X − mean)/(deviation + 10⁻⁹), over pictures and places unless axes are given. */
const MeanVarianceNormalization: Rule = scope =>
  scope.through(() => {
    const { node, emit, I } = scope
    const axes = positiveAxes(intsAttribute(node, 'axes') ?? [0, 2, 3], emit.shape(I(0)).length)
    const centred = emit.op('Sub', [I(0), emit.reduce('ReduceMean', I(0), axes, true)])
    const variance = emit.reduce('ReduceMean', emit.op('Mul', [centred, centred]), axes, true)
    return [emit.op('Div', [centred, emit.op('Add', [emit.op('Sqrt', [variance]), 1e-9])])]
  })

/** X/√(mean of X² + ε) over the axes from `axis` on, times a scale. */
export function rootMeanSquare({ node, emit }: RuleScope, x: string, scale: string): string {
  const rank = emit.shape(x).length
  const from = positiveAxis(intAttribute(node, 'axis', -1), rank)
  const axes = Array.from({ length: rank - from }, (_, i) => from + i)
  const mean = emit.reduce('ReduceMean', emit.op('Mul', [x, x]), axes, true)
  const root = emit.op('Sqrt', [emit.op('Add', [mean, floatAttribute(node, 'epsilon', 1e-5)])])
  return emit.op('Mul', [emit.op('Div', [x, root]), scale])
}

const RMSNormalization: Rule = scope => scope.through(() => [rootMeanSquare(scope, scope.I(0), scope.I(1))])

/** RMSNormalization as ONNX Runtime had it before ONNX. */
const SimplifiedLayerNormalization = RMSNormalization

export const normRules = { LpNormalization, MeanVarianceNormalization, RMSNormalization, SimplifiedLayerNormalization }
