import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

const conv = (g: GraphBuilder, x: string, w: readonly number[], strides: readonly number[] = [1, 1]): string =>
  g.node('Conv', [x, g.weight(w)], { pads: [1, 1, 1, 1], strides })

/** Whole pieces of networks: what matters here is how the walk adds gradients up. */
export const graphCases: readonly GradientCase[] = [
  { name: 'graph: a value times itself', build: g => g.node('Mul', [g.input('x', [2, 3]), 'x']) },
  { name: 'graph: a value plus itself', build: g => g.node('Add', [g.input('x', [2, 3]), 'x']) },
  {
    name: 'graph: a value minus itself over itself',
    build: g => g.node('Div', [g.node('Sub', [g.input('x', [4], [1, 2, 3, 4]), g.node('Mul', ['x', 'x'])]), 'x']),
  },
  { name: 'graph: a matrix times itself', build: g => g.node('MatMul', [g.input('x', [3, 3]), 'x']) },
  {
    name: 'graph: a value beside itself',
    build: g => g.node('Mul', [g.node('Concat', [g.input('x', [2, 3]), 'x'], { axis: 1 }), g.weight([2, 6])]),
  },
  {
    name: 'graph: a value read three times',
    build: g => {
      const y = g.node('Relu', [g.input('x', [2, 3])])
      const sum = g.node('Add', [g.node('Mul', [y, g.weight([3])]), g.node('Mul', [y, g.weight([1])])])
      return g.node('Sub', [sum, y])
    },
  },
  {
    name: 'graph: residual block with downsampling',
    build: g => {
      const x = g.input('x', [1, 2, 6, 6])
      const first = g.node('Relu', [conv(g, x, [3, 2, 3, 3], [2, 2])])
      const shortcut = g.node('Conv', [x, g.weight([3, 2, 1, 1])], { strides: [2, 2] })
      return g.node('Relu', [g.node('Add', [conv(g, first, [3, 3, 3, 3]), shortcut])])
    },
  },
  ...[9, 11, 17].map(opset => ({
    name: `graph: branches, concatenation, pooling and classes, opset ${opset}`,
    opset,
    build: (g: GraphBuilder) => {
      const x = g.input('x', [2, 2, 6, 5])
      const stem = g.node('Relu', [conv(g, x, [3, 2, 3, 3])])
      const left = g.node('Relu', [conv(g, stem, [2, 3, 3, 3])])
      const pooled = g.node('AveragePool', [stem], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
      const right = g.node('MaxPool', [conv(g, pooled, [2, 3, 3, 3])], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
      const joined = g.node('Concat', [left, right, stem], { axis: 1 })
      const flat = g.node('Flatten', [g.node('GlobalAveragePool', [joined])])
      const logits = g.node('Gemm', [flat, g.weight([5, 7]), g.weight([5])], { transB: 1 })
      return g.node('Softmax', [logits], { axis: 1 })
    },
  })),
  {
    name: 'graph: VGG’s end, with Dropout',
    build: g => {
      const pooled = g.node('MaxPool', [g.node('Relu', [conv(g, g.input('x', [2, 2, 4, 4]), [3, 2, 3, 3])])], {
        kernel_shape: [2, 2],
        strides: [2, 2],
      })
      const hidden = g.node('Relu', [g.node('Gemm', [g.node('Flatten', [pooled]), g.weight([12, 6]), g.weight([6])])])
      return g.node('Gemm', [g.node('Dropout', [hidden]), g.weight([6, 4])])
    },
  },
  {
    name: 'graph: weights that are computed from constants',
    build: g => {
      const scale = g.node('Mul', [
        g.node('Sub', [g.weight([3, 2, 3, 3]), g.weight([3, 1, 1, 1])]),
        g.weight([3, 1, 1, 1]),
      ])
      return g.node('Conv', [g.input('x', [1, 2, 5, 5]), scale], { strides: [2, 2] })
    },
  },
  {
    name: 'graph: gated by its own mean (squeeze and excitation)',
    build: g => {
      const x = g.input('x', [2, 3, 4, 4])
      const gate = g.node('Relu', [g.node('Conv', [g.node('GlobalAveragePool', [x]), g.weight([3, 3, 1, 1])])])
      return g.node('Mul', [x, gate])
    },
  },
]
