import { intTensor } from '../../../src/graph/tensors'
import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

const one = (
  op: string,
  name: string,
  dims: readonly number[],
  attributes: Readonly<Record<string, number | string | readonly number[]>> = {},
  opset = 17,
): GradientCase => ({
  name: `${op}: ${name}`,
  opset,
  build: g => g.node('Relu', [g.node(op, [g.input('x', dims)], attributes)]),
})

const axes = (g: GraphBuilder, op: string, x: string, list: readonly number[]): string =>
  g.opset >= 13 ? g.node(op, [x, g.ints(list)]) : g.node(op, [x], { axes: list })

export const layoutCases: readonly GradientCase[] = [
  one('Flatten', 'default', [2, 3, 2, 2]),
  ...[0, 2, 4, -1].map(axis => one('Flatten', `axis ${axis}`, [2, 3, 2, 2], { axis })),
  ...[[2, -1], [0, -1, 2], [6, 4], [-1]].map(shape => ({
    name: `Reshape: to [${shape}]`,
    build: (g: GraphBuilder) => g.node('Relu', [g.node('Reshape', [g.input('x', [2, 3, 4]), g.ints(shape)])]),
  })),
  one('Transpose', 'default', [2, 3, 4]),
  one('Transpose', 'a cycle of three', [2, 3, 4], { perm: [1, 2, 0] }),
  one('Transpose', 'NHWC to NCHW', [2, 3, 4, 2], { perm: [0, 3, 1, 2] }),
  ...[9, 11, 17].map(opset => ({
    name: `Squeeze: opset ${opset}`,
    opset,
    build: (g: GraphBuilder) => g.node('Relu', [axes(g, 'Squeeze', g.input('x', [2, 1, 3, 1]), [1, 3])]),
  })),
  one('Squeeze', 'every axis of 1', [2, 1, 3, 1]),
  ...[9, 11, 17].map(opset => ({
    name: `Unsqueeze: opset ${opset}`,
    opset,
    build: (g: GraphBuilder) => g.node('Relu', [axes(g, 'Unsqueeze', g.input('x', [2, 3]), [0, 3])]),
  })),
  ...[1, 0, -1].flatMap(axis =>
    [9, 10, 11, 17].map(opset => ({
      name: `Concat: axis ${axis}, opset ${opset}`,
      opset,
      build: (g: GraphBuilder) => {
        const part = (name: string, size: number) => g.input(name, [2, 3, 4].with(axis, size))
        return g.node('Relu', [g.node('Concat', [part('a', 2), part('b', 1), part('c', 3)], { axis })])
      },
    })),
  ),
  {
    name: 'Concat: with a parameter between',
    build: g => g.node('Concat', [g.input('a', [2, 2]), g.weight([2, 3]), g.input('b', [2, 1])], { axis: 1 }),
  },
  ...[8, 13].flatMap(opset =>
    [
      [
        [3, 1],
        [2, 3, 4],
      ],
      [[1], [5]],
      [
        [2, 1, 3],
        [1, 4, 1],
      ],
      [
        [2, 3],
        [2, 3],
      ],
    ].map(([from = [], to = []]) => ({
      name: `Expand: [${from}] to [${to}], opset ${opset}`,
      opset,
      build: (g: GraphBuilder) => g.node('Tanh', [g.node('Expand', [g.input('x', from), g.ints(to)])]),
    })),
  ),
  {
    name: 'Expand: a class token, as many as there are pictures',
    build: g => {
      const x = g.input('x', [2, 3, 4])
      const pictures = g.node('Gather', [g.node('Shape', [x]), g.ints([0], [])], { axis: 0 })
      const rest = g.ints([-1])
      const asked = g.node('Concat', [g.node('Unsqueeze', [pictures, g.ints([0])]), rest, rest], { axis: 0 })
      const ones = g.node('ConstantOfShape', [g.ints([3])], {
        value: { kind: 'tensor', value: intTensor([1]) },
      })
      const minus = g.node('Mul', [ones, g.ints([-1])])
      const target = g.node('Where', [g.node('Equal', [asked, minus]), ones, asked])
      const token = g.node('Expand', [g.input('token', [1, 1, 4]), target])
      return g.node('Tanh', [g.node('Concat', [token, x], { axis: 1 })])
    },
  },
  ...[9, 13].flatMap(opset =>
    [
      [2, 1, 3],
      [1, 1, 1],
      [1, 4, 1],
    ].map(repeats => ({
      name: `Tile: by [${repeats}], opset ${opset}`,
      opset,
      build: (g: GraphBuilder) => g.node('Tanh', [g.node('Tile', [g.input('x', [2, 3, 2]), g.ints(repeats)])]),
    })),
  ),
  one('DepthToSpace', 'depth first', [2, 8, 2, 3], { blocksize: 2 }, 13),
  one('DepthToSpace', 'columns and rows first', [1, 8, 2, 3], { blocksize: 2, mode: 'CRD' }, 13),
  one('DepthToSpace', 'before there were modes', [1, 4, 3, 2], { blocksize: 2 }, 9),
  one('SpaceToDepth', 'by 2', [2, 3, 4, 6], { blocksize: 2 }, 13),
  one('SpaceToDepth', 'by 3', [1, 2, 3, 6], { blocksize: 3 }, 9),
  {
    name: 'Reshape: by Shape arithmetic, which no gradient passes',
    build: g => {
      const x = g.input('x', [2, 3, 4])
      const size = g.node('Gather', [g.node('Shape', [x]), g.ints([0])])
      return g.node('Tanh', [g.node('Reshape', [x, g.node('Concat', [size, g.ints([-1])], { axis: 0 })])])
    },
  },
]
