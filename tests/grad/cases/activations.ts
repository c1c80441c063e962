import { float } from '../../../src/graph/attributes'
import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

type Attributes = Parameters<GraphBuilder['node']>[2]

/** Numbers on both sides of every corner, none within 0.04 of one. */
const AROUND = [-4.2, -3.1, -2.9, -2.4, -1.7, -0.9, -0.4, -0.05, 0.05, 0.3, 0.6, 1.1, 1.9, 2.6, 2.9, 3.1, 4.5, 6.3]

const unary = (op: string, name: string, attributes: Attributes = {}, opset = 17, values = AROUND): GradientCase => ({
  name: `${op}: ${name}, opset ${opset}`,
  opset,
  build: g => g.node(op, [g.input('x', [1, 2, 3, values.length / 6], values)], attributes),
})

const clip = (name: string, opset: number, low?: number, high?: number): GradientCase => ({
  name: `Clip: ${name}, opset ${opset}`,
  opset,
  build: g => {
    const x = g.input('x', [2, 9], AROUND)
    if (opset < 11) {
      const bounds: Attributes = {
        ...(low !== undefined && { min: float(low) }),
        ...(high !== undefined && { max: float(high) }),
      }
      return g.node('Clip', [x], bounds)
    }
    const bound = (value: number | undefined) => (value === undefined ? '' : g.weight([], [value]))
    return g.node('Clip', high === undefined ? [x, bound(low)] : [x, bound(low), bound(high)])
  },
})

export const activationCases: readonly GradientCase[] = [
  ...[0, 0.3].map(bias => ({
    name: `Shrink: bias ${bias}`,
    build: (g: GraphBuilder) => g.node('Shrink', [g.input('x', [2, 4])], { lambd: float(0.4), bias: float(bias) }),
  })),
  ...[9, 17].map(opset => ({
    name: `Relu: opset ${opset}`,
    opset,
    build: (g: GraphBuilder) => g.node('Relu', [g.input('x', [2, 3, 4])]),
  })),
  ...[7, 8].map(opset => unary('Relu', 'before Where', {}, opset)),
  ...[7, 9, 11, 13, 17].flatMap(opset => [
    clip('0 to 6', opset, 0, 6),
    clip('from below alone', opset, -0.5),
    clip('from above alone', opset, undefined, 1),
    clip('no bounds', opset),
  ]),
  {
    name: 'Clip: bounds that are copies of constants',
    build: g => {
      const bound = (value: number) => g.node('Identity', [g.weight([], [value])])
      return g.node('Clip', [g.input('x', [2, 9], AROUND), bound(-1), bound(2)])
    },
  },
  ...[9, 13].map(opset => unary('Sigmoid', 'default', {}, opset)),
  unary('HardSigmoid', 'default'),
  unary('HardSigmoid', 'as PyTorch has it', { alpha: float(1 / 6) }, 11),
  unary('HardSigmoid', 'its own slope and height', { alpha: float(0.4), beta: float(0.3) }, 9),
  unary('HardSwish', 'default', {}, 14),
  ...[8, 9, 17].map(opset => unary('LeakyRelu', 'its own slope', { alpha: float(0.2) }, opset)),
  unary('LeakyRelu', 'default'),
  unary('ThresholdedRelu', 'default', {}, 11),
  unary('ThresholdedRelu', 'its own threshold', { alpha: float(0.5) }),
  ...[9, 17].flatMap(opset => [
    unary('Elu', 'default', {}, opset),
    unary('Elu', 'alpha', { alpha: float(0.6) }, opset),
  ]),
  unary('Selu', 'default'),
  unary('Selu', 'alpha and gamma', { alpha: float(1.2), gamma: float(0.8) }),
  unary('Celu', 'default'),
  unary('Celu', 'alpha', { alpha: float(0.5) }),
  unary('Softplus', 'default'),
  unary('Softsign', 'default'),
  unary('Mish', 'default', {}, 18),
  unary('Swish', 'default', {}, 24),
  unary('Swish', 'alpha', { alpha: float(1.7) }, 24),
  unary('Gelu', 'default', {}, 20),
  unary('Gelu', 'exact', { approximate: 'none' }, 20),
  unary('Gelu', 'by tanh', { approximate: 'tanh' }, 20),
  ...[[3, 1, 1], [1], [], [3, 2, 3]].flatMap(dims => [
    {
      name: `PRelu: slope of [${dims}]`,
      build: (g: GraphBuilder) => g.node('PRelu', [g.input('x', [2, 3, 2, 3]), g.input('slope', dims)]),
    },
    {
      name: `PRelu: slope of [${dims}] as a parameter, opset 9`,
      opset: 9,
      build: (g: GraphBuilder) => g.node('PRelu', [g.input('x', [2, 3, 2, 3]), g.weight(dims)]),
    },
  ]),
  {
    name: 'Clip: a bound that only jumps',
    build: g => {
      const x = g.input('x', [2, 9], AROUND)
      const mean = g.node('ReduceMean', [g.node('Mul', [x, g.weight([], [3])])], { keepdims: 0 })
      return g.node('Clip', [x, g.node('Floor', [mean])])
    },
  },
  {
    name: 'Sigmoid: times its input, as SiLU is written',
    build: g => g.node('Mul', [g.input('x', [2, 9], AROUND), g.node('Sigmoid', ['x'])]),
  },
  {
    name: 'Erf: GELU spelled out',
    build: g => {
      const x = g.input('x', [2, 9], AROUND)
      const erf = g.node('Erf', [g.node('Div', [x, g.weight([], [Math.SQRT2])])])
      const grown = g.node('Mul', [x, g.node('Add', [erf, g.weight([], [1])])])
      return g.node('Mul', [grown, g.weight([], [0.5])])
    },
  },
  {
    name: 'HardSwish: spelled out with Clip and Div',
    opset: 11,
    build: g => {
      const x = g.input('x', [2, 9], AROUND)
      const clipped = g.node('Clip', [g.node('Add', [x, g.weight([], [3])]), g.weight([], [0]), g.weight([], [6])])
      return g.node('Div', [g.node('Mul', [x, clipped]), g.weight([], [6])])
    },
  },
]
