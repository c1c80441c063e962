import { describe, expect, it } from 'vitest'
import { float } from '../../src/graph/attributes'
import type { GraphBuilder } from '../support/build'
import { ndArray } from '../support/reference/array'
import { engineGradients, expectClose, prepare } from './check'

interface Corner {
  readonly name: string
  readonly opset?: number
  /** Writes the graph; its inputs are x, or x0, x1, … */
  readonly build: (g: GraphBuilder) => string
  /** d Σ y / dx of each input, as PyTorch's operator of the same name gives it. */
  readonly expected: Readonly<Record<string, readonly number[]>>
}

const on = (
  op: string,
  values: readonly number[],
  expected: readonly number[],
  attributes = {},
  opset = 17,
): Corner => ({
  name: `${op} at ${values}`,
  opset,
  build: g => g.node(op, [g.input('x', [values.length], values)], attributes),
  expected: { x: expected },
})

const two = (
  op: string,
  a: readonly number[],
  b: readonly number[],
  dA: readonly number[],
  dB: readonly number[],
): Corner => ({
  name: `${op} of ${a} and ${b}`,
  build: g => g.node(op, [g.input('x0', [a.length], a), g.input('x1', [b.length], b)]),
  expected: { x0: dA, x1: dB },
})

/** Where an operator has a corner, finite differences tell nothing: what PyTorch does there is what is right. */
const CORNERS: readonly Corner[] = [
  on('Relu', [-1, 0, 2], [0, 0, 1]),
  {
    name: 'Clip at its bounds, as ReLU6',
    build: g => g.node('Clip', [g.input('x', [5], [-1, 0, 3, 6, 7]), g.weight([], [0]), g.weight([], [6])]),
    expected: { x: [0, 0, 1, 0, 0] },
  },
  on('Clip', [-1, 0, 3, 6, 7], [0, 0, 1, 0, 0], { min: float(0), max: float(6) }, 9),
  on('HardSigmoid', [-3, 0, 3], [0, 0.2, 0], { alpha: float(0.2), beta: float(0.6) }),
  on('HardSwish', [-4, -3, 0, 3, 4], [0, -0.5, 0.5, 1, 1]),
  on('LeakyRelu', [-1, 0, 2], [0.1, 0.1, 1], { alpha: float(0.1) }),
  on('ThresholdedRelu', [0.5, 1, 2], [0, 0, 1]),
  on('Elu', [0, 2], [0.5, 1], { alpha: float(0.5) }),
  on('Selu', [0], [1.0507009873554805 * 1.6732632423543772]),
  on('Celu', [0], [1], { alpha: float(0.5) }),
  on('Abs', [-1, 0, 2], [-1, 0, 1]),
  on('Softsign', [0], [1]),
  {
    name: 'PRelu at 0',
    build: g => g.node('PRelu', [g.input('x0', [3], [-1, 0, 2]), g.input('x1', [1], [0.25])]),
    expected: { x0: [0.25, 0.25, 1], x1: [-1] },
  },
  two('Max', [1, 2, 0], [1, 1, 5], [0.5, 1, 0], [0.5, 0, 1]),
  two('Min', [1, 2, 0], [1, 1, 5], [0.5, 0, 1], [0.5, 1, 0]),
  {
    name: 'Max of three',
    build: g => g.node('Max', [g.input('x0', [2], [1, 3]), g.input('x1', [2], [1, 3]), g.input('x2', [2], [1, 0])]),
    expected: { x0: [1 / 3, 0.5], x1: [1 / 3, 0.5], x2: [1 / 3, 0] },
  },
  ...[13, 18].map(opset => ({
    name: `ReduceMax over one axis: the first, opset ${opset}`,
    opset,
    build: (g: GraphBuilder) => {
      const x = g.input('x', [2, 3], [1, 3, 3, 2, 0, 1])
      return opset < 18 ? g.node('ReduceMax', [x], { axes: [1] }) : g.node('ReduceMax', [x, g.ints([1])])
    },
    expected: { x: [0, 1, 0, 1, 0, 0] },
  })),
  {
    name: 'ReduceMax by metadata of amax',
    build: g =>
      g.node(
        'ReduceMax',
        [g.input('x', [2, 3], [1, 3, 3, 2, 0, 1])],
        { axes: [1] },
        {
          metadata: { 'pkg.torch.onnx.fx_node': '%amax : call_function[target=torch.ops.aten.amax.default]' },
        },
      ),
    expected: { x: [0, 0.5, 0.5, 1, 0, 0] },
  },
  {
    name: 'ReduceMin over all: equal parts',
    build: g => g.node('ReduceMin', [g.input('x', [2, 2], [1, 1, 3, 1])], { keepdims: 0 }),
    expected: { x: [1 / 3, 1 / 3, 0, 1 / 3] },
  },
  ...['/features.2/Clip', '/relu6/Clip', '/act/hardtanh'].map((name, i) => ({
    name: `Clip called ${name}`,
    build: (g: GraphBuilder) => {
      const bounds = i === 0 ? [0, 6] : [-1, 1]
      const [low = 0, high = 0] = bounds
      return g.node(
        'Clip',
        [g.input('x', [3], [low, 0.5, high]), g.weight([], [low]), g.weight([], [high])],
        {},
        { name },
      )
    },
    expected: { x: [0, 1, 0] },
  })),
  {
    name: 'Clip that the file calls a clamp',
    build: g =>
      g.node(
        'Clip',
        [g.input('x', [5], [-1, 0, 3, 6, 7]), g.weight([], [0]), g.weight([], [6])],
        {},
        {
          metadata: { 'pkg.torch.onnx.class_hierarchy': "['Net', 'aten.clamp.default']" },
        },
      ),
    expected: { x: [0, 1, 1, 1, 0] },
  },
  on('Clip', [-1, 0, 1, 2], [0, 1, 1, 0], { min: float(0), max: float(1) }, 9),
  {
    name: 'the root of a sum of squares that is 0, as Pow and Sqrt',
    build: g => {
      const squares = g.node('ReduceSum', [
        g.node('Pow', [g.input('x', [2, 2], [0, 0, 3, 4]), g.weight([], [2])]),
        g.ints([1]),
      ])
      return g.node('Sqrt', [squares])
    },
    expected: { x: [0, 0, 0.6, 0.8] },
  },
  {
    name: 'ReduceMin: the first along an axis',
    opset: 13,
    build: g => g.node('ReduceMin', [g.input('x', [2, 3], [1, 1, 3, 2, 2, 2])], { axes: [-1], keepdims: 0 }),
    expected: { x: [1, 0, 0, 1, 0, 0] },
  },
  {
    name: 'GlobalMaxPool: the first place',
    build: g => g.node('GlobalMaxPool', [g.input('x', [1, 2, 2, 2], [1, 3, 3, 3, 0, 0, 0, 0])]),
    expected: { x: [0, 1, 0, 0, 1, 0, 0, 0] },
  },
  {
    name: 'ReduceL2 of nothing',
    opset: 13,
    build: g => g.node('ReduceL2', [g.input('x', [2, 2], [0, 0, 3, 4])], { axes: [1] }),
    expected: { x: [0, 0, 0.6, 0.8] },
  },
  {
    name: 'Pow: 0 to the 0 and to the 2',
    build: g => g.node('Pow', [g.input('x0', [4], [0, 0, 2, 3]), g.input('x1', [4], [2, 0, 2, 0])]),
    expected: { x0: [0, 0, 4, 0], x1: [0, 0, 4 * Math.log(2), Math.log(3)] },
  },
  {
    name: 'Pow: to nothing, as a constant',
    build: g => g.node('Pow', [g.input('x', [2], [0, 2]), g.weight([], [0])]),
    expected: { x: [0, 0] },
  },
]

/** What torch.scatter_reduce (1.13) gives: equal extremes share, and a product has its derivative at 0 too. */
const SCATTERED: readonly Corner[] = (
  [
    ['mul', [1, 9, 0, 1, 25, -1, 1, 1], [9, 9, 0, 25, 25, -1]],
    ['max', [1, 1 / 3, 0.5, 1, 1 / 3, 0.5, 1, 1], [1 / 3, 1 / 3, 0.5, 1 / 3, 1 / 3, 0.5]],
    ['min', [1, 1 / 3, 0.5, 1, 1 / 3, 0.5, 1, 1], [1 / 3, 1 / 3, 0.5, 1 / 3, 1 / 3, 0.5]],
  ] as const
).map(([reduction, x, u]) => ({
  name: `ScatterElements, ${reduction}, of equal values and zeros`,
  opset: 18,
  build: g => {
    const places = g.ints([1, 1, 2, 0, 0, 1], [2, 3])
    const inputs = [g.input('x', [2, 4], [1, 3, 0, 2, 5, -1, 0, 4]), places, g.input('u', [2, 3], [3, 3, 0, 5, 5, -1])]
    return g.node('ScatterElements', inputs, { axis: 1, reduction })
  },
  expected: { x, u },
}))

describe('at corners and ties the gradient is PyTorch’s', () => {
  it.each([...CORNERS, ...SCATTERED])('$name', async ({ name, opset, build, expected }) => {
    const prepared = prepare({ name, build, ...(opset !== undefined && { opset }) })
    const seeded = {
      ...prepared,
      seed: ndArray(
        prepared.seed.dims,
        prepared.seed.data.map(() => 1),
      ),
    }
    const names = Object.keys(expected)
    const { gradients } = await engineGradients(seeded, names)
    for (const input of names) {
      const dims = prepared.feeds.get(input)?.dims ?? []
      const values = expected[input] ?? []
      expectClose(gradients.get(input), ndArray(dims, values), `the gradient of ${input}`)
    }
  })
})

it('a root of 0 that is no norm has no gradient there: ∞, as PyTorch has it', async () => {
  const prepared = prepare({ name: 'root', build: g => g.node('Sqrt', [g.input('x', [2], [0, 4])]) })
  const { gradients } = await engineGradients(prepared, ['x'])
  const [atZero, atFour] = gradients.get('x')?.data ?? []
  expect([Math.abs(atZero ?? 0), Math.fround(atFour ?? 0)]).toEqual([
    Number.POSITIVE_INFINITY,
    Math.fround((prepared.seed.data[1] ?? 0) / 4),
  ])
})
