import { float, floatAttribute, intAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/shape-rules'
import type { Attribute } from '../../graph/types'
import type { Emitter } from '../emitter'
import { onlyFirst, type Rule, type RuleScope, refusal } from '../rule'

/**
 * Operators over quantized numbers go back as their float forms do: (X − zero)·scale, the operator, and what quantizes its
 * result; the rounding counts as the identity (straight-through, Bengio et al. 2013).
 */
const asFloats =
  (form: (scope: RuleScope) => string): Rule =>
  scope =>
    scope.through(() => [form(scope)])

/** (x − zero)·scale, with one scale for all or for each place along an axis. */
function real({ emit, I, node }: RuleScope, x: number, scale: number | undefined, zero: number, axis = 0): string {
  const dims = emit.shape(I(x))
  const along = (value: string) => {
    const size = emit.shape(value)
    const row = dims.map((n, i) => (i === positiveAxis(axis, dims.length) ? n : 1))
    return size.length === 1 && size[0] !== 1 ? emit.reshape(value, row) : value
  }
  const whole = emit.cast(I(x), emit.type)
  const shifted = node.inputs[zero] ? emit.op('Sub', [whole, along(emit.cast(I(zero), emit.type))]) : whole
  return scale === undefined ? shifted : emit.op('Mul', [shifted, along(emit.cast(I(scale), emit.type))])
}

/** @param at places of the result's scale and, after it, its zero point */
const quantized = ({ emit, I }: RuleScope, y: string, at: number): string =>
  emit.op('QuantizeLinear', [y, I(at), ...(I(at + 1) ? [I(at + 1)] : [])])

/** The attributes of the float form, without those of ONNX Runtime's own. */
function attributesOf({ node }: RuleScope, ...names: readonly string[]): Record<string, Attribute> {
  return Object.fromEntries([...node.attributes].filter(([name]) => names.includes(name)))
}

const WINDOW = ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides']

function channelsFirst(scope: RuleScope): void {
  if (intAttribute(scope.node, 'channels_last', 0) === 1) throw refusal(scope, 'channels last have no rule')
}

/** B counts in steps of both scales. */
const QLinearConv: Rule = asFloats(scope => {
  channelsFirst(scope)
  const { node, emit, I } = scope
  const y = emit.op('Conv', [real(scope, 0, 1, 2), real(scope, 3, 4, 5)], attributesOf(scope, ...WINDOW))
  if (!node.inputs[8]) return quantized(scope, y, 6)
  const steps = emit.op('Mul', [emit.cast(I(8), emit.type), emit.op('Mul', [I(1), I(4)])])
  const row = emit.shape(y).map((n, axis) => (axis === 1 ? n : 1))
  return quantized(scope, emit.op('Add', [y, emit.reshape(steps, row)]), 6)
})

const QLinearMatMul: Rule = asFloats(scope =>
  quantized(scope, scope.emit.op('MatMul', [real(scope, 0, 1, 2, -2), real(scope, 3, 4, 5, -1)]), 6),
)

/** Whole numbers in, whole numbers out: what follows scales them. */
const ConvInteger: Rule = asFloats(scope =>
  scope.emit.op('Conv', [real(scope, 0, undefined, 2), real(scope, 1, undefined, 3)], attributesOf(scope, ...WINDOW)),
)

const MatMulInteger: Rule = asFloats(scope =>
  scope.emit.op('MatMul', [real(scope, 0, undefined, 2, -2), real(scope, 1, undefined, 3, -1)]),
)

const both = (op: 'Add' | 'Mul'): Rule =>
  asFloats(scope => quantized(scope, scope.emit.op(op, [real(scope, 0, 1, 2), real(scope, 3, 4, 5)]), 6))

const alone = (form: (scope: RuleScope, x: string, emit: Emitter) => string): Rule =>
  asFloats(scope => quantized(scope, form(scope, real(scope, 0, 1, 2), scope.emit), 3))

const pooled = (op: 'GlobalAveragePool' | 'AveragePool'): Rule =>
  alone((scope, x, emit) => {
    channelsFirst(scope)
    return emit.op(op, [x], attributesOf(scope, ...WINDOW, 'ceil_mode', 'count_include_pad'))
  })

/** Scale and zero point of the result, then value, scale and zero point of each part. */
const QLinearConcat: Rule = asFloats(scope => {
  const { node, emit } = scope
  const parts = node.inputs.flatMap((_, i) => (i > 1 && i % 3 === 2 ? [real(scope, i, i + 1, i + 2)] : []))
  return quantized(scope, emit.concat(parts, intAttribute(node, 'axis', 1)), 0)
})

/** A and B as in Gemm, C in steps of both scales; float where the result has no scale. */
const QGemm: Rule = asFloats(scope => {
  const { node, emit, I } = scope
  const rows = intAttribute(node, 'transB', 0) === 1 ? 0 : 1
  const product = emit.op(
    'Gemm',
    [real(scope, 0, 1, 2), real(scope, 3, 4, 5, rows)],
    attributesOf(scope, 'alpha', 'transA', 'transB'),
  )
  const steps = () =>
    emit.op('Mul', [
      emit.cast(I(6), emit.type),
      emit.op('Mul', [emit.op('Mul', [I(1), I(4)]), floatAttribute(node, 'alpha', 1)]),
    ])
  const y = node.inputs[6] ? emit.op('Add', [product, steps()]) : product
  return node.inputs[7] ? quantized(scope, y, 7) : y
})

/** A is quantized on the way, which counts as the identity. */
const DynamicQuantizeMatMul: Rule = asFloats(scope => {
  const { node, emit, I } = scope
  const product = emit.op('MatMul', [I(0), real(scope, 1, 2, 3, -1)])
  return node.inputs[4] ? emit.op('Add', [product, I(4)]) : product
})

const MatMulIntegerToFloat: Rule = asFloats(scope => {
  const { node, emit, I } = scope
  const product = emit.op('MatMul', [real(scope, 0, 2, 4, -2), real(scope, 1, 3, 5, -1)])
  return node.inputs[6] ? emit.op('Add', [product, I(6)]) : product
})

/** Y = X/scale + zero, whose range is that of X itself: nothing is clamped. dX = dY/scale */
const DynamicQuantizeLinear: Rule = onlyFirst(scope => {
  const [, scale] = scope.node.outputs
  if (!scale) throw refusal(scope, 'it does not give its scale')
  return scope.emit.op('Div', [scope.GO, scale])
})

export const quantizedFormRules = {
  ...{ QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger, DynamicQuantizeLinear },
  'com.microsoft.QLinearAdd': both('Add'),
  'com.microsoft.QLinearMul': both('Mul'),
  'com.microsoft.QLinearConv': QLinearConv,
  'com.microsoft.QLinearGlobalAveragePool': pooled('GlobalAveragePool'),
  'com.microsoft.QLinearAveragePool': pooled('AveragePool'),
  'com.microsoft.QLinearSigmoid': alone((_, x, emit) => emit.op('Sigmoid', [x])),
  'com.microsoft.QLinearLeakyRelu': alone(({ node }, x, emit) =>
    emit.op('LeakyRelu', [x], { alpha: float(floatAttribute(node, 'alpha', 0.01)) }),
  ),
  'com.microsoft.QLinearConcat': QLinearConcat,
  'com.microsoft.QGemm': QGemm,
  'com.microsoft.DynamicQuantizeMatMul': DynamicQuantizeMatMul,
  'com.microsoft.MatMulIntegerToFloat': MatMulIntegerToFloat,
}
