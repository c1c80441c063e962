import { at, commonShape, mapIndex } from './array'
import { input, list, number, type Operator } from './operator'
import { erf, unary } from './unary'

const binary =
  (apply: (a: number, b: number) => number): Operator =>
  ({ inputs }) => {
    const [a, b] = [input(inputs, 0), input(inputs, 1)]
    return mapIndex(commonShape(a.dims, b.dims), index => apply(at(a, index), at(b, index)))
  }

export const Add = binary((a, b) => a + b)
export const Sub = binary((a, b) => a - b)
export const Mul = binary((a, b) => a * b)
export const Div = binary((a, b) => a / b)

export const Pow = binary((a, b) => a ** b)
export const Equal = binary((a, b) => Number(a === b))
export const Greater = binary((a, b) => Number(a > b))
export const Less = binary((a, b) => Number(a < b))

export const Neg = unary(x => -x)
export const Abs = unary(Math.abs)
export const Sqrt = unary(Math.sqrt)
export const Exp = unary(Math.exp)
export const Log = unary(Math.log)
export const Reciprocal = unary(x => 1 / x)
export const Tanh = unary(Math.tanh)
export const Floor = unary(Math.floor)

export const Erf = unary(erf)

const variadic =
  (apply: (values: readonly number[]) => number): Operator =>
  ({ inputs }) => {
    const all = inputs.map((_, i) => input(inputs, i))
    const dims = all.reduce<readonly number[]>((dims, x) => commonShape(dims, x.dims), [])
    return mapIndex(dims, index => apply(all.map(x => at(x, index))))
  }

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export const Max = variadic(values => Math.max(...values))
export const Min = variadic(values => Math.min(...values))
export const Sum = variadic(sum)
export const Mean = variadic(values => sum(values) / values.length)
export const Where = variadic(([condition, a = 0, b = 0]) => (condition ? a : b))

/** Whole types cut the fraction off, floating ones keep doubles as they are. */
export const Cast: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const whole = [2, 3, 6, 7].includes(number(node, 'to', 1))
  return { dims: x.dims, data: whole ? x.data.map(Math.trunc) : x.data }
}

/** Scale and zero point for all of x, or for each place along `axis`. */
export const DequantizeLinear: Operator = ({ node, inputs }) => {
  const [x, scale, zero] = [input(inputs, 0), input(inputs, 1), inputs[2]]
  const axis = number(node, 'axis', 1)
  return mapIndex(x.dims, index => {
    const place = scale.dims.length === 0 ? 0 : (index[axis] ?? 0)
    return (at(x, index) - (zero?.data[place] ?? 0)) * (scale.data[place] ?? 0)
  })
}

export const Identity: Operator = ({ inputs }) => input(inputs, 0)

export const Dropout = Identity

export const Sin = unary(Math.sin)
export const Cos = unary(Math.cos)
export const Tan = unary(Math.tan)
export const Asin = unary(Math.asin)
export const Acos = unary(Math.acos)
export const Atan = unary(Math.atan)
export const Sinh = unary(Math.sinh)
export const Cosh = unary(Math.cosh)
export const Asinh = unary(Math.asinh)
export const Acosh = unary(Math.acosh)
export const Atanh = unary(Math.atanh)

/** The remainder with the sign of the dividend, as C's fmod. */
export const Mod = variadic(([a = 0, b = 1]) => a % b)

/** scale·x, and a bias for each channel. */
export const ImageScaler: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  return mapIndex(x.dims, index => at(x, index) * number(node, 'scale', 1) + (list(node, 'bias')?.[index[1] ?? 0] ?? 0))
}
