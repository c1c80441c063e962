import { expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { channelsOf } from '../../src/analysis/channels'
import type { Grid } from '../../src/analysis/grid'
import { type Activation, type Change, changeOf, checkChange } from '../../src/engine/interventions'
import { writeOnnx } from '../../src/onnx/write'
import { random } from '../support/build'
import { smallClassifier } from '../support/small-classifier'

const activation = (shape: readonly number[], values: readonly number[], grid?: Grid): Activation => ({
  shape,
  channels: channelsOf(shape, grid),
  values: Float32Array.from(values),
})

/** Three channels of two places. */
const maps = activation([1, 3, 1, 2], [1, 3, -2, 4, 0.5, -0.5])
const row = activation([1, 3], [1, -2, 3])
/** Two tokens of three channels. */
const tokens = activation([1, 2, 3], [1, 2, 3, 5, 6, 7])
/** One row of two places, channels last. */
const channelsLast: Grid = { channels: 3, height: 1, width: 2, offset: 0, strides: [1, 6, 3] }
const last = activation([1, 1, 2, 3], [1, 2, 3, 5, 6, 7], channelsLast)
const ones = (n: number) => new Float32Array(n).fill(1)

async function apply(change: Change, before: Activation) {
  const { values, pullback } = await changeOf(change)(before)
  const gradient = Float32Array.from(before.values, (_, i) => i + 1)
  return { values: [...values], gradient: [...(pullback?.(gradient) ?? [])] }
}

it.each<[string, Change, Activation, number[], number[]]>([
  ['off', { kind: 'off', channels: [1] }, maps, [1, 3, 0, 0, 0.5, -0.5], [1, 2, 0, 0, 5, 6]],
  ['off, of a row', { kind: 'off', channels: [0, 2] }, row, [0, -2, 0], [0, 2, 0]],
  ['off, of tokens', { kind: 'off', channels: [1] }, tokens, [1, 0, 3, 5, 0, 7], [1, 0, 3, 4, 0, 6]],
  ['keep', { kind: 'keep', channels: [1] }, maps, [0, 0, -2, 4, 0, 0], [0, 0, 3, 4, 0, 0]],
  ['keep none', { kind: 'keep', channels: [] }, row, [0, 0, 0], [0, 0, 0]],
  ['scale', { kind: 'scale', factor: -2 }, row, [-2, 4, -6], [-2, -4, -6]],
  ['scale one', { kind: 'scale', factor: 3, channels: [2] }, maps, [1, 3, -2, 4, 1.5, -1.5], [1, 2, 3, 4, 15, 18]],
  ['clamp', { kind: 'clamp', min: -0.5, max: 1 }, maps, [1, 1, -0.5, 1, 0.5, -0.5], [1, 0, 0, 0, 5, 6]],
  ['clamp below', { kind: 'clamp', min: 0, max: Number.POSITIVE_INFINITY }, row, [1, 0, 3], [1, 0, 3]],
  ['mean', { kind: 'mean' }, maps, [2, 2, 1, 1, 0, 0], [1.5, 1.5, 3.5, 3.5, 5.5, 5.5]],
  ['mean of one', { kind: 'mean', channels: [1] }, maps, [1, 3, 1, 1, 0.5, -0.5], [1, 2, 3.5, 3.5, 5, 6]],
  ['off, channels last', { kind: 'off', channels: [1] }, last, [1, 0, 3, 5, 0, 7], [1, 0, 3, 4, 0, 6]],
  ['mean, channels last', { kind: 'mean' }, last, [3, 4, 5, 3, 4, 5], [2.5, 3.5, 4.5, 2.5, 3.5, 4.5]],
  ['mean over tokens', { kind: 'mean' }, tokens, [3, 4, 5, 3, 4, 5], [2.5, 3.5, 4.5, 2.5, 3.5, 4.5]],
])('%s', async (_, change, before, values, gradient) => {
  expect(await apply(change, before)).toEqual({ values, gradient })
})

it('what is switched off is 0 even where it was no number', async () => {
  const broken = activation([1, 2], [Number.NaN, 1])
  expect((await apply({ kind: 'off', channels: [0] }, broken)).values).toEqual([0, 1])
})

it('no change writes into what it was given', async () => {
  const before = maps.values.slice()
  for (const change of [
    { kind: 'off', channels: [0] },
    { kind: 'mean' },
    { kind: 'noise', share: 1, seed: 1 },
  ] as const)
    await changeOf(change)(maps)
  expect(maps.values).toEqual(before)
})

it('noise is normal, of the share of the activation’s own deviation, and repeats by its seed', async () => {
  const values = Float32Array.from(random('noise')(40_000, -3, 5))
  const plain = { shape: [1, 4, 100, 100], channels: { count: 4, stride: 10_000 }, values }
  const noise = async (share: number, seed: number) => {
    const { values: noisy, pullback } = await changeOf({ kind: 'noise', share, seed })(plain)
    expect(pullback?.(ones(3))).toEqual(ones(3))
    return noisy.map((x, i) => x - (values[i] ?? 0))
  }
  const first = await noise(0.5, 7)
  expect(first).toEqual(await noise(0.5, 7))
  expect(first).not.toEqual(await noise(0.5, 8))
  const mean = first.reduce((a, b) => a + b, 0) / first.length
  const moment = (power: number) => first.reduce((sum, x) => sum + (x - mean) ** power, 0) / first.length
  // Of 40 000 numbers, uniform over 8: σ = 8/√12. Three standard errors, and a normal distribution's kurtosis is 3.
  const size = (0.5 * 8) / Math.sqrt(12)
  expect(Math.abs(mean)).toBeLessThan((3 * size) / 200)
  expect(Math.sqrt(moment(2)) / size).toBeCloseTo(1, 1)
  expect(moment(4) / moment(2) ** 2).toBeCloseTo(3, 0)
  expect(await noise(0, 7)).toEqual(new Float32Array(40_000))
})

it.each<[string, Change, string, RegExp]>([
  ['layer9', { kind: 'off', channels: [0] }, 'unknown-layer', /no layer "layer9"/],
  [
    'conv1',
    { kind: 'off', channels: [0, 8] },
    'bad-argument',
    /^conv1 has no channel 8\. It has 8 channels: 0 to 7\.$/,
  ],
  ['conv1', { kind: 'keep', channels: [-1] }, 'bad-argument', /^conv1 has no channel -1\./],
  ['conv1', { kind: 'scale', factor: 2, channels: [1.5] }, 'bad-argument', /^conv1 has no channel 1\.5\./],
  ['fc', { kind: 'off', channels: [5] }, 'bad-argument', /^fc has no channel 5\. It has 5 channels: 0 to 4\.$/],
  ['conv1', { kind: 'scale', factor: Number.NaN }, 'bad-argument', /^conv1 cannot be scaled by NaN/],
  ['conv1', { kind: 'clamp', min: 2, max: 1 }, 'bad-argument', /^conv1 cannot be clamped from 2 to 1/],
  ['conv1', { kind: 'clamp', min: Number.NaN, max: 1 }, 'bad-argument', /^conv1 cannot be clamped from NaN/],
  ['conv1', { kind: 'noise', share: -1, seed: 1 }, 'bad-argument', /^conv1 cannot get noise of -1/],
  ['fc', { kind: 'mean' }, 'bad-argument', /^fc has one value a channel/],
])('refuses at %s: %j', (path, change, code, message) => {
  expect(() => checkChange(readNetwork(writeOnnx(smallClassifier())), path, change)).toThrow(
    expect.objectContaining({ name: 'HookscopeError', code, message: expect.stringMatching(message) }),
  )
})
