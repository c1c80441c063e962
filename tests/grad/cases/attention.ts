import { float } from '../../../src/graph/attributes'
import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

type Attributes = Parameters<GraphBuilder['node']>[2]

const attention = (name: string, dims: readonly (readonly number[])[], attributes: Attributes = {}): GradientCase => ({
  name: `Attention: ${name}`,
  opset: 23,
  build: g =>
    g.node(
      'Attention',
      dims.map((size, i) => g.input(['q', 'k', 'v', 'mask'][i] ?? '', size)),
      attributes,
    ),
})

const withPast = (
  name: string,
  [q, kv, past]: readonly (readonly number[])[],
  attributes: Attributes = {},
): GradientCase => ({
  name: `Attention: ${name}`,
  opset: 23,
  build: g => {
    const [query, key, value] = [g.input('q', q ?? []), g.input('k', kv ?? []), g.input('v', kv ?? [])]
    const before = [g.input('past k', past ?? []), g.input('past v', past ?? [])]
    const outputs = ['y', 'all k', 'all v']
    g.node('Attention', [query, key, value, '', ...before], attributes, { outputs })
    const sum = g.node('ReduceSum', [g.node('Tanh', ['y'])], { keepdims: 0 })
    return g.node('Add', [sum, g.node('Mul', ['all k', g.node('Tanh', ['all v'])])])
  },
})

const FOUR = [
  [2, 2, 3, 4],
  [2, 2, 5, 4],
  [2, 2, 5, 3],
]

const microsoft = (
  op: string,
  name: string,
  inputs: (g: GraphBuilder) => readonly string[],
  attributes: Attributes = {},
) => ({
  name: `com.microsoft.${op}: ${name}`,
  build: (g: GraphBuilder) => g.node(op, inputs(g), { num_heads: 2, ...attributes }, { domain: 'com.microsoft' }),
})

const three = (g: GraphBuilder) => ['q', 'k', 'v'].map(name => g.input(name, [1, 3, 4]))

export const attentionCases: readonly GradientCase[] = [
  attention('four axes', FOUR),
  attention(
    'three axes',
    [
      [1, 3, 8],
      [1, 4, 8],
      [1, 4, 6],
    ],
    { q_num_heads: 2, kv_num_heads: 2, scale: float(0.4) },
  ),
  attention('heads of keys shared by several of queries', [
    [1, 4, 3, 2],
    [1, 2, 3, 2],
    [1, 2, 3, 2],
  ]),
  attention('a mask that is added', [...FOUR, [3, 5]]),
  attention(
    'causal',
    [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
    { is_causal: 1 },
  ),
  attention('bounded scores', FOUR, { softcap: float(1.5) }),
  withPast('keys and values of the past, given on', [
    [1, 4, 3, 2],
    [1, 2, 3, 2],
    [1, 2, 2, 2],
  ]),
  withPast(
    'keys and values of the past, three axes',
    [
      [1, 3, 8],
      [1, 2, 4],
      [1, 1, 3, 4],
    ],
    { q_num_heads: 2, kv_num_heads: 1 },
  ),
  withPast(
    'causal after the past',
    [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 2, 4],
    ],
    { is_causal: 1 },
  ),
  {
    name: 'Attention: all of one value',
    opset: 23,
    build: g => g.node('Attention', [g.input('x', [1, 2, 3, 4]), 'x', 'x']),
  },
  microsoft('MultiHeadAttention', 'apart', three),
  microsoft('MultiHeadAttention', 'a bias and one of the scores', g => [
    ...three(g),
    g.weight([12]),
    '',
    g.weight([1, 2, 3, 3]),
  ]),
  microsoft('Attention', 'weights in one', g => [g.input('x', [1, 3, 4]), g.weight([4, 12]), g.weight([12])]),
  microsoft('Attention', 'one way', g => [g.input('x', [1, 3, 4]), g.weight([4, 12]), g.weight([12])], {
    unidirectional: 1,
  }),
]
