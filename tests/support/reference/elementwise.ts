import { at, commonShape, mapIndex } from './array'
import { input, type Operator } from './operator'

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

export const Relu: Operator = ({ inputs }) => {
  const x = input(inputs, 0)
  return { dims: x.dims, data: x.data.map(value => Math.max(value, 0)) }
}

export const Identity: Operator = ({ inputs }) => input(inputs, 0)

export const Dropout = Identity
