import { float, floatAttribute, intAttribute, stringAttribute } from '../../graph/attributes'
import type { Attribute } from '../../graph/types'
import type { Operand } from '../emitter'
import { type Rule, type RuleScope, refusal } from '../rule'
import { rootMeanSquare } from './norms'

/** Operators of ONNX Runtime's own, which its offline optimizer writes, as the standard ones that they join. */
const joined =
  (body: (scope: RuleScope) => string): Rule =>
  scope =>
    scope.through(() => [body(scope)])

const pick = ({ node }: RuleScope, ...names: readonly string[]): Record<string, Attribute> =>
  Object.fromEntries([...node.attributes].filter(([name]) => names.includes(name)))

/** The activation behind a FusedConv or FusedGemm, with its numbers. */
function activated(scope: RuleScope, y: string, numbers: readonly number[]): string {
  const { node, emit } = scope
  const op = stringAttribute(node, 'activation', '')
  const [alpha = 0.01, beta = 0] = numbers
  switch (op) {
    case '':
      return y
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
      return emit.op(op, [y])
    case 'LeakyRelu':
      return emit.op(op, [y], { alpha: float(alpha) })
    case 'HardSigmoid':
      return emit.op(op, [y], { alpha: float(alpha), beta: float(beta) })
    case 'Clip':
      return emit.opset < 11 ? emit.op(op, [y], { min: float(alpha), max: float(beta) }) : emit.op(op, [y, alpha, beta])
    default:
      throw refusal(scope, `its activation "${op}" has no rule`)
  }
}

/** Y = activation(Conv(X, W, B) + Z) */
const FusedConv: Rule = joined(scope => {
  const { node, emit, I } = scope
  const names = ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides']
  const conv = emit.op('Conv', [I(0), I(1), ...(node.inputs[2] ? [I(2)] : [])], pick(scope, ...names))
  const sum = node.inputs[3] ? emit.op('Add', [conv, I(3)]) : conv
  const numbers = node.attributes.get('activation_params')
  return activated(scope, sum, numbers?.kind === 'floats' ? numbers.value : [])
})

const FusedGemm: Rule = joined(scope => {
  const { node, emit } = scope
  const gemm = emit.op('Gemm', node.inputs.filter(Boolean), pick(scope, 'alpha', 'beta', 'transA', 'transB'))
  const [alpha, beta] = ['activation_alpha', 'activation_beta'].map(name => floatAttribute(node, name, 0))
  return activated(scope, gemm, [alpha ?? 0, beta ?? 0])
})

/** Y = α·A'·B', each turned in its last two axes where the node says so. */
const FusedMatMul: Rule = joined(scope => {
  const { node, emit, I } = scope
  const [a, b] = ['A', 'B'].map((side, i) => {
    if (intAttribute(node, `transBatch${side}`, 0) === 1) throw refusal(scope, 'turned batches have no rule')
    if (intAttribute(node, `trans${side}`, 0) === 0) return I(i)
    const order = emit.shape(I(i)).map((_, axis) => axis)
    return order.length < 2 ? I(i) : emit.transpose(I(i), [...order.slice(0, -2), order.length - 1, order.length - 2])
  })
  const product = emit.op('MatMul', [a ?? '', b ?? ''])
  const alpha = floatAttribute(node, 'alpha', 1)
  return alpha === 1 ? product : emit.op('Mul', [product, alpha])
})

/** X/2·(1 + erf(X/√2)) */
function gelu({ emit }: RuleScope, x: string): string {
  const erf = emit.op('Erf', [emit.op('Mul', [x, Math.SQRT1_2])])
  return emit.op('Mul', [emit.op('Mul', [x, 0.5]), emit.op('Add', [erf, 1])])
}

/** X/2·(1 + tanh(√(2/π)·(X + 0.044715·X³))) */
function fastGelu({ emit }: RuleScope, x: string): string {
  const k = Math.sqrt(2 / Math.PI)
  const inner = emit.op('Add', [emit.op('Mul', [emit.op('Mul', [x, x]), 0.044715 * k]), k])
  const tanh = emit.op('Tanh', [emit.op('Mul', [x, inner])])
  return emit.op('Mul', [emit.op('Mul', [x, 0.5]), emit.op('Add', [tanh, 1])])
}

const withBias = ({ node, emit, I }: RuleScope): string => (node.inputs[1] ? emit.op('Add', [I(0), I(1)]) : I(0))

/** X·σ(αX) */
const QuickGelu: Rule = joined(({ node, emit, I }) => {
  const alpha = floatAttribute(node, 'alpha', 1.7020000219345093)
  return emit.op('Mul', [I(0), emit.op('Sigmoid', [emit.op('Mul', [I(0), alpha])])])
})

/** The sum of both inputs, and of a bias, normalised; the sum itself is the fourth output. */
const skip =
  (normalize: (scope: RuleScope, sum: string) => string, bias: number): Rule =>
  scope =>
    scope.through(() => {
      const { node, emit, I } = scope
      const both = emit.op('Add', [I(0), I(1)])
      const sum = node.inputs[bias] ? emit.op('Add', [both, I(bias)]) : both
      return [normalize(scope, sum), undefined, undefined, sum]
    })

const SkipLayerNormalization: Rule = skip((scope, sum) => {
  const { node, emit, I } = scope
  const last = [emit.shape(sum).length - 1]
  const centred = emit.op('Sub', [sum, emit.reduce('ReduceMean', sum, last, true)])
  const variance = emit.reduce('ReduceMean', emit.op('Mul', [centred, centred]), last, true)
  const epsilon: Operand = floatAttribute(node, 'epsilon', 1e-12)
  const hat = emit.op('Div', [centred, emit.op('Sqrt', [emit.op('Add', [variance, epsilon])])])
  const scaled = emit.op('Mul', [hat, I(2)])
  return node.inputs[3] ? emit.op('Add', [scaled, I(3)]) : scaled
}, 4)

const SkipSimplifiedLayerNormalization: Rule = skip((scope, sum) => rootMeanSquare(scope, sum, scope.I(2)), 3)

export const microsoftRules = {
  'com.microsoft.FusedConv': FusedConv,
  'com.microsoft.FusedGemm': FusedGemm,
  'com.microsoft.FusedMatMul': FusedMatMul,
  'com.microsoft.TransposeMatMul': FusedMatMul,
  'com.microsoft.Gelu': joined(scope => gelu(scope, scope.I(0))),
  'com.microsoft.BiasGelu': joined(scope => gelu(scope, withBias(scope))),
  'com.microsoft.FastGelu': joined(scope => fastGelu(scope, withBias(scope))),
  'com.microsoft.QuickGelu': QuickGelu,
  'com.microsoft.SkipLayerNormalization': SkipLayerNormalization,
  'com.microsoft.SkipSimplifiedLayerNormalization': SkipSimplifiedLayerNormalization,
}

/** Operators whose fourth output is a value that networks go on with. */
export const SKIPS = ['com.microsoft.SkipLayerNormalization', 'com.microsoft.SkipSimplifiedLayerNormalization'] as const
