import { describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { float } from '../../src/graph/attributes'
import { writeOnnx } from '../../src/onnx/write'
import { expectClose } from '../grad/check'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'
import { finiteDifferences } from '../support/reference'
import { ndArray } from '../support/reference/array'

const SIZE = 8

/** The same small network in the words of each opset: batch statistics, ReLU6, squeeze and excitation, a scalar, pools. */
function network(opset: number): Uint8Array {
  const g = new GraphBuilder(opset, 'the same numbers at every opset')
  const x = g.input('image', [1, 3, SIZE, SIZE])
  const conv = (from: string, dims: readonly number[]) =>
    g.node('Conv', [from, g.weight(dims), g.weight([dims[0] ?? 0])], { pads: [1, 1, 1, 1] })
  const weights = [0, 1, 2].map(() => g.weight([4]))
  const normal = g.node('BatchNormalization', [conv(x, [4, 3, 3, 3]), ...weights, g.weight([4], g.random(4, 0.5, 2))])
  const relu = g.node('Relu', [normal], {}, { outputs: ['early'] })
  const pooled = g.node('MaxPool', [relu], { kernel_shape: [2, 2], strides: [2, 2] })
  const bounds = [g.weight([], [-0.2]), g.weight([], [0.8])]
  const clipped =
    opset < 11
      ? g.node('Clip', [conv(pooled, [4, 4, 3, 3])], { min: float(-0.2), max: float(0.8) })
      : g.node('Clip', [conv(pooled, [4, 4, 3, 3]), ...bounds])
  const mean =
    opset < 18 ? g.node('ReduceMean', [clipped], { axes: [2, 3] }) : g.node('ReduceMean', [clipped, g.ints([2, 3])])
  const gate = g.node('Sigmoid', [g.node('Conv', [mean, g.weight([4, 4, 1, 1])])])
  const axes = [0, 1, 2, 3]
  const number =
    opset < 18
      ? g.node('ReduceMean', [clipped], { axes, keepdims: 0 })
      : g.node('ReduceMean', [clipped, g.ints(axes)], { keepdims: 0 })
  const gates = g.node('Mul', [gate, g.node('Sigmoid', [number])])
  const gated = g.node('Mul', [clipped, gates], {}, { outputs: ['late'] })
  const padded = padding(g, gated)
  const half = opset < 10 ? g.node('Slice', [padded], { axes: [2], starts: [1], ends: [5] }) : sliced(g, padded)
  const flat = g.node('Flatten', [g.node('AveragePool', [half], { kernel_shape: [2, 3], strides: [2, 2] })])
  g.node('Gemm', [flat, g.weight([5, 16]), g.weight([5])], { transB: 1 }, { outputs: ['logits'] })
  return writeOnnx(g.output('logits').build())
}

const padding = (g: GraphBuilder, x: string): string =>
  g.opset < 11
    ? g.node('Pad', [x], { pads: [0, 0, 1, 1, 0, 0, 1, 1] })
    : g.node('Pad', [x, g.ints([0, 0, 1, 1, 0, 0, 1, 1])])

const sliced = (g: GraphBuilder, x: string): string => g.node('Slice', [x, g.ints([1]), g.ints([5]), g.ints([2])])

async function maps(opset: number): Promise<Record<string, readonly number[]>> {
  const opened = await Network.create(readNetwork(network(opset)), runtime)
  const image = Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => Math.sin(i * 0.7))
  const run = await opened.forward(image)
  const early = await mapOf(run, 'gradcam', 'early', 2)
  const late = await mapOf(run, 'gradcam', 'late', 2)
  const input = await gradientOf(run, 'saliency', 3)
  const guided = await gradientOf(run, 'guided', 3)
  const found = {
    early: [...early.map.values],
    late: [...late.map.values],
    input: [...input],
    guided: [...guided],
  }
  run.dispose()
  await opened.dispose()
  return found
}

describe('Grad-CAM and input gradients are the same whatever the opset', () => {
  const expected = maps(17)

  it('and are not nothing', async () => {
    for (const values of Object.values(await expected)) expect(Math.max(...values)).toBeGreaterThan(1e-4)
  })

  it.each([7, 8, 9, 10, 11, 12, 13, 18, 21])('opset %i', async opset => {
    const [found, right] = [await maps(opset), await expected]
    for (const [name, values] of Object.entries(right)) {
      const scale = Math.max(...values.map(Math.abs))
      const worst = Math.max(...values.map((value, i) => Math.abs(value - (found[name]?.[i] ?? Number.NaN))))
      // The same sums in float32, perhaps in another order.
      expect(worst, name).toBeLessThanOrEqual(1e-5 * scale)
    }
  })
})

it('truths, places and scalars are saved from the forward pass as they are', async () => {
  const g = new GraphBuilder(17, 'other types')
  const conv = g.node('Conv', [g.input('image', [1, 3, 4, 4]), g.weight([4, 3, 1, 1])], {}, { outputs: ['conv'] })
  const chosen = g.node('Where', [g.node('Greater', [conv, g.weight([4, 1, 1])]), conv, g.weight([], [0.1])])
  const most = g.node('ReduceMax', [g.node('Tanh', [conv])], { keepdims: 0 })
  const scaled = g.node('Relu', [g.node('Mul', [chosen, most])], {}, { outputs: ['scaled'] })
  const means = g.node('Flatten', [g.node('GlobalAveragePool', [scaled])])
  const best = g.node('ArgMax', [means], { axis: 1, keepdims: 0 })
  const picked = g.node('Gather', [means, best], { axis: 1 })
  g.node('Gemm', [g.node('Mul', [means, picked]), g.weight([4, 3])], {}, { outputs: ['logits'] })
  const graph = g.output('logits').build()
  const opened = await Network.create(readNetwork(writeOnnx(graph)), runtime)
  const image = g.feeds.get('image')
  if (!image) throw new Error('no image')
  const run = await opened.forward(Float32Array.from(image.data))
  const found = ndArray(image.dims, await gradientOf(run, 'saliency', 1))
  const expected = finiteDifferences(graph, g.feeds, 'image', 'logits', ndArray([1, 3], [0, 1, 0]))
  expectClose(found, expected, 'the gradient of the picture')
  expect(opened.plan.saved.map(value => opened.analyzed.shapes.get(value)?.type)).toEqual(
    expect.arrayContaining(['bool', 'int64', 'float32']),
  )
  expect(opened.plan.saved.some(value => opened.analyzed.shapes.get(value)?.dims.length === 0)).toBe(true)
  run.dispose()
  await opened.dispose()
})
