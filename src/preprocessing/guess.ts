import { nodeLabel } from '../graph/types'
import type { Wiring } from '../graph/wiring'
import { apart } from './check'
import { type Entry, readEntry } from './entry'
import { PRESET_NAMES, PRESETS, type PresetName, type Typical, typical, type Values } from './presets'
import { firstStatistics } from './statistics'

export interface Guess {
  readonly preset: PresetName
  readonly values: Values
  /** A sentence: what in the file speaks for it. */
  readonly because: string
  /** What came in while the network was trained, as far as the file shows it. */
  readonly expected: Typical | null
}

/**
 * How the file wants its pictures: by what it does to them itself, else by the statistics of its first
 * BatchNormalization, else by who wrote it.
 */
export function guessPreprocessing(wiring: Wiring, input: string): Guess {
  const entry = readEntry(wiring, input)
  return byArithmetic(entry) ?? byStatistics(wiring, entry) ?? byWriter(wiring)
}

function guess(preset: PresetName, because: string, expected: Typical | null, values: Values = PRESETS[preset].values) {
  return { preset, because, expected, values }
}

/** What goes in where (x − mean) / std stands in the file: x with about that mean and that deviation. */
function byArithmetic({ channels, by }: Entry): Guess | null {
  if (by.length === 0) return null
  const onlyBatch = by.every(node => node.op === 'BatchNormalization')
  const undone = [0, 1, 2].map(colour => {
    const { scale, offset } = channels.find(({ channel }) => channel === colour) ?? { scale: 1, offset: 0 }
    return { mean: -offset / scale, std: 1 / Math.abs(scale) }
  })
  const average: Typical = {
    mean: undone.reduce((sum, { mean }) => sum + mean / 3, 0),
    std: undone.reduce((sum, { std }) => sum + std / 3, 0),
  }
  if (!Number.isFinite(average.mean) || !Number.isFinite(average.std)) return null
  // Constants say little of a network that takes normalised values; a BatchNormalization saw whatever came.
  const preset = nearest(average, onlyBatch ? PRESET_NAMES : ['torchvision', 'unit', 'bytes'])
  const nodes = by.map(nodeLabel).join(', ')
  const values = PRESETS[preset].values
  // ImageNet's mean blue is 104, its mean red 124.
  const blueFirst = preset === 'bytes' && (undone[0]?.mean ?? 0) < (undone[2]?.mean ?? 0) - 10
  return guess(
    preset,
    `The file normalises its input by itself (${nodes}), from ${PRESETS[preset].label}${blueFirst ? ', blue first' : ''}.`,
    typical(values),
    blueFirst ? { ...values, channels: 'bgr' } : values,
  )
}

function byStatistics(wiring: Wiring, { reader }: Entry): Guess | null {
  const seen = firstStatistics(wiring, reader)
  if (!seen) return null
  const preset = nearest(seen, PRESET_NAMES)
  return guess(preset, 'The statistics of its first BatchNormalization come from such values.', seen)
}

function nearest(seen: Typical, among: readonly PresetName[]): PresetName {
  const distance = (name: PresetName) => apart(typical(PRESETS[name].values), seen)
  return among.reduce((best, name) => (distance(name) < distance(best) ? name : best))
}

function byWriter({ graph }: Wiring): Guess {
  const { producer } = graph
  const names = graph.nodes.map(({ name, outputs }) => name || outputs[0] || '')
  if (/caffe/i.test(producer)) return guess('caffe', `It comes from Caffe (${producer}).`, null)
  if (/tf2onnx|keras|tensorflow/i.test(producer) || names.some(name => name.startsWith('StatefulPartitionedCall'))) {
    if (names.some(name => /(resnet(50|101|152)|vgg1[69])(?!_?v2)/i.test(name)))
      return guess('caffe', 'It comes from Keras, whose ResNet and VGG take Caffe’s values.', null)
    if (names.some(name => /densenet/i.test(name)))
      return guess('torchvision', 'It comes from Keras, whose DenseNet takes torchvision’s values.', null)
    return guess('symmetric', 'It comes from TensorFlow, most of whose networks take these values.', null)
  }
  if (/pytorch/i.test(producer)) return guess('torchvision', 'It comes from PyTorch.', null)
  if (/paddle/i.test(producer))
    return guess('torchvision', 'It comes from Paddle, whose networks take these values.', null)
  if (names.some(name => name.endsWith('_fwd')))
    return guess('torchvision', 'It comes from MXNet, whose networks take torchvision’s values.', null)
  return guess('torchvision', 'Nothing in the file tells; most published networks take these values.', null)
}
