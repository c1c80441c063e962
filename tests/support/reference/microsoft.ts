import * as activations from './activations'
import { at, mapIndex, type NdArray } from './array'
import { Tanh } from './elementwise'
import { Gemm, MatMul } from './linear'
import { input, list, number, type Operator, type Scope, text } from './operator'
import { erf } from './unary'
import { Conv } from './windows'

const first = (result: NdArray | readonly NdArray[]): NdArray => {
  const [value] = 'dims' in result ? [result] : result
  if (!value) throw new Error('no value')
  return value
}

function activated({ node }: Scope, x: NdArray, [alpha = 0, beta = 0]: readonly number[]): NdArray {
  const each = (apply: (value: number) => number) => ({ dims: x.dims, data: x.data.map(apply) })
  const plain = { Relu: activations.Relu, Sigmoid: activations.Sigmoid, Tanh } as const
  const op = text(node, 'activation', '')
  if (op === 'LeakyRelu') return each(value => (value < 0 ? alpha * value : value))
  if (op === 'Clip') return each(value => Math.min(Math.max(value, alpha), beta))
  if (op === 'HardSigmoid') return each(value => Math.max(0, Math.min(1, alpha * value + beta)))
  return op === 'Relu' || op === 'Sigmoid' || op === 'Tanh' ? first(plain[op]({ node, opset: 17, inputs: [x] })) : x
}

const added = (a: NdArray, b: NdArray | undefined): NdArray => (b ? mapIndex(a.dims, i => at(a, i) + at(b, i)) : a)

export const FusedConv: Operator = scope =>
  activated(scope, added(first(Conv(scope)), scope.inputs[3]), list(scope.node, 'activation_params') ?? [])

export const FusedGemm: Operator = scope =>
  activated(scope, first(Gemm(scope)), [
    number(scope.node, 'activation_alpha', 0),
    number(scope.node, 'activation_beta', 0),
  ])

/** The last two axes turned. */
function turned(x: NdArray, turns: boolean): NdArray {
  if (!turns) return x
  const [rows = 1, columns = 1] = x.dims.slice(-2)
  return mapIndex([...x.dims.slice(0, -2), columns, rows], index => {
    const [i = 0, j = 0] = index.slice(-2)
    return at(x, [...index.slice(0, -2), j, i])
  })
}

export const FusedMatMul: Operator = scope => {
  const sides = ['A', 'B'].map((side, i) => turned(input(scope.inputs, i), number(scope.node, `trans${side}`, 0) === 1))
  const product = first(MatMul({ ...scope, inputs: sides }))
  return { dims: product.dims, data: product.data.map(value => value * number(scope.node, 'alpha', 1)) }
}

export const TransposeMatMul = FusedMatMul

const each = (x: NdArray, apply: (value: number) => number): NdArray => ({ dims: x.dims, data: x.data.map(apply) })

export const BiasGelu: Operator = ({ inputs }) =>
  each(added(input(inputs, 0), inputs[1]), x => 0.5 * x * (1 + erf(x / Math.SQRT2)))

export const FastGelu: Operator = ({ inputs }) =>
  each(
    added(input(inputs, 0), inputs[1]),
    x => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  )

export const QuickGelu: Operator = ({ node, inputs }) =>
  each(input(inputs, 0), x => x / (1 + Math.exp(-number(node, 'alpha', 1.7020000219345093) * x)))

const row = (x: NdArray, index: readonly number[]): number[] =>
  Array.from({ length: x.dims.at(-1) ?? 0 }, (_, k) => at(x, index.with(-1, k)))

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** The normalised sum, its mean and inverse deviation, which nothing reads here, and the sum. */
export const SkipLayerNormalization: Operator = ({ node, inputs }) => {
  const sum = added(added(input(inputs, 0), input(inputs, 1)), inputs[4])
  const y = mapIndex(sum.dims, index => {
    const values = row(sum, index)
    const middle = mean(values)
    const deviation = Math.sqrt(mean(values.map(value => (value - middle) ** 2)) + number(node, 'epsilon', 1e-12))
    const hat = (at(sum, index) - middle) / deviation
    return hat * at(input(inputs, 2), index) + (inputs[3] ? at(inputs[3], index) : 0)
  })
  return [y, y, y, sum]
}

export const SkipSimplifiedLayerNormalization: Operator = ({ node, inputs }) => {
  const sum = added(added(input(inputs, 0), input(inputs, 1)), inputs[3])
  const y = mapIndex(sum.dims, index => {
    const root = Math.sqrt(mean(row(sum, index).map(value => value ** 2)) + number(node, 'epsilon', 1e-5))
    return (at(sum, index) / root) * at(input(inputs, 2), index)
  })
  return [y, y, y, sum]
}
