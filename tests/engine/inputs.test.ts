import { describe, expect, it } from 'vitest'
import { analyze, type Reading } from '../../src/analysis/analyze'
import { planes } from '../../src/analysis/grid'
import { pictureShape } from '../../src/analysis/image-input'
import { Network } from '../../src/engine/network'
import type { ElementType, Graph } from '../../src/graph/types'
import { evaluate, gradients } from '../evaluator'
import { GraphBuilder, random } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'
import { type NdArray, ndArray, sizeOf } from '../support/reference/array'

interface Case {
  readonly dims: readonly (number | string)[]
  readonly type?: ElementType
  /** Channels that the first convolution reads. */
  readonly channels?: number
  /** Makes [N, C, H, W] of the input. */
  readonly enter?: (g: GraphBuilder, x: string) => string
  /** Further inputs, and what joins them to the feature maps. */
  readonly further?: readonly { readonly name: string; readonly type: ElementType; readonly dims: readonly number[] }[]
  readonly join?: (g: GraphBuilder, features: string) => string
  readonly reading?: Reading
  /** Leaves rows of features for the last layer. */
  readonly flatten?: (g: GraphBuilder, pooled: string) => string
  readonly expected: {
    readonly shape: readonly number[]
    readonly layout?: 'nchw' | 'nhwc'
    readonly gradientAt?: string
    /** What the reference is fed for further inputs. */
    readonly fed?: Readonly<Record<string, readonly number[]>>
  }
}

const FEATURES = 'features'
const transposed = (perm: number[]) => (g: GraphBuilder, x: string) => g.node('Transpose', [x], { perm })
const cast = (g: GraphBuilder, x: string) => g.node('Cast', [x], { to: 1 }, { outputs: ['as floats'] })

function build({ dims, type = 'float32', channels = 3, enter, further = [], join, flatten }: Case): Graph {
  const g = new GraphBuilder(17, 'inputs')
  const x = g.input('picture', [])
  for (const { name } of further) g.input(name, [])
  const entered = enter ? enter(g, x) : x
  const conv = g.node('Conv', [entered, g.weight([4, channels, 3, 3]), g.weight([4])], { pads: [1, 1, 1, 1] })
  const features = g.node('Relu', [conv], {}, { outputs: [FEATURES] })
  const pooled = g.node('GlobalAveragePool', [join ? join(g, features) : features])
  const flat = flatten ? flatten(g, pooled) : g.node('Flatten', [pooled])
  const graph = g.output(g.node('Gemm', [flat, g.weight([4, 5]), g.weight([5])], {}, { outputs: ['logits'] })).build()
  return { ...graph, inputs: [{ name: 'picture', type, dims }, ...further] }
}

const rgb = [1, 3, 8, 6] as const
const CASES: Record<string, Case> = {
  'grey, channels first': { dims: [1, 1, 8, 6], channels: 1, expected: { shape: [1, 1, 8, 6] } },
  'grey, channels last': {
    ...{ dims: ['N', 8, 6, 1], channels: 1, enter: transposed([0, 3, 1, 2]) },
    expected: { shape: [1, 8, 6, 1], layout: 'nhwc' },
  },
  'four bands': { dims: [1, 4, 8, 6], channels: 4, expected: { shape: [1, 4, 8, 6] } },
  'thirteen bands, channels last': {
    ...{ dims: [1, 8, 8, 13], channels: 13, enter: transposed([0, 3, 1, 2]) },
    expected: { shape: [1, 8, 8, 13], layout: 'nhwc' },
  },
  'rank 3, channels first': {
    ...{ dims: [3, 8, 6], enter: (g, x) => g.node('Unsqueeze', [x, g.ints([0])]) },
    expected: { shape: [3, 8, 6] },
  },
  'rank 3, channels last': {
    dims: [8, 6, 3],
    enter: (g, x) => g.node('Unsqueeze', [g.node('Transpose', [x], { perm: [2, 0, 1] }), g.ints([0])]),
    expected: { shape: [8, 6, 3], layout: 'nhwc' },
  },
  'rank 3, grey in a batch': {
    ...{ dims: ['N', 8, 6], channels: 1, enter: (g, x) => g.node('Unsqueeze', [x, g.ints([1])]) },
    expected: { shape: [1, 8, 6] },
  },
  'rank 2, grey': {
    ...{ dims: [8, 9], channels: 1, enter: (g, x) => g.node('Unsqueeze', [x, g.ints([0, 1])]) },
    expected: { shape: [8, 9] },
  },
  'rank 5, one frame': {
    ...{ dims: [1, 1, 3, 8, 6], enter: (g, x) => g.node('Squeeze', [x, g.ints([1])]) },
    expected: { shape: [1, 1, 3, 8, 6] },
  },
  'rank 5, one frame after the channels': {
    ...{ dims: [1, 3, 1, 8, 6], enter: (g, x) => g.node('Reshape', [x, g.ints(rgb)]) },
    expected: { shape: [1, 3, 1, 8, 6] },
  },
  'all open, channels last': {
    ...{ dims: ['a', 'b', 'c', 'd'], enter: transposed([0, 3, 1, 2]), reading: { size: [8, 6] } },
    expected: { shape: [1, 8, 6, 3], layout: 'nhwc' },
  },
  'all open, channels first': {
    ...{ dims: ['a', 'b', 'c', 'd'], channels: 1, reading: { size: [8, 6] } },
    expected: { shape: [1, 1, 8, 6] },
  },
  bytes: { dims: rgb, type: 'uint8', enter: cast, expected: { shape: rgb, gradientAt: 'as floats' } },
  'bytes, channels last': {
    dims: [1, 8, 6, 3],
    type: 'uint8',
    enter: (g, x) => cast(g, g.node('Transpose', [x], { perm: [0, 3, 1, 2] })),
    expected: { shape: [1, 8, 6, 3], layout: 'nhwc', gradientAt: 'as floats' },
  },
  ...Object.fromEntries(
    (['int8', 'uint16', 'int16', 'int32', 'int64'] as const).map(type => [
      type,
      { dims: rgb, type, enter: cast, expected: { shape: rgb, gradientAt: 'as floats' } },
    ]),
  ),
  'a batch of 4': { dims: [4, 3, 8, 6], expected: { shape: [4, 3, 8, 6] } },
  'a batch of 4 with its size inside': {
    ...{ dims: [4, 3, 8, 6], flatten: (g, pooled) => g.node('Reshape', [pooled, g.ints([4, -1])]) },
    expected: { shape: [4, 3, 8, 6] },
  },
  'a batch of 4 of bytes, channels last': {
    dims: [4, 8, 6, 3],
    type: 'uint8',
    enter: (g, x) => g.node('Transpose', [cast(g, x)], { perm: [0, 3, 1, 2] }),
    expected: { shape: [4, 8, 6, 3], layout: 'nhwc', gradientAt: 'as floats' },
  },
  'a batch of 4 over its own mean': {
    dims: [4, 3, 8, 6],
    // As BatchNormalization does in training: every picture has a part in each row.
    join: (g, f) => {
      const mean = g.node('ReduceMean', [f], { axes: [0, 2, 3], keepdims: 1 })
      return g.node('Div', [f, g.node('Add', [mean, g.weight([], [0.1])])])
    },
    expected: { shape: [4, 3, 8, 6] },
  },
  keep_prob: {
    dims: rgb,
    further: [{ name: 'keep_prob', type: 'float32', dims: [] }],
    join: (g, f) => g.node('Mul', [f, 'keep_prob']),
    expected: { shape: rgb, fed: { keep_prob: [1] } },
  },
  'keep_prob that is told': {
    dims: rgb,
    further: [{ name: 'keep_prob', type: 'float32', dims: [1] }],
    join: (g, f) => g.node('Mul', [f, 'keep_prob']),
    reading: { inputs: { keep_prob: [0.25] } },
    expected: { shape: rgb, fed: { keep_prob: [0.25] } },
  },
  'a row of numbers beside the picture': {
    dims: rgb,
    further: [{ name: 'meta', type: 'float32', dims: [1, 4] }],
    join: (g, f) => g.node('Mul', [f, g.node('Reshape', ['meta', g.ints([1, 4, 1, 1])])]),
    reading: { inputs: { meta: [1, -2, 3, 0.5] } },
    expected: { shape: rgb, fed: { meta: [1, -2, 3, 0.5] } },
  },
  'an input that nothing reads': {
    ...{ dims: rgb, further: [{ name: 'spare', type: 'float32', dims: [1, 3, 100, 100] }] },
    expected: { shape: rgb },
  },
}

/** A picture for the input: whole numbers where it takes no others. */
function picture(type: ElementType, size: number): Float32Array {
  const values = random('picture')(size, 0, type === 'float32' ? 1 : 120)
  return Float32Array.from(values, value => (type === 'float32' ? value : Math.round(value)))
}

function close(found: ArrayLike<number>, right: ArrayLike<number>): void {
  const most = Array.from(right).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12)
  expect(found.length).toBe(right.length)
  // Float32 against double precision.
  for (let i = 0; i < right.length; i++)
    expect(Math.abs((found[i] ?? Number.NaN) - (right[i] ?? 0))).toBeLessThan(1e-5 * most)
}

/** Row 0 of what depends on one picture that stands in every row of a batch: the sum over rows. */
function summed({ data }: NdArray, batch: number): Float64Array {
  const size = data.length / batch
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let row = 0; row < batch; row++) sum += data[row * size + i] ?? 0
    return sum
  })
}

describe('what a network takes', () => {
  it.each(Object.entries(CASES))('%s', async (_, made) => {
    const graph = build(made)
    const analyzed = analyze(graph, made.reading)
    const { input, gradientAt } = analyzed.layout
    const { shape, layout = 'nchw', gradientAt: expectedAt = 'picture', fed = {} } = made.expected
    expect([input.shape, input.layout, gradientAt]).toEqual([shape, layout, expectedAt])

    const network = await Network.create(analyzed, runtime)
    const values = picture(input.type, sizeOf(pictureShape(input)))
    const run = await network.forward(values)
    const target = 3
    const point = analyzed.layout.hookPoints.find(({ value }) => value === FEATURES)
    const { weights, map } = await mapOf(run, 'gradcam', point?.path ?? '', target)
    const saliency = await gradientOf(run, 'saliency', target)

    const all = Float64Array.from({ length: sizeOf(shape) }, (_, i) => values[i % values.length] ?? 0)
    const feeds = new Map([['picture', ndArray(shape, all)]])
    for (const { name, dims } of made.further ?? [])
      feeds.set(name, ndArray(dims, fed[name] ?? new Float64Array(sizeOf(dims))))
    const reference = evaluate(graph, feeds)
    close(run.logits, reference.values.get('logits')?.data.slice(0, 5) ?? [])
    const seed = new Float64Array(5 * input.batch)
    seed[target] = 1
    const found = gradients(reference, 'logits', seed, [FEATURES, expectedAt])
    const places = input.height * input.width
    const features = reference.values.get(FEATURES)?.data ?? []
    const right = summed(found.get(FEATURES) ?? ndArray([0], []), input.batch)
    const means = [0, 1, 2, 3].map(c => right.slice(c * places, (c + 1) * places).reduce((a, b) => a + b, 0) / places)
    close(weights, means)
    const cam = Float64Array.from({ length: places }, (_, i) =>
      Math.max(
        0,
        means.reduce((sum, weight, c) => sum + weight * (features[c * places + i] ?? 0), 0),
      ),
    )
    close(map.values, cam)
    const atInput = Float32Array.from(summed(found.get(expectedAt) ?? ndArray([0], []), input.batch))
    const grid = analyzed.grids.get(expectedAt)
    if (!grid) throw new Error('the input has no places')
    close(saliency, planes(atInput, grid))
    run.dispose()
    await network.dispose()
  })
})
