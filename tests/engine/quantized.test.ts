import { expect, it } from 'vitest'
import { analyze } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { GraphBuilder, random } from '../support/build'
import { runtime } from '../support/engine'
import { runGraph } from '../support/execute'
import { gradientOf, mapOf } from '../support/explain'
import { ndArray } from '../support/reference/array'

const STEP = 1 / 64

/** 8-bit weights around 128, and what they stand for. */
const stored = (count: number) => Array.from(random(`weights ${count}`)(count, 60, 200), Math.round)
const meant = (count: number) => stored(count).map(value => (value - 128) * STEP)

/** Two convolutions with strides, a sum, pooling and classes, as whole numbers from end to end; a zero point of 0 is a ReLU. */
function whole(): GraphBuilder {
  const g = new GraphBuilder(13, 'whole')
  let count = 0
  const bytes = (dims: readonly number[], values: readonly number[]) =>
    g.constant(`bytes ${count++}`, { type: 'uint8', dims, bytes: Uint8Array.from(values) })
  const scaled = (scale: number, zero: number) => [g.weight([], [scale], `scale ${count++}`), bytes([], [zero])]
  const filters = (dims: readonly number[]) => {
    const size = dims.reduce((product, n) => product * n, 1)
    return [bytes(dims, stored(size)), ...scaled(STEP, 128)]
  }
  const conv = (x: string, from: number, dims: readonly number[], to: number, name: string) =>
    g.node(
      'QLinearConv',
      [x, ...scaled(from, from === 1 / 128 ? 128 : 0), ...filters(dims), ...scaled(to, 0)],
      {
        pads: [1, 1, 1, 1],
        strides: [2, 2],
      },
      { name },
    )
  const x = g.node('QuantizeLinear', [g.input('x', [1, 3, 16, 16]), ...scaled(1 / 128, 128)])
  const first = conv(x, 1 / 128, [4, 3, 3, 3], 1 / 12, '/first/conv')
  const second = conv(first, 1 / 12, [4, 4, 3, 3], 1 / 4, '/second/conv')
  const own = { domain: 'com.microsoft' }
  const sum = [second, ...scaled(1 / 4, 0), second, ...scaled(1 / 4, 0), ...scaled(1 / 2, 0)]
  const added = g.node('QLinearAdd', sum, {}, { ...own, name: '/second/add' })
  const pooled = g.node('QLinearGlobalAveragePool', [added, ...scaled(1 / 2, 0), ...scaled(1 / 4, 0)], {}, own)
  const flat = g.node('Flatten', [pooled])
  const y = g.node('QLinearMatMul', [flat, ...scaled(1 / 4, 0), ...filters([4, 5]), ...scaled(1 / 2, 128)])
  g.node('DequantizeLinear', [y, ...scaled(1 / 2, 128)], {}, { outputs: ['y'] })
  return g.output('y')
}

/** The same in floats. */
function plain(): GraphBuilder {
  const g = new GraphBuilder(13, 'plain')
  const conv = (x: string, dims: readonly number[]) => {
    const size = dims.reduce((product, n) => product * n, 1)
    return g.node('Relu', [g.node('Conv', [x, g.weight(dims, meant(size))], { pads: [1, 1, 1, 1], strides: [2, 2] })])
  }
  const second = conv(conv(g.input('x', [1, 3, 16, 16]), [4, 3, 3, 3]), [4, 4, 3, 3])
  const pooled = g.node('GlobalAveragePool', [g.node('Add', [second, second])])
  g.node('MatMul', [g.node('Flatten', [pooled]), g.weight([4, 5], meant(20))], {}, { outputs: ['y'] })
  return g.output('y')
}

const picture = Float32Array.from(random('picture')(3 * 256, -0.9, 0.9))

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [Array.from(a), Array.from(b)]
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const both = mean(x.map((value, i) => (value - mx) * ((y[i] ?? 0) - my)))
  return both / Math.sqrt(mean(x.map(value => (value - mx) ** 2)) * mean(y.map(value => (value - my) ** 2)))
}

it('a network of quantized operators answers as ONNX Runtime runs it, and has the maps of its float form', async () => {
  const graph = whole().build()
  const direct = await runGraph(graph, new Map([['x', ndArray([1, 3, 16, 16], picture)]]), ['y'], value => value.read())
  const network = await Network.create(analyze(graph), runtime)
  const run = await network.forward(picture)
  expect([...run.logits]).toEqual([...(direct.get('y') ?? [])])

  const float = await Network.create(analyze(plain().build()), runtime)
  const truth = await float.forward(picture)
  const spatial = network.layout.hookPoints.filter(point => point.gradient.ok)
  expect(spatial.map(({ op, shape }) => `${op} ${shape.slice(1).join('×')}`)).toEqual([
    'DequantizeLinear 3×16×16',
    'DequantizeLinear 4×8×8',
    'DequantizeLinear 4×4×4',
    'DequantizeLinear 4×4×4',
  ])
  expect(network.layout.layer).toBe(spatial.at(-1)?.path)
  // Rounding to 8 bits moves a few ReLUs; another class's map, or one of whole numbers, is far from 0.98.
  for (const target of [0, 3]) {
    const found = await mapOf(run, 'gradcam', network.layout.layer, target)
    const expected = await mapOf(truth, 'gradcam', float.layout.layer, target)
    expect(correlation(found.weights, expected.weights)).toBeGreaterThan(0.98)
    if (expected.map.values.some(value => value > 0))
      expect(correlation(found.map.values, expected.map.values)).toBeGreaterThan(0.98)
    const gradients = await Promise.all([run, truth].map(of => gradientOf(of, 'saliency', target)))
    expect(correlation(gradients[0] ?? [], gradients[1] ?? [])).toBeGreaterThan(0.9)
  }
  run.dispose()
  truth.dispose()
  await network.dispose()
  await float.dispose()
})
