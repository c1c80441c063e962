import { intAttribute, intsAttribute } from '../attributes'
import { windowOf } from '../window'
import { elementwiseShapes, same } from './elementwise'
import { linearShapes, matMul } from './linear'
import { asFloatForm, broadcastOf } from './quantized'
import { positiveAxis, type ShapeRule, type ValueInfo } from './value-info'
import { windowShapes } from './windows'

const { Conv: conv = () => [], AveragePool: pool = () => [], GlobalAveragePool: globalPool = () => [] } = windowShapes
const { Gemm: gemm = () => [] } = linearShapes

/** The rule of a window over pictures with channels last. */
const channelsLast =
  (rule: ShapeRule): ShapeRule =>
  scope => {
    const [x] = scope.inputs
    const rank = x?.dims.length ?? 0
    if (!x || rank < 3) return []
    const turned: ValueInfo = { type: x.type, dims: [x.dims[0] ?? 1, x.dims[rank - 1] ?? 1, ...x.dims.slice(1, -1)] }
    return rule({ ...scope, inputs: [turned, ...scope.inputs.slice(1)] }).map(
      y => y && { type: y.type, dims: [y.dims[0] ?? 1, ...y.dims.slice(2), y.dims[1] ?? 1] },
    )
  }

const whereChannelsLast =
  (rule: ShapeRule): ShapeRule =>
  scope =>
    (intAttribute(scope.node, 'channels_last', 0) === 1 ? channelsLast(rule) : rule)(scope)

/** MatMul of turned factors: the last two axes, and with `transBatch` the batch axes before the matrix too. */
const fusedMatMul: ShapeRule = scope => {
  const { node } = scope
  const turned = ['A', 'B'].map((side, i) => {
    const x = scope.inputs[i]
    if (!x || x.dims.length < 2) return x
    let dims = [...x.dims]
    if (intAttribute(node, `transBatch${side}`, 0)) dims = [...dims.slice(1, -1), dims[0] ?? 1, ...dims.slice(-1)]
    if (intAttribute(node, `trans${side}`, 0)) dims = [...dims.slice(0, -2), ...dims.slice(-2).reverse()]
    return { type: x.type, dims }
  })
  return matMul({ ...scope, inputs: turned })
}

/** The sum that was normalised is the fourth output; the mean and the inverse deviation keep all axes but the last. */
const skipLayerNormalization: ShapeRule = ({ inputs: [x] }) => {
  if (!x) return []
  const whole: ValueInfo = { type: x.type, dims: x.dims }
  const statistics: ValueInfo = { type: 'float32', dims: x.dims.with(-1, 1) }
  return [whole, statistics, statistics, whole]
}

/** Attention over x [B, L, D] with the weights of Q, K and V in one, [D, 3·H], or of the sizes that are stated. */
const attention: ShapeRule = ({ node, inputs: [x, w] }) => {
  const size = intsAttribute(node, 'qkv_hidden_sizes')?.[2] ?? (w?.dims[1] ?? 0) / 3
  return x?.dims.length === 3 ? [{ type: x.type, dims: [x.dims[0] ?? 1, x.dims[1] ?? 1, size] }] : []
}

/** Queries [B, L, H] over values [B, T, H']; packed forms are left to a run. */
const multiHeadAttention: ShapeRule = ({ inputs: [q, , v] }) =>
  q?.dims.length === 3 && v?.dims.length === 3 ? [{ type: q.type, dims: [...q.dims.slice(0, 2), v.dims[2] ?? 1] }] : []

/** MatMulNBits: weights of few bits, [N, …], whose columns an attribute counts. */
const matMulBits: ShapeRule = ({ node, inputs: [x] }) => {
  const columns = intAttribute(node, 'N', 0)
  return x && columns > 0 ? [{ type: x.type, dims: x.dims.with(-1, columns) }] : []
}

/** Scale and zero point of the result, then value, scale and zero point of each part. */
const concat: ShapeRule = ({ node, inputs }) => {
  const parts = inputs.filter((_, i) => i > 1 && (i - 2) % 3 === 0)
  const [first] = parts
  if (!first) return []
  const axis = positiveAxis(intAttribute(node, 'axis', 1), first.dims.length)
  return [
    {
      type: first.type,
      dims: first.dims.with(
        axis,
        parts.reduce((sum, x) => sum + (x?.dims[axis] ?? 0), 0),
      ),
    },
  ]
}

const first = (inputs: readonly (ValueInfo | undefined)[]) => inputs[0]?.type

/** A, its scale and zero point, B, its scale and zero point, bias, scale and zero point of the result: float without them. */
const quantizedGemm = asFloatForm(gemm, [0, 3], inputs => inputs[8]?.type ?? inputs[0]?.type)

const quantizedGemmShape: ShapeRule = scope =>
  quantizedGemm(scope).map(y => y && (scope.node.inputs[8] ? y : { ...y, type: 'float32' }))

/** A convolution over weights [M, C, …] and pictures with channels last. */
const nhwcConv: ShapeRule = ({ node, inputs: [x, w] }) => {
  if (!x || !w) return []
  const { output } = windowOf(node, x.dims.slice(1, -1), w.dims.slice(2))
  return [{ type: x.type, dims: [x.dims[0] ?? 1, ...output, w.dims[0] ?? 1] }]
}

const each = (ops: string, rule: ShapeRule | undefined): Record<string, ShapeRule> =>
  rule ? Object.fromEntries(ops.split(' ').map(op => [op, rule])) : {}

/** Operators of ONNX Runtime's own, which its offline optimizer and its quantization tools write. */
export const microsoftShapes: Readonly<Record<string, ShapeRule>> = {
  ...each('Gelu FastGelu QuickGelu BiasGelu BiasSplitGelu BiasSoftmax BiasDropout GroupNorm Inverse', same),
  ...each('QLinearLeakyRelu QLinearSigmoid QLinearSoftmax RotaryEmbedding Trilu', same),
  ...each('SkipLayerNormalization SkipSimplifiedLayerNormalization', skipLayerNormalization),
  ...each('QLinearAdd QLinearMul', broadcastOf(0, 3)),
  ...each('QuantizeLinear', elementwiseShapes.QuantizeLinear),
  ...each('DequantizeLinear', elementwiseShapes.DequantizeLinear),
  ...each('NhwcConv NhwcFusedConv', nhwcConv),
  Attention: attention,
  BiasAdd: broadcastOf(0, 1, 2),
  DynamicQuantizeMatMul: asFloatForm(matMul, [0, 1], first),
  FusedConv: conv,
  FusedGemm: gemm,
  FusedMatMul: fusedMatMul,
  MatMulInteger16: asFloatForm(matMul, [0, 1], () => 'int32'),
  MatMulIntegerToFloat: asFloatForm(matMul, [0, 1], () => 'float32'),
  MatMulNBits: matMulBits,
  MultiHeadAttention: multiHeadAttention,
  NhwcMaxPool: channelsLast(pool),
  QGemm: quantizedGemmShape,
  QLinearAveragePool: whereChannelsLast(pool),
  QLinearConcat: concat,
  QLinearConv: scope =>
    whereChannelsLast(asFloatForm(conv, [0, 3], inputs => inputs[7]?.type ?? inputs[0]?.type))(scope),
  QLinearGlobalAveragePool: whereChannelsLast(globalPool),
  TransposeMatMul: fusedMatMul,
}

/** ONNX's operators for classical models, as they stand behind a network's scores. */
export const classicalShapes: Readonly<Record<string, ShapeRule>> = {
  ...each('Binarizer Imputer', same),
  ...each('Normalizer Scaler', ({ inputs: [x] }) => (x ? [{ type: 'float32', dims: x.dims }] : [])),
  ArrayFeatureExtractor: ({ inputs: [x, places] }) =>
    x && places ? [{ type: x.type, dims: [...x.dims.slice(0, -1), places.dims.at(-1) ?? 1] }] : [],
}
