import { describe, expect, it } from 'vitest'
import { float } from '../../src/graph/attributes'
import type { ElementType } from '../../src/graph/types'
import type { GraphBuilder } from '../support/build'
import { evaluate, finiteDifferences } from '../support/reference'
import { ndArray } from '../support/reference/array'
import { engineGradients, expectClose, prepare } from './check'

/** A network that rounds, and the same without any rounding, over the same numbers. */
interface Pair {
  readonly name: string
  readonly opset?: number
  readonly rounding: (g: GraphBuilder, x: string) => string
  readonly plain: (g: GraphBuilder, x: string) => string
  readonly dims: readonly number[]
}

let count = 0

const whole = (g: GraphBuilder, type: ElementType, dims: readonly number[], values: readonly number[]): string => {
  const bytes = type === 'int32' ? new Uint8Array(Int32Array.from(values).buffer) : Uint8Array.from(values)
  return g.constant(`whole ${count++}`, { type, dims, bytes })
}

const scalar = (g: GraphBuilder, value: number) => g.weight([], [value])
const zero = (g: GraphBuilder, value = 128) => whole(g, 'uint8', [], [value])

/** 8-bit weights around 128, and what they stand for with a scale of 1/64. */
const filters = (g: GraphBuilder, count: number) => Array.from(g.random(count, 60, 200), Math.round)
const meant = (stored: readonly number[], scale = 1 / 64) => stored.map(value => (value - 128) * scale)

const quantize = (g: GraphBuilder, x: string) => g.node('QuantizeLinear', [x, scalar(g, 1 / 32), zero(g)])
const dequantize = (g: GraphBuilder, x: string, scale = 1 / 16) =>
  g.node('DequantizeLinear', [x, scalar(g, scale), zero(g)])

const dynamic = (g: GraphBuilder, x: string) => {
  g.node('DynamicQuantizeLinear', [x], {}, { outputs: ['q', 'scale', 'zero'] })
  return ['q', 'scale', 'zero'] as const
}

const PAIRS: readonly Pair[] = [
  {
    name: 'QLinearConv with a bias, pooled and flattened as whole numbers',
    opset: 13,
    dims: [1, 2, 5, 5],
    rounding: (g, x) => {
      const w = [whole(g, 'uint8', [3, 2, 3, 3], filters(g, 54)), scalar(g, 1 / 64), zero(g)]
      const bias = whole(g, 'int32', [3], [100, -200, 300])
      const y = g.node(
        'QLinearConv',
        [quantize(g, x), scalar(g, 1 / 32), zero(g), ...w, scalar(g, 1 / 16), zero(g), bias],
        { pads: [1, 1, 1, 1] },
      )
      const pooled = g.node('MaxPool', [y], { kernel_shape: [2, 2], strides: [2, 2] })
      return dequantize(g, g.node('Flatten', [pooled]))
    },
    plain: (g, x) => {
      const w = g.weight([3, 2, 3, 3], meant(filters(g, 54)))
      const bias = g.weight([3], [100 / 2048, -200 / 2048, 300 / 2048])
      const y = g.node('Conv', [x, w, bias], { pads: [1, 1, 1, 1] })
      return g.node('Flatten', [g.node('MaxPool', [y], { kernel_shape: [2, 2], strides: [2, 2] })])
    },
  },
  {
    name: 'QLinearMatMul',
    dims: [2, 4],
    rounding: (g, x) => {
      const w = [whole(g, 'uint8', [4, 3], filters(g, 12)), scalar(g, 1 / 64), zero(g)]
      return dequantize(
        g,
        g.node('QLinearMatMul', [quantize(g, x), scalar(g, 1 / 32), zero(g), ...w, scalar(g, 1 / 16), zero(g)]),
      )
    },
    plain: (g, x) => g.node('MatMul', [x, g.weight([4, 3], meant(filters(g, 12)))]),
  },
  {
    name: 'ConvInteger behind DynamicQuantizeLinear',
    dims: [1, 2, 4, 4],
    rounding: (g, x) => {
      const [q, scale, at] = dynamic(g, x)
      const y = g.node('ConvInteger', [q, whole(g, 'uint8', [3, 2, 3, 3], filters(g, 54)), at, zero(g)], {
        pads: [1, 1, 1, 1],
      })
      return g.node('Mul', [g.node('Cast', [y], { to: 1 }), g.node('Mul', [scale, scalar(g, 1 / 64)])])
    },
    plain: (g, x) => g.node('Conv', [x, g.weight([3, 2, 3, 3], meant(filters(g, 54)))], { pads: [1, 1, 1, 1] }),
  },
  {
    name: 'MatMulInteger behind DynamicQuantizeLinear',
    dims: [2, 4],
    rounding: (g, x) => {
      const [q, scale, at] = dynamic(g, x)
      const y = g.node('MatMulInteger', [q, whole(g, 'uint8', [4, 3], filters(g, 12)), at, zero(g)])
      return g.node('Mul', [g.node('Cast', [y], { to: 1 }), g.node('Mul', [scale, scalar(g, 1 / 64)])])
    },
    plain: (g, x) => g.node('MatMul', [x, g.weight([4, 3], meant(filters(g, 12)))]),
  },
  ...(['Add', 'Mul'] as const).map(
    (op): Pair => ({
      name: `com.microsoft.QLinear${op} of a value and its double`,
      dims: [2, 3],
      rounding: (g, x) => {
        const q = quantize(g, x)
        const double = g.node('QuantizeLinear', [g.node('Mul', [x, scalar(g, 2)]), scalar(g, 1 / 16), zero(g)])
        const inputs = [q, scalar(g, 1 / 32), zero(g), double, scalar(g, 1 / 16), zero(g), scalar(g, 1 / 16), zero(g)]
        return dequantize(g, g.node(`QLinear${op}`, inputs, {}, { domain: 'com.microsoft' }))
      },
      plain: (g, x) => g.node(op, [x, g.node('Mul', [x, scalar(g, 2)])]),
    }),
  ),
  ...(['GlobalAveragePool', 'Sigmoid'] as const).map(
    (op): Pair => ({
      name: `com.microsoft.QLinear${op}`,
      dims: [1, 2, 3, 3],
      rounding: (g, x) => {
        const inputs = [quantize(g, x), scalar(g, 1 / 32), zero(g), scalar(g, 1 / 64), zero(g)]
        return dequantize(g, g.node(`QLinear${op}`, inputs, {}, { domain: 'com.microsoft' }), 1 / 64)
      },
      plain: (g, x) => g.node(op, [x]),
    }),
  ),
  {
    name: 'com.microsoft.QLinearLeakyRelu',
    dims: [2, 3],
    rounding: (g, x) => {
      const inputs = [quantize(g, x), scalar(g, 1 / 32), zero(g), scalar(g, 1 / 32), zero(g)]
      return dequantize(
        g,
        g.node('QLinearLeakyRelu', inputs, { alpha: float(0.25) }, { domain: 'com.microsoft' }),
        1 / 32,
      )
    },
    plain: (g, x) => g.node('LeakyRelu', [x], { alpha: float(0.25) }),
  },
  {
    name: 'com.microsoft.DynamicQuantizeMatMul',
    dims: [2, 4],
    rounding: (g, x) => {
      const inputs = [x, whole(g, 'uint8', [4, 3], filters(g, 12)), scalar(g, 1 / 64), zero(g), g.weight([3])]
      return g.node('DynamicQuantizeMatMul', inputs, {}, { domain: 'com.microsoft' })
    },
    plain: (g, x) => g.node('MatMul', [x, g.weight([4, 3], meant(filters(g, 12)))]),
  },
]

/**
 * Rounded to 1/32 a value is off by 1/64 at most, and what is linear in it has the very gradient of the float form; of Mul,
 * MaxPool and Sigmoid it is read at rounded values.
 */
describe('quantized operators pass the gradient of their float form', () => {
  it.each(PAIRS)('$name', async ({ name, opset = 13, dims, rounding, plain }) => {
    const grid = (g: GraphBuilder) =>
      Array.from(
        g.random(
          dims.reduce((a, b) => a * b, 1),
          -1,
          1,
        ),
        v => Math.round(v * 32) / 32,
      )
    const quantized = prepare({ name, opset, build: g => rounding(g, g.input('x', dims, grid(g))) })
    const float32 = prepare({ name, opset, build: g => plain(g, g.input('x', dims, grid(g))) })
    const { output, gradients } = await engineGradients(quantized, ['x'])
    const { graph, feeds, seed } = float32
    const truth = evaluate(graph, feeds).get(float32.output)
    expect(output?.dims).toEqual(truth?.dims)
    const expected = finiteDifferences(graph, feeds, 'x', float32.output, seed)
    const isExact = !/Mul of|Sigmoid|Dynamic/.test(name) || /DynamicQuantizeMatMul|Integer/.test(name)
    if (isExact) expectClose(gradients.get('x'), expected, 'the gradient')
    else expectNear(gradients.get('x')?.data, expected.data)
  })
})

function expectNear(found: Float64Array | undefined, expected: Float64Array) {
  const scale = Math.max(...expected.map(Math.abs))
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - (found?.[i] ?? Number.NaN))))
  expect(worst).toBeLessThan(0.05 * scale)
}

it('a sum that is clamped passes nothing', async () => {
  const prepared = prepare({
    name: 'clamped',
    opset: 13,
    build: g => {
      const x = g.input('x', [2], [0.5, 3.5])
      const inputs = [quantize(g, x), scalar(g, 1 / 32), zero(g)]
      return dequantize(
        g,
        g.node('QLinearAdd', [...inputs, ...inputs, scalar(g, 1 / 32), zero(g)], {}, { domain: 'com.microsoft' }),
        1 / 32,
      )
    },
  })
  const { gradients } = await engineGradients(prepared, ['x'])
  expectClose(gradients.get('x'), ndArray([2], [2 * (prepared.seed.data[0] ?? 0), 0]), 'the gradient')
})
