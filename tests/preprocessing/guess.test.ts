import { readdirSync } from 'node:fs'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { indexGraph } from '../../src/graph/graph-index'
import type { Graph } from '../../src/graph/types'
import { fromPixels, toInput } from '../../src/image/transform'
import type { Preprocessing } from '../../src/image/types'
import { readOnnx } from '../../src/onnx/read'
import { inputWarning } from '../../src/preprocessing/check'
import { guessPreprocessing } from '../../src/preprocessing/guess'
import { PRESET_NAMES, PRESETS, type PresetName, presetOf } from '../../src/preprocessing/presets'
import { GraphBuilder } from '../support/build'
import { modelBytes } from '../support/golden'

const PICTURES = 'tests/golden/pictures'
const SIZE = 224

/** The steps between the input and the first convolution, and what the file says of its writer. */
function guessOf(steps: (g: GraphBuilder, x: string) => string, facts: Partial<Graph> = {}) {
  const g = new GraphBuilder(17, 'guess')
  const x = steps(g, g.input('image', [1, 3, 8, 8]))
  const conv = g.node('Conv', [x, g.weight([4, 3, 3, 3])])
  const graph = g.output(g.node('Flatten', [conv])).build()
  return guessPreprocessing(indexGraph({ ...graph, ...facts }), { name: 'image', type: 'float32', channels: 3 })
}

const perChannel = (g: GraphBuilder, values: readonly number[]) => g.weight([1, 3, 1, 1], values)

describe('a file that normalises by itself', () => {
  it('less 0.485, over 0.229: from 0 to 1', () => {
    const { preset, because } = guessOf((g, x) =>
      g.node('Div', [
        g.node('Sub', [x, perChannel(g, [0.485, 0.456, 0.406])], {}, { name: 'less' }),
        perChannel(g, [0.229, 0.224, 0.225]),
      ]),
    )
    expect(preset).toBe('unit')
    expect(because).toMatch(/^The file normalises its input by itself \(Sub "less", Div .*\), from 0 to 1\.$/)
  })

  it.each<[string, PresetName, (g: GraphBuilder, x: string) => string]>([
    ['over 255', 'bytes', (g, x) => g.node('Div', [x, g.weight([], [255])])],
    [
      'over 127.5 less 1',
      'bytes',
      (g, x) => g.node('Sub', [g.node('Mul', [x, g.weight([1], [1 / 127.5])]), g.weight([1], [1])]),
    ],
    ['twice less 1', 'unit', (g, x) => g.node('Sub', [g.node('Mul', [x, g.weight([], [2])]), g.weight([], [1])])],
    [
      'less 123.7 in bytes, over 58',
      'bytes',
      (g, x) =>
        g.node('Div', [g.node('Sub', [x, perChannel(g, [123.7, 116.3, 103.5])]), perChannel(g, [58.4, 57.1, 57.4])]),
    ],
    [
      'torchvision’s GoogLeNet, channel by channel, to −1..1',
      'torchvision',
      (g, x) =>
        g.node(
          'Concat',
          [0, 1, 2].map(channel => {
            const one = g.node('Unsqueeze', [g.node('Gather', [x, g.ints([channel], [])], { axis: 1 }), g.ints([1])])
            const std = [0.229, 0.224, 0.225][channel] ?? 1
            const mean = [0.485, 0.456, 0.406][channel] ?? 0
            return g.node('Add', [g.node('Mul', [one, g.weight([], [std / 0.5])]), g.weight([], [(mean - 0.5) / 0.5])])
          }),
          { axis: 1 },
        ),
    ],
    [
      'a BatchNormalization that saw bytes',
      'bytes',
      (g, x) =>
        g.node('BatchNormalization', [
          x,
          g.weight([3], [1, 1, 1]),
          g.weight([3], [0, 0, 0]),
          g.weight([3], [123, 117, 104]),
          g.weight([3], [5000, 4800, 5100]),
        ]),
    ],
    [
      'a BatchNormalization that saw normalised values (MXNet)',
      'torchvision',
      (g, x) =>
        g.node('BatchNormalization', [
          x,
          g.weight([3], [1, 1, 1]),
          g.weight([3], [0, 0, 0]),
          g.weight([3], [0.02, 0.05, 0.01]),
          g.weight([3], [1.2, 1.1, 1.3]),
        ]),
    ],
  ])('%s: %s', (_, preset, steps) => {
    expect(guessOf(steps).preset).toBe(preset)
  })

  it('less means that begin with blue’s: bytes, BGR', () => {
    const less = guessOf((g, x) => g.node('Sub', [x, perChannel(g, [103.9, 116.8, 123.7])]))
    expect([less.preset, less.values.channels]).toEqual(['bytes', 'bgr'])
    const flipped = guessOf((g, x) =>
      g.node('Sub', [g.node('Gather', [x, g.ints([2, 1, 0])], { axis: 1 }), perChannel(g, [103.9, 116.8, 123.7])]),
    )
    expect([flipped.preset, flipped.values.channels]).toEqual(['bytes', 'rgb'])
  })
})

it.each<[string, Partial<Graph>, PresetName]>([
  ['PyTorch', { producer: 'pytorch' }, 'torchvision'],
  ['Caffe', { producer: 'onnx-caffe2' }, 'caffe'],
  ['TensorFlow', { producer: 'tf2onnx' }, 'symmetric'],
  ['nobody knows', { producer: '' }, 'torchvision'],
])('written by %s', (_, facts, preset) => {
  expect(guessOf((_, x) => x, facts).preset).toBe(preset)
})

describe('the first BatchNormalization', () => {
  let filters: number[]
  const inputs = new Map<PresetName, Float32Array[]>()

  beforeAll(async () => {
    const weight = readOnnx(modelBytes('resnet18')).constants.get('conv1.weight.int8')
    if (!weight) throw new Error('no such weight')
    filters = Array.from(new Int8Array(weight.bytes), value => value / 127)
    for (const name of PRESET_NAMES) {
      const preprocessing: Preprocessing = {
        ...PRESETS[name].values,
        size: [SIZE, SIZE],
        shortSide: 256,
        layout: 'nchw',
      }
      const files = readdirSync(PICTURES).filter(file => /\.(png|jpg)$/.test(file))
      const made = files.map(async file => {
        const { data, info } = await sharp(`${PICTURES}/${file}`)
          .removeAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true })
        const picture = { width: info.width, height: info.height, channels: 3 as const, data }
        return (await toInput(fromPixels(picture), preprocessing, 'crop')).input
      })
      inputs.set(name, await Promise.all(made))
    }
  })

  /** Mean and variance of what ResNet18's 64 filters of 7×7 give on the pictures, as training would have kept them. */
  function seen(pictures: readonly Float32Array[]) {
    const mean: number[] = []
    const variance: number[] = []
    for (let filter = 0; filter < 64; filter++) {
      const w = filters.slice(filter * 147, (filter + 1) * 147)
      const values = pictures.flatMap(input => {
        const found: number[] = []
        for (let y = 0; y + 7 <= SIZE; y += 9) for (let x = 0; x + 7 <= SIZE; x += 9) found.push(answer(input, w, x, y))
        return found
      })
      const average = values.reduce((sum, value) => sum + value, 0) / values.length
      mean.push(average)
      variance.push(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length)
    }
    return { mean, variance }
  }

  function answer(input: Float32Array, w: readonly number[], x: number, y: number): number {
    return w.reduce((sum, weight, k) => {
      const place = Math.floor(k / 49) * SIZE * SIZE + (y + (Math.floor(k / 7) % 7)) * SIZE + x + (k % 7)
      return sum + weight * (input[place] ?? 0)
    }, 0)
  }

  it.each(PRESET_NAMES)('that was trained on %s says so, whoever wrote the file', preset => {
    const { mean, variance } = seen(inputs.get(preset) ?? [])
    const g = new GraphBuilder(17, 'statistics')
    const conv = g.node('Conv', [g.input('image', [1, 3, SIZE, SIZE]), g.weight([64, 3, 7, 7], filters)])
    const one = g.weight([64], new Float64Array(64).fill(1))
    const zero = g.weight([64], new Float64Array(64))
    const bn = g.node('BatchNormalization', [conv, one, zero, g.weight([64], mean), g.weight([64], variance)])
    const guess = guessPreprocessing(indexGraph(g.output(g.node('Flatten', [bn])).build()), {
      ...{ name: 'image', type: 'float32', channels: 3 },
    })
    expect(guess.preset).toBe(preset)
    expect(guess.because).toContain('first BatchNormalization')
    expect(inputWarning(PRESETS[preset].values, guess.expected)).toBeNull()
    // What is far away is warned of: bytes where values of about 1 belong, and the other way round.
    const far: PresetName = preset === 'bytes' || preset === 'caffe' ? 'torchvision' : 'bytes'
    expect(inputWarning(PRESETS[far].values, guess.expected)).toMatch(/^This input looks wrong for the file/)
  })
})

it('a preset is known by its values', () => {
  for (const name of PRESET_NAMES) expect(presetOf(PRESETS[name].values)).toBe(name)
  expect(presetOf({ ...PRESETS.unit.values, std: [1, 1, 2] })).toBeUndefined()
})

it('a mean of the other range is warned of, whatever the file', () => {
  const { mean } = PRESETS.caffe.values
  expect(inputWarning({ ...PRESETS.torchvision.values, mean }, null)).toMatch(
    /^These settings give values of about −510 ± 1\.1, so all pictures look alike: the mean does not fit pixels from 0 to 1\.$/,
  )
  for (const name of PRESET_NAMES) expect(inputWarning(PRESETS[name].values, null)).toBeNull()
})
