import { float } from '../../../src/graph/attributes'
import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

type Attributes = Parameters<GraphBuilder['node']>[2]

const microsoft = (
  op: string,
  name: string,
  inputs: (g: GraphBuilder) => readonly string[],
  attributes: Attributes = {},
  opset = 17,
): GradientCase => ({
  name: `com.microsoft.${op}: ${name}`,
  opset,
  build: g => g.node(op, inputs(g), attributes, { domain: 'com.microsoft' }),
})

const picture = (g: GraphBuilder) => [g.input('x', [1, 2, 5, 4]), g.weight([3, 2, 3, 3]), g.weight([3])]
const WINDOW = { pads: [1, 1, 1, 1], strides: [2, 1] }
const activation = (op: string, ...numbers: readonly number[]) => ({
  activation: op,
  ...(numbers.length > 0 && { activation_params: { kind: 'floats', value: numbers } as const }),
})

const skip = (op: string, name: string, rest: (g: GraphBuilder) => readonly string[]): GradientCase => ({
  name: `com.microsoft.${op}: ${name}, whose sum is read as well`,
  build: g => {
    const inputs = [g.input('x', [2, 3, 5]), g.input('skip', [2, 3, 5]), ...rest(g)]
    g.node(op, inputs, { epsilon: float(0.01) }, { domain: 'com.microsoft', outputs: ['y', '', '', 'sum'] })
    return g.node('Mul', ['y', g.node('Tanh', ['sum'])])
  },
})

export const microsoftCases: readonly GradientCase[] = [
  microsoft('FusedConv', 'no activation', picture, WINDOW),
  ...[
    activation('Relu'),
    activation('Sigmoid'),
    activation('Tanh'),
    activation('LeakyRelu', 0.2),
    activation('Clip', -0.5, 0.7),
    activation('HardSigmoid', 0.3, 0.4),
  ].map(written => microsoft('FusedConv', written.activation, picture, { ...WINDOW, ...written })),
  microsoft('FusedConv', 'Clip, opset 10', picture, { ...WINDOW, ...activation('Clip', -0.5, 0.7) }, 10),
  microsoft('FusedConv', 'a sum before the activation', g => [...picture(g), g.input('z', [1, 3, 3, 4])], {
    ...WINDOW,
    ...activation('Relu'),
  }),
  microsoft('FusedGemm', 'Relu', g => [g.input('x', [2, 4]), g.weight([3, 4]), g.weight([3])], {
    transB: 1,
    alpha: float(0.5),
    activation: 'Relu',
  }),
  microsoft('FusedGemm', 'LeakyRelu', g => [g.input('x', [2, 4]), g.weight([4, 3])], {
    activation: 'LeakyRelu',
    activation_alpha: float(0.3),
  }),
  microsoft('FusedMatMul', 'plain', g => [g.input('a', [2, 3, 4]), g.input('b', [4, 2])], { alpha: float(0.5) }),
  microsoft('FusedMatMul', 'both turned', g => [g.input('a', [2, 4, 3]), g.input('b', [2, 2, 4])], {
    transA: 1,
    transB: 1,
  }),
  microsoft('TransposeMatMul', 'turned', g => [g.input('a', [4, 3]), g.input('b', [4, 2])], { transA: 1 }),
  microsoft('Gelu', 'both sides of 0', g => [g.input('x', [2, 6])]),
  microsoft('BiasGelu', 'a bias', g => [g.input('x', [2, 6]), g.input('b', [6])]),
  microsoft('FastGelu', 'no bias', g => [g.input('x', [2, 6])]),
  microsoft('FastGelu', 'a bias', g => [g.input('x', [2, 6]), g.weight([6])]),
  microsoft('QuickGelu', 'its own slope', g => [g.input('x', [2, 6])]),
  microsoft('QuickGelu', 'SiLU', g => [g.input('x', [2, 6])], { alpha: float(1) }),
  skip('SkipLayerNormalization', 'scale and bias', g => [g.weight([5]), g.weight([5])]),
  skip('SkipLayerNormalization', 'a bias before it', g => [g.weight([5]), g.weight([5]), g.weight([5])]),
  skip('SkipSimplifiedLayerNormalization', 'scale', g => [g.weight([5])]),
]
