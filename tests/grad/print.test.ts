import { expect, it } from 'vitest'
import { backward } from '../../src/grad/backward'
import { printGraph } from '../../src/graph/print'
import { type GradientCase, prepare } from './check'

function printed(it: GradientCase): string {
  const { graphIndex, shapes, output } = prepare(it)
  return printGraph(backward(graphIndex, shapes, { known: [output], wanted: ['x'] }))
}

it('Conv and ReLU', () => {
  const text = printed({
    name: 'conv',
    build: g => {
      const options = { name: 'conv', outputs: ['y'] }
      g.node(
        'Conv',
        [g.input('x', [1, 3, 8, 7]), g.weight([4, 3, 3, 3])],
        { strides: [2, 2], auto_pad: 'SAME_LOWER' },
        options,
      )
      return g.node('Relu', ['y'], {}, { name: 'relu', outputs: ['z'] })
    },
  })
  expect(text).toMatchInlineSnapshot(`
    "grad→relu→0:constant = float32[]
    grad→relu→1:Greater = Greater(z, grad→relu→0:constant)
    grad→relu→2:Where = Where(grad→relu→1:Greater, grad→z, grad→relu→0:constant)
    grad→conv→3:ConvTranspose = ConvTranspose(grad→relu→2:Where, w0) {kernel_shape=[3,3], strides=[2,2], dilations=[1,1], pads=[1,1,0,1], output_padding=[0,0], group=1}
    grad→x = Identity(grad→conv→3:ConvTranspose)"
  `)
})

it('a residual sum, where two gradients meet', () => {
  const text = printed({
    name: 'residual',
    build: g => {
      g.node('Mul', [g.input('x', [2, 3]), g.weight([3])], {}, { name: 'scale', outputs: ['y'] })
      return g.node('Add', ['y', 'x'], {}, { name: 'add', outputs: ['z'] })
    },
  })
  expect(text).toMatchInlineSnapshot(`
    "grad→scale→0:Mul = Mul(grad→z, w0)
    grad→x→1:Add = Add(grad→z, grad→scale→0:Mul)
    grad→x = Identity(grad→x→1:Add)"
  `)
})

/** CAM's head, with a Softmax. */
const head = (opset: number): GradientCase => ({
  name: 'head',
  opset,
  build: g => {
    g.node('GlobalAveragePool', [g.input('x', [1, 3, 4, 4])], {}, { name: 'pool', outputs: ['p'] })
    g.node('Flatten', ['p'], {}, { name: 'flatten', outputs: ['f'] })
    g.node('Gemm', ['f', g.weight([5, 3]), g.weight([5])], { transB: 1 }, { name: 'fc', outputs: ['logits'] })
    return g.node('Softmax', ['logits'], { axis: 1 }, { name: 'softmax', outputs: ['z'] })
  },
})

it('CAM’s head in opset 17', () => {
  expect(printed(head(17))).toMatchInlineSnapshot(`
    "grad→softmax→1:constant = int64[1]
    grad→flatten→6:constant = int64[4]
    grad→pool→8:constant = float32[]
    grad→pool→10:constant = int64[4]
    grad→softmax→0:Mul = Mul(grad→z, z)
    grad→softmax→2:ReduceSum = ReduceSum(grad→softmax→0:Mul, grad→softmax→1:constant) {keepdims=1}
    grad→softmax→3:Sub = Sub(grad→z, grad→softmax→2:ReduceSum)
    grad→softmax→4:Mul = Mul(grad→softmax→3:Sub, z)
    grad→fc→5:Gemm = Gemm(grad→softmax→4:Mul, w0) {alpha=1, transA=0, transB=0}
    grad→flatten→7:Reshape = Reshape(grad→fc→5:Gemm, grad→flatten→6:constant)
    grad→pool→9:Div = Div(grad→flatten→7:Reshape, grad→pool→8:constant)
    grad→pool→11:Expand = Expand(grad→pool→9:Div, grad→pool→10:constant)
    grad→x = Identity(grad→pool→11:Expand)"
  `)
})

it('CAM’s head in opset 9: Softmax over two axes, sums by attribute, Gemm with a C', () => {
  expect(printed(head(9))).toMatchInlineSnapshot(`
    "grad→fc→4:constant = float32[]
    grad→flatten→6:constant = int64[4]
    grad→pool→8:constant = float32[]
    grad→pool→10:constant = int64[4]
    grad→softmax→0:Mul = Mul(grad→z, z)
    grad→softmax→1:ReduceSum = ReduceSum(grad→softmax→0:Mul) {axes=[1], keepdims=1}
    grad→softmax→2:Sub = Sub(grad→z, grad→softmax→1:ReduceSum)
    grad→softmax→3:Mul = Mul(grad→softmax→2:Sub, z)
    grad→fc→5:Gemm = Gemm(grad→softmax→3:Mul, w0, grad→fc→4:constant) {alpha=1, transA=0, transB=0}
    grad→flatten→7:Reshape = Reshape(grad→fc→5:Gemm, grad→flatten→6:constant)
    grad→pool→9:Div = Div(grad→flatten→7:Reshape, grad→pool→8:constant)
    grad→pool→11:Expand = Expand(grad→pool→9:Div, grad→pool→10:constant)
    grad→x = Identity(grad→pool→11:Expand)"
  `)
})
