import { float } from '../../../src/graph/attributes'
import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

const LAST_HALF = [0.2, 0.7, 1.3, 2.1, 0.4, 1.6]

/** Over values on both sides of 0, or above it alone. */
const unary = (op: string, opset: number, positive: boolean): GradientCase => ({
  name: `${op}: opset ${opset}`,
  opset,
  build: g => g.node(op, [g.input('x', [2, 3], positive ? LAST_HALF : [-2.3, -0.8, -0.1, 0.2, 1.1, 2.6])]),
})

const variadic = (op: string, name: string, shapes: readonly (readonly number[])[], opset = 17): GradientCase => ({
  name: `${op}: ${name}, opset ${opset}`,
  opset,
  build: g =>
    g.node(
      op,
      shapes.map((dims, i) => g.input(`x${i}`, dims)),
    ),
})

const pow = (name: string, exponent: number, opset = 17, positive = false): GradientCase => ({
  name: `Pow: ${name}, opset ${opset}`,
  opset,
  build: g =>
    g.node('Pow', [
      g.input('x', [2, 3], positive ? LAST_HALF : [-2, -0.5, 0.3, 1.5, 2.5, -1.2]),
      g.weight([], [exponent]),
    ]),
})

/** Values inside (−1, 1) or above 1, where the inverse functions are. */
const INSIDE = [-0.8, -0.3, -0.05, 0.1, 0.45, 0.85]
const ABOVE = [1.2, 1.5, 2, 2.6, 3.1, 4]

const over = (op: string, values: readonly number[], opset: number): GradientCase => ({
  name: `${op}: opset ${opset}`,
  opset,
  build: g => g.node(op, [g.input('x', [2, 3], values)]),
})

const mod = (name: string, a: readonly number[], b: readonly number[]): GradientCase => ({
  name: `Mod: ${name}`,
  build: g => g.node('Mod', [g.input('a', [2, 3], a), g.input('b', [3], b)], { fmod: 1 }),
})

export const functionCases: readonly GradientCase[] = [
  {
    name: 'ImageScaler: opset 7',
    opset: 7,
    build: g =>
      g.node('ImageScaler', [g.input('x', [1, 3, 2, 2])], {
        scale: float(0.5),
        bias: { kind: 'floats', value: [1, 2, 3] },
      }),
  },
  ...['Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan'].flatMap(op => [over(op, INSIDE, 7), over(op, INSIDE, 22)]),
  ...['Sinh', 'Cosh', 'Asinh', 'Atanh'].flatMap(op => [over(op, INSIDE, 9), over(op, INSIDE, 17)]),
  over('Acosh', ABOVE, 9),
  over('Acosh', ABOVE, 17),
  mod('of either sign', [-2.3, 0.8, 5.1, 2.2, -7.4, 9.3], [0.7, 1.9, -2.2]),
  ...['Sqrt', 'Log', 'Reciprocal'].flatMap(op => [unary(op, 9, true), unary(op, 17, true)]),
  ...['Neg', 'Abs', 'Exp', 'Tanh', 'Erf'].flatMap(op => [unary(op, 9, false), unary(op, 17, false)]),
  unary('Reciprocal', 13, false),
  unary('Abs', 8, false),
  ...[7, 9, 12, 17].map(opset => pow('a square', 2, opset)),
  pow('a cube', 3),
  pow('a root', 0.5, 17, true),
  pow('less than 1', -0.75, 17, true),
  pow('to the first', 1),
  pow('to nothing', 0),
  {
    name: 'Pow: a whole exponent',
    build: g => g.node('Pow', [g.input('x', [2, 3]), g.ints([2], [])]),
  },
  {
    name: 'Pow: exponents of several kinds',
    build: g => g.node('Pow', [g.input('x', [2, 3], LAST_HALF), g.weight([3], [2, 0, 1.5])]),
  },
  {
    name: 'Pow: to base and exponent',
    build: g => g.node('Pow', [g.input('a', [2, 3], LAST_HALF), g.input('b', [3], [0.5, 2.2, -1.1])]),
  },
  {
    name: 'Pow: of a parameter',
    build: g => g.node('Pow', [g.weight([2, 1], [2, 0.5]), g.input('b', [3])]),
  },
  ...['Max', 'Min'].flatMap(op => [
    variadic(op, 'two', [
      [2, 3, 4],
      [2, 3, 4],
    ]),
    variadic(op, 'two that broadcast', [[2, 3, 1], [4]]),
    variadic(op, 'three', [[2, 3], [3], [2, 1]], 8),
    variadic(op, 'one', [[2, 3]], 13),
    {
      name: `${op}: with a parameter`,
      build: (g: GraphBuilder) => g.node(op, [g.weight([3], [0.1, -0.2, 0.3]), g.input('x', [4, 3])]),
    },
  ]),
  ...['Sum', 'Mean'].map(op => variadic(op, 'three that broadcast', [[2, 3, 4], [4], [3, 1]])),
  variadic('Sum', 'one', [[2, 3]], 8),
  {
    name: 'Where: by a comparison of activations',
    build: g =>
      g.node('Where', [g.node('Greater', [g.input('a', [2, 3, 4]), g.weight([], [0])]), 'a', g.input('b', [4])]),
  },
  {
    name: 'Where: with a parameter on one side, opset 9',
    opset: 9,
    build: g => g.node('Where', [g.node('Less', [g.input('a', [2, 3]), g.weight([3])]), g.weight([2, 1]), 'a']),
  },
  {
    name: 'Where: by a constant',
    build: g => {
      const condition = g.constant('chosen', { type: 'bool', dims: [3], bytes: Uint8Array.of(1, 0, 1) })
      return g.node('Where', [condition, g.input('a', [2, 3]), g.input('b', [2, 1])])
    },
  },
  {
    name: 'Cast: to float64 and back',
    build: g => {
      const wide = g.node('Cast', [g.node('Mul', [g.input('x', [2, 3]), g.weight([3])])], { to: 11 })
      return g.node('Cast', [g.node('Tanh', [g.node('Mul', [wide, wide])])], { to: 1 })
    },
  },
  {
    name: 'Cast: what whole numbers carry does not count',
    build: g => {
      const whole = g.node(
        'Cast',
        [g.node('Cast', [g.input('x', [2, 3], [1.5, 2.5, -1.5, 0.5, 3.5, 7.5])], { to: 7 })],
        { to: 1 },
      )
      return g.node('Mul', [whole, 'x'])
    },
  },
  {
    name: 'Cast: floating to floating, the same type',
    build: g => g.node('Mul', [g.node('Cast', [g.input('x', [2, 3])], { to: 1 }), 'x']),
  },
]
