import type { Graph } from '../../src/graph/types'
import { GraphBuilder } from './build'

/** A classifier of 5 classes over 32×32 pictures that uses most operators of the shipped networks, named as PyTorch names them. */
export function smallClassifier(): Graph {
  const g = new GraphBuilder(17, 'small classifier')
  const named = (path: string, op: string) => ({ name: `/${path}/${op}`, outputs: [`/${path}/${op}_output_0`] })
  const conv = (path: string, x: string, [to, from, k]: [number, number, number], attributes = {}) =>
    g.node(
      'Conv',
      [x, g.weight([to, from, k, k], undefined, `${path}.weight`), g.weight([to], undefined, `${path}.bias`)],
      { pads: [k >> 1, k >> 1, k >> 1, k >> 1], ...attributes },
      named(path, 'Conv'),
    )
  const relu = (path: string, x: string) => g.node('Relu', [x], {}, named(path, 'Relu'))
  const pool = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }

  const stem = relu('relu', conv('conv1', g.input('image', [1, 3, 32, 32]), [8, 3, 5], { strides: [2, 2] }))
  const pooled = g.node('MaxPool', [stem], { ...pool, strides: [2, 2] }, named('maxpool', 'MaxPool'))
  const left = relu('mixed/left_relu', conv('mixed/left', pooled, [8, 2, 3], { group: 4 }))
  const averaged = g.node('AveragePool', [pooled], { ...pool, strides: [1, 1] }, named('mixed/pool', 'AveragePool'))
  const right = conv('mixed/right', averaged, [8, 8, 1])
  const both = g.node('Concat', [left, right], { axis: 1 }, named('mixed', 'Concat'))
  const normal = g.node(
    'BatchNormalization',
    [both, g.weight([16]), g.weight([16]), g.weight([16]), g.weight([16], g.random(16, 0.5, 2))],
    {},
    named('block/bn', 'BatchNormalization'),
  )
  const inner = conv('block/conv', normal, [16, 16, 3], { dilations: [2, 2], pads: [2, 2, 2, 2] })
  const sum = g.node('Add', [inner, both], {}, named('block', 'Add'))
  const features = relu('block/relu', sum)
  const mean = g.node('GlobalAveragePool', [features], {}, named('avgpool', 'GlobalAveragePool'))
  const flat = g.node('Flatten', [mean], { axis: 1 }, { name: '/Flatten', outputs: ['/Flatten_output_0'] })
  const head = [flat, g.weight([5, 16], undefined, 'fc.weight'), g.weight([5], undefined, 'fc.bias')]
  g.node('Gemm', head, { transB: 1 }, { name: '/fc/Gemm', outputs: ['logits'] })
  return g.output('logits').build()
}
