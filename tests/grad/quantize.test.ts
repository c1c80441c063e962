import { expect, it } from 'vitest'
import { floatsAs } from '../../src/graph/elements'
import type { GraphBuilder } from '../support/build'
import { ndArray } from '../support/reference/array'
import { checkGradients, engineGradients, expectClose, type GradientCase, prepare } from './check'

const int8 = (g: GraphBuilder, name: string, dims: readonly number[], values: readonly number[]): string =>
  g.constant(name, { type: 'int8', dims, bytes: new Uint8Array(Int8Array.from(values).buffer) })

const STORED: readonly GradientCase[] = [
  {
    name: 'int8 weights, a scale for all',
    opset: 10,
    build: g => {
      const w = int8(g, 'w', [2, 3, 1, 1], [-128, 127, 3, 40, -5, 60])
      const real = g.node('DequantizeLinear', [w, g.weight([], [0.02]), int8(g, 'zero', [], [4])])
      return g.node('Conv', [g.input('x', [1, 3, 2, 2]), real])
    },
  },
  {
    name: 'int8 weights, a scale for each channel',
    opset: 13,
    build: g => {
      const w = int8(g, 'w', [2, 3, 1, 1], [-128, 127, 3, 40, -5, 60])
      const scales = g.weight([2], [0.02, 0.5])
      const real = g.node('DequantizeLinear', [w, scales, int8(g, 'zero', [2], [0, 0])], { axis: 0 })
      return g.node('Conv', [g.input('x', [1, 3, 2, 2]), real])
    },
  },
  {
    name: 'float16 weights behind a Cast, a bias by Constant, a scale by a chain of constants',
    build: g => {
      const half = floatsAs('float16', [2, 3, 1, 1], [0.5, -1.25, 2, 0.125, 3, -0.75])
      if (!half) throw new Error('no float16')
      const w = g.node('Cast', [g.constant('w', half)], { to: 1 })
      const bias = g.node('Constant', [], {
        value: { kind: 'tensor', value: { type: 'float32', dims: [2], bytes: new Uint8Array(8) } },
      })
      const y = g.node('Conv', [g.input('x', [1, 3, 2, 2]), w, bias])
      const scale = g.node('Unsqueeze', [g.node('Sqrt', [g.weight([2, 1], [4, 9])]), g.ints([2])])
      return g.node('Mul', [y, scale])
    },
  },
]

it.each(STORED)('parameters: $name', async it => {
  const { graphIndex } = await checkGradients(it)
  const moving = [...graphIndex.producer.keys()].filter(value => !graphIndex.parameters.has(value))
  expect(moving.length).toBeLessThanOrEqual(2)
})

/** 127.5·0.1 = 12.75 is where int8 ends, with a zero point of 10 at 11.75 and −13.85. */
it.each([
  { type: 'int8', zero: 0, slopes: [0, 1, 1, 1, 1, 1, 1, 0] },
  { type: 'int8', zero: 10, slopes: [0, 0, 1, 1, 1, 1, 0, 0] },
  { type: 'uint8', zero: 128, slopes: [0, 1, 1, 1, 1, 1, 1, 0] },
] as const)(
  'activations that are rounded to $type around $zero pass the gradient where nothing is clamped',
  async ({ type, zero, slopes }) => {
    const values =
      zero === 10 ? [-20, -13.9, -13.84, 0, 0.04, 11.74, 11.8, 30] : [-20, -12.8, -1, 0, 0.04, 5, 12.74, 30]
    const prepared = prepare({
      name: `rounded to ${type} around ${zero}`,
      opset: 13,
      build: g => {
        const scale = g.weight([], [0.1])
        const at = g.constant('zero', { type, dims: [], bytes: Uint8Array.of(zero) })
        const whole = g.node('QuantizeLinear', [g.input('x', [8], values), scale, at])
        return g.node('Mul', [g.node('DequantizeLinear', [whole, scale, at]), g.weight([], [3])])
      },
    })
    const { gradients } = await engineGradients(prepared, ['x'])
    const expected = slopes.map((slope, i) => 3 * slope * (prepared.seed.data[i] ?? 0))
    expectClose(gradients.get('x'), ndArray([8], expected), 'the gradient')
  },
)

it.each([
  { axis: 1, dims: [1, 2, 3], slopes: [1, 0, 1, 1, 1, 0] },
  { axis: -1, dims: [1, 3, 2], slopes: [1, 0, 1, 1, 1, 0] },
])('a scale for each place along axis $axis carries the gradient through as well', async ({ axis, dims, slopes }) => {
  const values = [1, -20, 12, 1, 0.5, -3]
  const prepared = prepare({
    name: `rounded along axis ${axis}`,
    opset: 13,
    build: g => {
      const scales = g.weight([2], [0.1, 0.01])
      const zeros = int8(g, 'zeros', [2], [0, 0])
      const whole = g.node('QuantizeLinear', [g.input('x', dims, values), scales, zeros], { axis })
      return g.node('DequantizeLinear', [whole, scales, zeros], { axis })
    },
  })
  const { gradients } = await engineGradients(prepared, ['x'])
  const expected = slopes.map((slope, i) => slope * (prepared.seed.data[i] ?? 0))
  expectClose(gradients.get('x'), ndArray(dims, expected), 'the gradient')
})
