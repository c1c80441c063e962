import { at, mapIndex } from './array'
import { input, number, type Operator, text } from './operator'
import { erf, unary } from './unary'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.log1p(Math.exp(x))

export const Relu = unary(x => Math.max(x, 0))
export const LeakyRelu = unary((x, read) => (x < 0 ? read('alpha', 0.01) * x : x))
export const ThresholdedRelu = unary((x, read) => (x > read('alpha', 1) ? x : 0))
export const Sigmoid = unary(sigmoid)
export const HardSigmoid = unary((x, read) => Math.max(0, Math.min(1, read('alpha', 0.2) * x + read('beta', 0.5))))
export const HardSwish = unary(x => x * Math.max(0, Math.min(1, x / 6 + 0.5)))
export const Elu = unary((x, read) => (x < 0 ? read('alpha', 1) * Math.expm1(x) : x))
export const Selu = unary(
  (x, read) => read('gamma', 1.0507010221481323) * (x > 0 ? x : read('alpha', 1.6732631921768188) * Math.expm1(x)),
)
export const Celu = unary((x, read) => {
  const alpha = read('alpha', 1)
  return Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha))
})
export const Softplus = unary(softplus)
export const Softsign = unary(x => x / (1 + Math.abs(x)))
export const Mish = unary(x => x * Math.tanh(softplus(x)))
export const Swish = unary((x, read) => x * sigmoid(read('alpha', 1) * x))

export const Gelu: Operator = scope =>
  text(scope.node, 'approximate', 'none') === 'tanh'
    ? unary(x => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))))(scope)
    : unary(x => 0.5 * x * (1 + erf(x / Math.SQRT2)))(scope)

export const PRelu: Operator = ({ inputs }) => {
  const [x, slope] = [input(inputs, 0), input(inputs, 1)]
  return mapIndex(x.dims, index => {
    const value = at(x, index)
    return value < 0 ? value * at(slope, index) : value
  })
}

/** Bounds are attributes before opset 11, inputs since then. */
export const Clip: Operator = ({ node, opset, inputs }) => {
  const x = input(inputs, 0)
  const bound = (name: string, place: number, absent: number) =>
    opset < 11 ? number(node, name, absent) : (inputs[place]?.data[0] ?? absent)
  const low = bound('min', 1, Number.NEGATIVE_INFINITY)
  const high = bound('max', 2, Number.POSITIVE_INFINITY)
  return { dims: x.dims, data: x.data.map(value => Math.min(Math.max(value, low), high)) }
}

export const Shrink = unary((x, read) => {
  const [edge, bias] = [read('lambd', 0.5), read('bias', 0)]
  return x < -edge ? x + bias : x > edge ? x - bias : 0
})
