import { input, number, type Operator } from './operator'

/** One value to one value; the context gives the node's numbers. */
export const unary =
  (apply: (x: number, read: (name: string, absent: number) => number) => number): Operator =>
  ({ node, inputs }) => {
    const x = input(inputs, 0)
    return { dims: x.dims, data: x.data.map(value => apply(value, (name, absent) => number(node, name, absent))) }
  }

/** 2/√π·e^(−x²)·Σ 2ⁿx^(2n+1)/(2n+1)!!, whose terms all have one sign. */
export function erf(x: number): number {
  // 1 − erf 6 is less than 1e-16, and the terms would grow past all numbers.
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = x
  let sum = 0
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    sum += term
    term *= (2 * x * x) / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}
