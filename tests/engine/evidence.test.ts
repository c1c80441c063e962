import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { GraphBuilder, random } from '../support/build'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'

interface Options {
  readonly size?: number
  /** What stands between the first ReLU and the pooling. */
  readonly middle?: (g: GraphBuilder, x: string, channels: number) => string
}

const CHANNELS = 8

/** Conv → ReLU → `middle` → global pooling → linear, as an untrained network. */
async function look({ size = 16, middle = (_, x) => x }: Options, input?: Float32Array, name = 'relu') {
  const g = new GraphBuilder(17, 'evidence')
  const image = g.input('image', [1, 3, size, size])
  const conv = [image, g.weight([CHANNELS, 3, 3, 3]), g.weight([CHANNELS])]
  const relu = g.node('Relu', [g.node('Conv', conv, { pads: [1, 1, 1, 1] })], {}, { outputs: [name] })
  const pooled = g.node('GlobalAveragePool', [middle(g, relu, CHANNELS)])
  const flat = g.node('Flatten', [pooled], { axis: 1 })
  g.node('Gemm', [flat, g.weight([4, CHANNELS]), g.weight([4])], { transB: 1 }, { outputs: ['logits'] })
  const network = await Network.create(analyze(g.output('logits').build()), runtime)
  const { hookPoints, layer } = network.layout
  const first = hookPoints.find(({ value }) => value === 'relu')?.path ?? ''
  return { run: await network.forward(input ?? Float32Array.from(random(7)(3 * size * size))), first, layer }
}

const instance = (g: GraphBuilder, x: string, channels: number) =>
  g.node('InstanceNormalization', [x, g.weight([channels]), g.weight([channels])])

const VANISHING: Record<string, Options['middle']> = {
  'an InstanceNormalization, then ReLU': (g, x, channels) => g.node('Relu', [instance(g, x, channels)]),
  'an InstanceNormalization alone': instance,
  'x − mean(x) over the places, then ReLU': (g, x) =>
    g.node('Relu', [g.node('Sub', [x, g.node('ReduceMean', [x], { axes: [2, 3], keepdims: 1 })])]),
  'two convolutions and x − mean(x)': (g, x, channels) => {
    const conv = (from: string) =>
      g.node('Relu', [g.node('Conv', [from, g.weight([channels, channels, 3, 3])], { pads: [1, 1, 1, 1] })])
    const after = conv(conv(x))
    return g.node('Sub', [after, g.node('ReduceMean', [after], { axes: [2, 3], keepdims: 1 })])
  },
}

describe.each(Object.entries(VANISHING))('behind %s', (_, middle) => {
  it.each([16, 64, 128])('Grad-CAM at %i pixels a side is no evidence, and nothing of it is drawn', async size => {
    const { run, first } = await look({ size, ...(middle && { middle }) })
    const found = await Promise.all([0, 1, 2, 3].map(target => mapOf(run, 'gradcam', first, target)))
    expect(Math.max(...found.flatMap(({ map }) => [...map.values]))).toBe(0)
    const areZero = found.every(({ weights }) => weights.every(weight => weight === 0))
    expect(areZero || found.some(({ rounding }) => rounding)).toBe(true)
  })

  it('the last layer keeps its maps', async () => {
    const { run, layer } = await look(middle ? { middle } : {})
    const found = await Promise.all([0, 1, 2, 3].map(target => mapOf(run, 'gradcam', layer, target)))
    expect(found.some(({ map }) => map.values.some(value => value > 0))).toBe(true)
    expect(found.some(({ rounding }) => rounding)).toBe(false)
  })
})

it('weights that cancel among channels of one content leave no evidence', async () => {
  const twice = (g: GraphBuilder, x: string, channels: number) => {
    const first = g.node('Gather', [x, g.ints([0, 0])], { axis: 1 }, { outputs: ['relu'] })
    const weight = g.random(channels)
    const opposite = [...weight].flatMap(value => [value, -value])
    return g.node('Conv', [first, g.weight([channels, 2, 1, 1], opposite)])
  }
  const { run, first } = await look({ middle: (g, x, channels) => twice(g, x, channels) }, undefined, 'before')
  const found = await Promise.all([0, 1, 2, 3].map(target => mapOf(run, 'gradcam', first, target)))
  expect(Math.max(...found.flatMap(({ map }) => [...map.values]))).toBe(0)
})

it('a gradient at the input that vanishes by construction is 0', async () => {
  const { run } = await look({ size: 64, middle: instance })
  expect((await gradientOf(run, 'saliency', 1)).every(value => value === 0)).toBe(true)
  const plain = await look({ size: 64 })
  expect((await gradientOf(plain.run, 'saliency', 1)).some(value => value !== 0)).toBe(true)
})

describe('what is not finite is never drawn, and the node that makes it is named', () => {
  it('a forward value', async () => {
    const root = (g: GraphBuilder, x: string) =>
      g.node('Sqrt', [g.node('Sub', [x, g.weight([1], [5])])], {}, { name: '/norm/Sqrt' })
    await expect(look({ middle: root })).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringMatching(/The network’s answer .*: .*\/norm\/Sqrt.* out of finite numbers/),
    })
  })

  it('a gradient whose forward values are finite', async () => {
    const root = (g: GraphBuilder, x: string) => g.node('Pow', [x, g.weight([1], [0.3])], {}, { name: '/norm/Pow' })
    const { run, first, layer } = await look({ middle: root })
    const refusal = { code: 'not-finite', message: expect.stringMatching(/It is so from .*\/norm\/Pow.* back/) }
    await expect(mapOf(run, 'gradcam', first, 1)).rejects.toMatchObject(refusal)
    expect((await mapOf(run, 'gradcam', layer, 1)).map.values.every(Number.isFinite)).toBe(true)
  })

  it('feature maps, where the answer is finite all the same', async () => {
    const masked = (g: GraphBuilder, x: string) => {
      const log = g.node('Log', [x], {}, { name: '/log/Log', outputs: ['log'] })
      return g.node('Max', [log, g.weight([1], [-3])])
    }
    const { run } = await look({ middle: masked })
    await expect(run.features('log')).rejects.toMatchObject({ code: 'not-finite' })
  })
})

it('a group norm over values near 1 keeps what its channels differ by, where float32 means leave errors of their own', async () => {
  const group = (g: GraphBuilder, x: string) => {
    const near = g.node('Sqrt', [g.node('Add', [g.node('Mul', [x, x]), g.weight([], [1])])], {}, { outputs: ['near'] })
    const norm = g.node('InstanceNormalization', [
      g.node('Reshape', [near, g.ints([1, 2, -1])]),
      g.weight([2], [1, 1]),
      g.weight([2], [0, 0]),
    ])
    return g.node('Reshape', [norm, g.ints([1, CHANNELS, 32, 32])])
  }
  const { run } = await look({ size: 32, middle: group })
  const { weights } = await mapOf(run, 'gradcam', 'near', 0)
  const sums = [0, 4].map(first => weights.subarray(first, first + 4).reduce((sum, weight) => sum + weight, 0))
  const largest = Math.max(...weights.map(Math.abs))
  // The gradient of a norm sums up to 0 over a group. Each weight is a sum of 1,024 float32 numbers, good to some tens of
  // steps; a gradient whose mean is subtracted once leaves 690 steps of error, one whose rest is subtracted too leaves 65.
  expect(Math.max(...sums.map(Math.abs)) / largest).toBeLessThan(128 * 2 ** -24)
})
