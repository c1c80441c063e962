import { float } from '../../../src/graph/attributes'
import type { Port } from '../../../src/graph/types'
import type { Net } from '../net'
import { file, middle } from '../net'
import type { Row } from '../row'
import { fixed, microsoft, restated, simple } from './operators'

/** No gradient passes it: what comes after it has its map, and what comes before is refused by its name. */
const closed = (op: string, write: (g: Net) => unknown, opset = 13, layers = ['m']): readonly Row[] => {
  const written = () => fixed(file(middle(op, write, opset)))
  return [
    {
      name: `operator: ${op}, and the layer behind it`,
      file: written,
      right: { logits: 'y', layers, inputGradient: false },
    },
    { name: `operator: ${op}, closed to gradients`, file: written, right: { refusal: new RegExp(op), opens: true } },
  ]
}

/** Rows of the features, one after the other, say how much of each channel is left of the next layer. */
const sequence = (op: 'GRU' | 'LSTM', gates: number) =>
  closed(
    op,
    g => {
      g.at('rm', 'ReduceMean', ['f'], { axes: [3], keepdims: 0 })
      g.at('rt', 'Transpose', ['rm'], { perm: [2, 0, 1] })
      const weights = [g.some(1, 4 * gates, 4), g.some(1, 4 * gates, 4)]
      g.at(['', 'last'], op, ['rt', ...weights], { hidden_size: 4 })
      g.at('lt', 'Transpose', ['last'], { perm: [1, 2, 0] })
      g.at('gate', 'Sigmoid', [g.at('lu', 'Unsqueeze', ['lt', g.ints([3])])])
      g.at('c2', 'Conv', ['f', g.some(4, 4, 3, 3)])
      g.at('m', 'Mul', ['c2', 'gate'])
    },
    13,
    ['c2', 'm'],
  )

const port = (name: string, type: Port['type'], dims: readonly number[]): Port => ({ name, type, dims })
const plain = (op: string, inputs: readonly string[], output: string) => ({
  ...{ op, inputs, outputs: [output], name: '', domain: '', attributes: new Map(), metadata: new Map() },
})

function loop(g: Net): void {
  const body = {
    ...{ name: 'turn', constants: new Map(), outputs: ['on', 'next'] },
    inputs: [port('i', 'int64', []), port('go', 'bool', []), port('s', 'float32', [1, 4, 16, 16])],
    nodes: [plain('Identity', ['go'], 'on'), plain('Sin', ['s'], 'half'), plain('Add', ['half', 'f'], 'next')],
  }
  g.at('m', 'Loop', [g.ints([3], []), '', 'f'], { body: { kind: 'graph', value: body } })
}

/** The features as 256 tokens of four numbers, and back. */
const tokens = (g: Net) =>
  g.at('t', 'Transpose', [g.at('r', 'Reshape', ['f', g.ints([1, 4, 256])])], { perm: [0, 2, 1] })
const picture = (g: Net, x: string) =>
  g.at('m', 'Reshape', [g.at('tt', 'Transpose', [x], { perm: [0, 2, 1] }), g.ints([1, 4, 16, 16])])

const sampled = (domain: string) => (g: Net) => {
  g.at('s', 'GridSample', ['f', g.weight([1, 7, 9, 2])], {}, { domain })
  g.at('m', 'Conv', ['s', g.some(4, 4, 3, 3)])
}
const blank: Row = {
  ...restated(
    'com.microsoft GridSample, whose shape a blank run shows',
    sampled('com.microsoft'),
    sampled(''),
    16,
    microsoft,
  ),
  right: { logits: 'y', layers: ['m'], inputGradient: false },
}

export const furtherRows: readonly Row[] = [
  ...sequence('GRU', 3),
  ...sequence('LSTM', 4),
  ...closed('Loop', loop, 16),
  ...closed(
    'DeformConv',
    g =>
      g.at('m', 'DeformConv', ['f', g.some(4, 4, 3, 3), g.some(1, 18, 16, 16)], {
        ...{ kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      }),
    19,
  ),
  simple('GridSample', g => g.at('m', 'GridSample', ['f', g.weight([1, 7, 9, 2])]), 16),
  blank,
  simple(
    'Col2Im',
    g => {
      g.at('columns', 'Reshape', ['f', g.ints([1, 16, 64])])
      g.at('m', 'Col2Im', ['columns', g.ints([9, 9]), g.ints([2, 2])])
    },
    18,
  ),
  simple(
    'ImageScaler',
    g => g.at('m', 'ImageScaler', ['f'], { scale: float(2), bias: { kind: 'floats', value: [1, 2, 3, 4] } }),
    7,
  ),
  restated(
    'Attention',
    g => {
      tokens(g)
      picture(g, g.at('a', 'Attention', ['t', 't', 't'], { q_num_heads: 2, kv_num_heads: 2 }))
    },
    g => {
      tokens(g)
      const heads = (perm: readonly number[]) =>
        g.node('Transpose', [g.node('Reshape', ['t', g.ints([1, 256, 2, 2])])], { perm })
      g.at('scores', 'MatMul', [heads([0, 2, 1, 3]), heads([0, 2, 3, 1])])
      g.at('shares', 'Softmax', [g.node('Mul', ['scores', g.number(Math.SQRT1_2)])], { axis: -1 })
      g.at('read', 'Transpose', [g.node('MatMul', ['shares', heads([0, 2, 1, 3])])], { perm: [0, 2, 1, 3] })
      picture(g, g.node('Reshape', ['read', g.ints([1, 256, 4])]))
    },
    23,
  ),
]
