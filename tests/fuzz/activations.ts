import { float } from '../../src/graph/attributes'
import type { Drawing } from './drawing'

type Form = readonly [name: string, write: (d: Drawing, x: string, channels: number) => string, since?: number]

const siluOf = (d: Drawing, x: string) => d.op('Mul', [x, d.op('Sigmoid', [x])])
const hardSigmoid = (d: Drawing, x: string) => d.op('Div', [d.clip(d.op('Add', [x, d.scalar(3)]), 0, 6), d.scalar(6)])

function geluOf(d: Drawing, x: string): string {
  const erf = d.op('Erf', [d.op('Div', [x, d.scalar(Math.SQRT2)])])
  const twice = d.op('Add', [erf, d.scalar(1)])
  if (d.dice.chance(0.5)) return d.op('Mul', [d.op('Mul', [x, twice]), d.scalar(0.5)])
  return d.op('Mul', [d.op('Mul', [x, d.scalar(0.5)]), twice])
}

function tanhGelu(d: Drawing, x: string): string {
  const cube = d.op('Mul', [d.op('Pow', [x, d.scalar(3)]), d.scalar(0.044715)])
  const bend = d.op('Tanh', [d.op('Mul', [d.op('Add', [x, cube]), d.scalar(0.7978845608)])])
  return d.op('Mul', [d.op('Mul', [x, d.scalar(0.5)]), d.op('Add', [bend, d.scalar(1)])])
}

/** Every activation in every form in which tools export it. The slope at a kink is 0, or is never met. */
export const FORMS: readonly Form[] = [
  ...new Array<Form>(6).fill(['Relu', (d, x) => d.op('Relu', [x])]),
  ['Max with 0', (d, x) => d.op('Max', d.dice.chance(0.5) ? [x, d.scalar(0)] : [d.scalar(0), x]), 8],
  ['Clip from 0', (d, x) => d.clip(x, 0, undefined)],
  ['ReLU6', (d, x) => d.clip(x, 0, 6)],
  ['Where x > 0', (d, x) => d.op('Where', [d.op('Greater', [x, d.scalar(0)]), x, d.scalar(0)]), 9],
  ['mask times x', (d, x) => d.op('Mul', [x, d.op('Cast', [d.op('Greater', [x, d.scalar(0)])], { to: 1 })]), 9],
  ['(x + |x|) / 2', (d, x) => d.op('Mul', [d.op('Add', [x, d.op('Abs', [x])]), d.scalar(0.5)])],
  ['LeakyRelu', (d, x) => d.op('LeakyRelu', [x], { alpha: float(d.dice.of([0, 0.1, 0.01, 0.3])) })],
  ['Elu', (d, x) => d.op('Elu', [x], { alpha: float(d.dice.of([1, 0.5])) })],
  ['Selu', (d, x) => d.op('Selu', [x])],
  ['Celu', (d, x) => d.op('Celu', [x], { alpha: float(0.7) }), 12],
  ['Softplus', (d, x) => d.op('Softplus', [x])],
  ['Softsign', (d, x) => d.op('Softsign', [x])],
  ['Sigmoid', (d, x) => d.op('Sigmoid', [x])],
  ['Tanh', (d, x) => d.op('Tanh', [x])],
  ['HardSigmoid', (d, x) => d.op('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) })],
  ['HardSwish', (d, x) => d.op('HardSwish', [x]), 14],
  ['hard swish written out', (d, x) => d.op('Mul', [x, hardSigmoid(d, x)])],
  ['SiLU', siluOf],
  ['GELU by Erf', geluOf, 9],
  ['GELU by Tanh', tanhGelu],
  ['Gelu', (d, x) => d.op('Gelu', [x], { approximate: d.dice.of(['none', 'tanh']) }), 20],
  ['Mish', (d, x) => d.op('Mish', [x]), 18],
  ['mish written out', (d, x) => d.op('Mul', [x, d.op('Tanh', [d.op('Softplus', [x])])])],
  ['PRelu', (d, x, c) => d.op('PRelu', [x, d.numbers(c > 1 ? d.dice.of([[c, 1, 1], [1]]) : [1], 0.05, 0.4)]), 9],
  ['ThresholdedRelu', (d, x) => d.op('ThresholdedRelu', [x], { alpha: float(0.3) }), 10],
  ['Shrink', (d, x) => d.op('Shrink', [x], { lambd: float(0.2), bias: float(0.1) }), 9],
  ['Atan', (d, x) => d.op('Atan', [x])],
  ['Sin', (d, x) => d.op('Sin', [x])],
  ['square', (d, x) => (d.dice.chance(0.5) ? d.op('Mul', [x, x]) : d.op('Pow', [x, d.scalar(2)]))],
  ['root of x² + 1', (d, x) => d.op('Sqrt', [d.op('Add', [d.op('Mul', [x, x]), d.scalar(1)])])],
  ['log of 1 + |x|', (d, x) => d.op('Log', [d.op('Add', [d.op('Abs', [x]), d.scalar(1)])])],
]

export function activation(d: Drawing, x: string, channels: number): string {
  const [name, write] = d.dice.of(FORMS.filter(([, , since = 7]) => since <= d.opset))
  d.parts.push(name)
  return write(d, x, channels)
}
