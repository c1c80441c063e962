import type { GradientCase } from '../check'

const BROADCASTS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3, 4],
    [2, 3, 4],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [[4], [2, 3, 4]],
  [[2, 3, 4], []],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [1, 1],
    [1, 2, 3],
  ],
  [
    [1, 3, 1, 1],
    [2, 3, 2, 2],
  ],
]

const binary = (op: string, opset: number, [a, b]: (typeof BROADCASTS)[number]): GradientCase => ({
  name: `${op}: [${a}] and [${b}], opset ${opset}`,
  opset,
  build: g => {
    const size = b.reduce((product, d) => product * d, 1)
    return g.node(op, [g.input('a', a), g.input('b', b, g.random(size, 0.5, 2))])
  },
})

export const elementwiseCases: readonly GradientCase[] = [
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap(op => [
    ...BROADCASTS.map(shapes => binary(op, 17, shapes)),
    ...[9, 11, 13].map(opset =>
      binary(op, opset, [
        [2, 3, 4],
        [3, 1],
      ]),
    ),
  ]),
  { name: 'Mul: a parameter', build: g => g.node('Mul', [g.weight([3, 1]), g.input('x', [2, 3, 4])]) },
  { name: 'Div: by a parameter', build: g => g.node('Div', [g.input('x', [2, 3]), g.weight([3], [2, -3, 0.5])]) },
  {
    name: 'Div: of a parameter',
    build: g => g.node('Div', [g.weight([3]), g.input('x', [2, 3], [1, -2, 0.5, 3, 1, 2])]),
  },
  { name: 'Identity', build: g => g.node('Relu', [g.node('Identity', [g.input('x', [2, 3])])]) },
  { name: 'Dropout', build: g => g.node('Relu', [g.node('Dropout', [g.input('x', [2, 3])])]) },
  { name: 'Dropout: opset 9', opset: 9, build: g => g.node('Relu', [g.node('Dropout', [g.input('x', [2, 3])])]) },
  {
    name: 'Dropout: with its ratio and mode as inputs',
    build: g => {
      const mode = g.constant('mode', { type: 'bool', dims: [], bytes: Uint8Array.of(0) })
      return g.node('Relu', [g.node('Dropout', [g.input('x', [2, 3]), g.weight([], [0.5]), mode])])
    },
  },
]
