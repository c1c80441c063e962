import { describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/engine/layout'
import { Network } from '../../src/engine/network'
import { float } from '../../src/graph/attributes'
import { floatsAs, fromHalf, numbersOf, toHalf } from '../../src/graph/elements'
import type { Graph } from '../../src/graph/types'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'

const SIZE = 8

/** Convolutions, pools, a token layer with LayerNormalization and attention, and classes. */
function network(): Graph {
  const g = new GraphBuilder(17, 'half')
  const conv = g.node('Conv', [g.input('image', [1, 3, SIZE, SIZE]), g.weight([4, 3, 3, 3]), g.weight([4])], {
    pads: [1, 1, 1, 1],
  })
  const six = g.node('Clip', [conv, g.weight([], [0]), g.weight([], [6])], {}, { outputs: ['early'] })
  const most = g.node('MaxPool', [six], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })
  const mean = g.node('AveragePool', [most], { kernel_shape: [2, 2], pads: [0, 0, 1, 1] })
  const relu = g.node(
    'Relu',
    [g.node('Sub', [mean, g.weight([4, 1, 1], [0.1, 0.2, 0.3, 0.1])])],
    {},
    { outputs: ['late'] },
  )
  const tokens = g.node('Transpose', [g.node('Reshape', [relu, g.ints([1, 4, 16])])], { perm: [0, 2, 1] })
  const normal = g.node('LayerNormalization', [tokens, g.weight([4]), g.weight([4])], { epsilon: float(1e-3) })
  const keys = g.node('MatMul', [normal, g.weight([4, 4])])
  const seen = g.node('Softmax', [g.node('MatMul', [normal, g.node('Transpose', [keys], { perm: [0, 2, 1] })])])
  const gelu = g.node('Erf', [g.node('MatMul', [seen, keys])])
  const flat = g.node('ReduceMean', [gelu], { axes: [1], keepdims: 0 })
  g.node('Gemm', [flat, g.weight([4, 5]), g.weight([5])], {}, { outputs: ['logits'] })
  return g.output('logits').build()
}

/** The same with every float in 16 bits, from the input to the logits. */
function halved(graph: Graph): Graph {
  const constants = new Map(
    [...graph.constants].map(([name, tensor]) => {
      const half = tensor.type === 'float32' ? floatsAs('float16', tensor.dims, numbersOf(tensor) ?? []) : tensor
      if (!half) throw new Error(`${name} has no numbers`)
      return [name, half] as const
    }),
  )
  return { ...graph, constants, inputs: graph.inputs.map(port => ({ ...port, type: 'float16' })) }
}

async function results(graph: Graph): Promise<Record<string, number[]>> {
  const opened = await Network.create(readNetwork(writeOnnx(graph)), runtime)
  const run = await opened.forward(Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => Math.sin(i * 0.9)))
  const found = {
    early: [...(await run.explain('gradcam', 'early', 2)).map.values],
    late: [...(await run.explain('gradcam', 'late', 2)).map.values],
    input: [...(await run.inputGradient('saliency', 3))],
    guided: [...(await run.inputGradient('guided', 3))],
    logits: [...run.logits],
  }
  run.dispose()
  await opened.dispose()
  return found
}

describe('a network in float16', () => {
  it('gives the maps and gradients of the same network in float32, but for rounding', async () => {
    const graph = network()
    const [half, whole] = [await results(halved(graph)), await results(graph)]
    for (const [name, values] of Object.entries(whole)) {
      const scale = Math.max(...values.map(Math.abs))
      const worst = Math.max(...values.map((value, i) => Math.abs(value - (half[name]?.[i] ?? Number.NaN))))
      // Ten bits of fraction, 5e-4 a rounding, over some twenty operators.
      expect(worst, name).toBeLessThanOrEqual(2e-2 * scale)
      expect(worst, `${name} is rounded at all`).toBeGreaterThan(1e-6 * scale)
    }
  })
})

describe('float16 numbers', () => {
  it('every pattern of bits is itself again', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const isNan = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0
      if (isNan) expect(fromHalf(bits)).toBeNaN()
      else if (toHalf(fromHalf(bits)) !== bits) expect(toHalf(fromHalf(bits))).toBe(bits)
    }
  })

  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [-1e9, 0xfc00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [1.5 * 2 ** -24, 2],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2047.9, 0x6800],
    [1 / 3, 0x3555],
  ])('%d is rounded to the nearest, half to even', (value, bits) => {
    expect(toHalf(value)).toBe(bits)
  })
})
