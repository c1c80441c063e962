import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

const OPERATORS = [
  'ReduceMean',
  'ReduceSum',
  'ReduceMax',
  'ReduceMin',
  'ReduceL2',
  'ReduceSumSquare',
  'ReduceLogSumExp',
  'ReduceL1',
  'ReduceLogSum',
  'ReduceProd',
]

/** Axes are an input since opset 13 for ReduceSum, since 18 for the others. */
function reduce(op: string, axes: readonly number[] | undefined, keepdims: number, opset: number): GradientCase {
  return {
    name: `${op}: axes [${axes ?? 'all'}], keepdims ${keepdims}, opset ${opset}`,
    opset,
    build: g => {
      const x = g.input('x', [2, 3, 4], op === 'ReduceLogSum' ? g.random(24, 0.1, 2) : undefined)
      const asInput = opset >= (op === 'ReduceSum' ? 13 : 18)
      const inputs = asInput && axes ? [x, g.ints(axes)] : [x]
      const y = g.node(op, inputs, { keepdims, ...(!asInput && axes && { axes }) })
      return g.node('Mul', [g.node('Tanh', [y]), keepdims === 1 ? x : y])
    },
  }
}

export const reduceCases: readonly GradientCase[] = [
  ...OPERATORS.flatMap(op => [
    ...[9, 11, 13, 18].map(opset => reduce(op, [1, -1], 1, opset)),
    reduce(op, [0, 2], 0, 13),
    reduce(op, [-1], 0, 18),
    reduce(op, undefined, 1, 17),
    reduce(op, undefined, 0, 18),
  ]),
  ...['ReduceMean', 'ReduceSum'].flatMap(op =>
    [0, 1].map(noop => ({
      name: `${op}: no axes, noop_with_empty_axes ${noop}`,
      opset: 18,
      build: (g: GraphBuilder) =>
        g.node('Mul', [g.node(op, [g.input('x', [2, 3])], { noop_with_empty_axes: noop }), 'x']),
    })),
  ),
  {
    name: 'ReduceSum: axes of an empty constant, noop_with_empty_axes',
    opset: 13,
    build: g =>
      g.node('Mul', [g.node('ReduceSum', [g.input('x', [2, 3]), g.ints([])], { noop_with_empty_axes: 1 }), 'x']),
  },
  {
    name: 'ReduceProd: of zeros, one and two in a row',
    build: g => g.node('ReduceProd', [g.input('x', [3, 3], [0, 2, 3, 0, 0, 3, 1, 2, 3])], { axes: [1] }),
  },
  {
    name: 'ReduceMean: LayerNormalization spelled out',
    opset: 13,
    build: g => {
      const x = g.input('x', [2, 3, 6])
      const centred = g.node('Sub', [x, g.node('ReduceMean', [x], { axes: [-1] })])
      const variance = g.node('ReduceMean', [g.node('Pow', [centred, g.weight([], [2])])], { axes: [-1] })
      const deviation = g.node('Sqrt', [g.node('Add', [variance, g.weight([], [1e-5])])])
      const scaled = g.node('Mul', [g.node('Div', [centred, deviation]), g.weight([6])])
      return g.node('Add', [scaled, g.weight([6])])
    },
  },
]
