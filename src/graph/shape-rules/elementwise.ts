import { intAttribute } from '../attributes'
import { TYPE_OF_CODE } from '../element-codes'
import { positiveAxis } from '../numbers'
import type { ElementType } from '../types'
import { dynamicQuantize } from './quantized'
import { broadcast, indicesOf, isFloat, placeOf, type ShapeRule, type ValueInfo, withContent } from './value-info'

export const same: ShapeRule = ({ inputs: [x] }) => [x && { type: x.type, dims: x.dims }]

const passing: ShapeRule = ({ inputs: [x] }) => [x, x && { type: 'bool', dims: x.dims }]

/** Broadcasts all inputs, and computes what is known of all of them. */
function folded(op?: (...values: number[]) => number, type?: ElementType): ShapeRule {
  return ({ inputs }) => {
    const [first] = inputs
    const dims = inputs.reduce<number[] | undefined>((dims, x) => dims && x && broadcast(dims, x.dims), [])
    if (!first || !dims) return []
    const result = type ?? first.type
    if (!op || !inputs.every(x => x?.content)) return [{ type: result, dims }]
    const rounded = isFloat(result) ? Math.fround : Math.trunc
    const at = (x: ValueInfo | undefined, index: readonly number[]) => x?.content?.[placeOf(index, x.dims)] ?? 0
    return [
      withContent(result, dims, () => indicesOf(dims).map(index => rounded(op(...inputs.map(x => at(x, index)))))),
    ]
  }
}

const where: ShapeRule = scope => {
  const [condition, x, y] = scope.inputs
  return x ? folded((c = 0, a = 0, b = 0) => (c ? a : b), x.type)({ ...scope, inputs: [condition, x, y] }) : []
}

const comparison = (op: (a: number, b: number) => boolean): ShapeRule =>
  folded((a = 0, b = 0) => (op(a, b) ? 1 : 0), 'bool')

const cast: ShapeRule = ({ node, inputs: [x, like] }) => {
  const type = like?.type ?? TYPE_OF_CODE.get(intAttribute(node, 'to', 0))
  if (!x || !type) return []
  const { content } = x
  const converted = type === 'bool' ? (v: number) => (v === 0 ? 0 : 1) : isFloat(type) ? Math.fround : Math.trunc
  return [{ type, dims: x.dims, ...(content ? { content: content.map(converted) } : {}) }]
}

const dequantize: ShapeRule = ({ inputs: [x, scale] }) => (x && scale ? [{ type: scale.type, dims: x.dims }] : [])

const quantize: ShapeRule = ({ node, inputs: [x, , zero] }) => {
  const type = zero?.type ?? TYPE_OF_CODE.get(intAttribute(node, 'output_dtype', 0)) ?? 'uint8'
  return x ? [{ type, dims: x.dims }] : []
}

/** As large as the first input, of the type that `dtype` names. */
const typed: ShapeRule = ({ node, inputs: [x] }) =>
  x ? [{ type: TYPE_OF_CODE.get(intAttribute(node, 'dtype', 0)) ?? x.type, dims: x.dims }] : []

/** The mean and the inverse deviation, which are float32, keep the axes before `axis`. */
const layerNormalization: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const axis = positiveAxis(intAttribute(node, 'axis', -1), x.dims.length)
  const statistics: ValueInfo = { type: 'float32', dims: x.dims.map((size, i) => (i < axis ? size : 1)) }
  return [{ type: x.type, dims: x.dims }, statistics, statistics]
}

/** Half to even. */
function round(x: number): number {
  const floor = Math.floor(x)
  if (x - floor !== 0.5) return Math.round(x)
  return floor % 2 === 0 ? floor : floor + 1
}

const each = (ops: string, rule: ShapeRule): Record<string, ShapeRule> =>
  Object.fromEntries(ops.split(' ').map(op => [op, rule]))

export const elementwiseShapes: Readonly<Record<string, ShapeRule>> = {
  ...each('Celu Clip Elu Erf Exp Gelu HardSigmoid HardSwish LeakyRelu Log Mish PRelu Relu Selu Sigmoid', same),
  ...each('Softplus Softsign Swish Tanh ThresholdedRelu Shrink BitwiseNot TensorScatter', same),
  ...each('Acos Acosh Asin Asinh Atan Atanh Cos Cosh Sin Sinh Tan', same),
  ...each('RMSNormalization SimplifiedLayerNormalization RotaryEmbedding ReverseSequence Scatter', same),
  ...each('Affine ImageScaler ParametricSoftplus ScaledTanh', same),
  ...each('BitwiseAnd BitwiseOr BitwiseXor BitShift', folded()),
  ...each('Bernoulli EyeLike RandomNormalLike RandomUniformLike', typed),
  ...each('BatchNormalization GroupNormalization InstanceNormalization LRN LpNormalization', same),
  ...each('MeanVarianceNormalization Softmax LogSoftmax Hardmax CumSum Trilu ScatterND ScatterElements', same),
  ...each('Identity Dropout', passing),
  ...each('Sum Mean', folded()),
  ...each('IsNaN IsInf', folded(undefined, 'bool')),
  Abs: folded((a = 0) => Math.abs(a)),
  Add: folded((a = 0, b = 0) => a + b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Cast: cast,
  CastLike: cast,
  Ceil: folded((a = 0) => Math.ceil(a)),
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  Div: folded((a = 0, b = 0) => a / b),
  Equal: comparison((a, b) => a === b),
  Floor: folded((a = 0) => Math.floor(a)),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  LayerNormalization: layerNormalization,
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  Max: folded(Math.max),
  Min: folded(Math.min),
  Mod: scope =>
    folded((a = 0, b = 1) => (intAttribute(scope.node, 'fmod', 0) === 1 ? a % b : a - b * Math.floor(a / b)))(scope),
  Mul: folded((a = 0, b = 0) => a * b),
  Neg: folded((a = 0) => -a),
  Not: folded((a = 0) => (a === 0 ? 1 : 0), 'bool'),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Pow: folded((a = 0, b = 0) => a ** b),
  QuantizeLinear: quantize,
  Reciprocal: folded((a = 0) => 1 / a),
  Round: folded((a = 0) => round(a)),
  Sign: folded((a = 0) => Math.sign(a)),
  Sqrt: folded((a = 0) => Math.sqrt(a)),
  Sub: folded((a = 0, b = 0) => a - b),
  Where: where,
  Xor: comparison((a, b) => (a !== 0) !== (b !== 0)),
}
