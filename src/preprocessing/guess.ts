import type { ImageInput } from '../analysis/image-input'
import type { GraphIndex } from '../graph/graph-index'
import { isFloat } from '../graph/shapes'
import { type ElementType, nodeLabel } from '../graph/types'
import { isColour, usualChannels } from '../image/channels'
import type { Channels } from '../image/types'
import { apart } from './check'
import { type Entry, readEntry } from './entry'
import { PRESETS, type PresetName, presetsFor, presetValues, type Typical, typical, type Values } from './presets'
import { firstStatistics } from './statistics'

export interface Guess {
  readonly preset: PresetName
  readonly values: Values
  /** A sentence: what in the file speaks for it. */
  readonly because: string
  /** The inputs while the network was trained, as far as the file shows them. */
  readonly expected: Typical | null
}

/**
 * How the file wants its pictures: by what it does to them itself, else by the statistics of its first
 * BatchNormalization, else by who wrote it.
 */
export function guessPreprocessing(
  graphIndex: GraphIndex,
  { name, type, channels: count }: Pick<ImageInput, 'name' | 'type' | 'channels'>,
): Guess {
  const entry = readEntry(graphIndex, name, count)
  const found =
    byType(type) ??
    byArithmetic(entry, count) ??
    byStatistics(graphIndex, entry, count) ??
    (count === 3 ? byWriter(graphIndex) : PLAIN)
  const channels = usualChannels(count)
  const { preset, because, expected } = found
  // A file of integers takes bytes as they are; int8 has them less 128.
  const signed = type === 'int8' ? { mean: new Array<number>(count).fill(128) } : {}
  return { preset, because, expected, values: { ...presetValues(preset, channels, count), ...found.values, ...signed } }
}

interface Found extends Pick<Guess, 'preset' | 'because' | 'expected'> {
  /** Where they are not quite the preset's. */
  readonly values?: Partial<Values>
}

function guess(preset: PresetName, because: string, expected: Typical | null): Found {
  return { preset, because, expected }
}

const PLAIN = guess('unit', 'Nothing in the file tells; most networks over such pictures take these values.', null)

function byType(type: ElementType): Found | null {
  if (isFloat(type)) return null
  const less = type === 'int8' ? ', less 128' : ''
  return guess('bytes', `The input is ${type}: it takes the bytes of a picture${less}.`, null)
}

/** The inputs where (x − mean) / std stands in the file: x with about that mean and that deviation. */
function byArithmetic({ channels, by }: Entry, count: number): Found | null {
  if (by.length === 0) return null
  const onlyBatch = by.every(node => node.op === 'BatchNormalization')
  const undone = Array.from({ length: count }, (_, colour) => {
    const { scale, offset } = channels.find(({ channel }) => channel === colour) ?? { scale: 1, offset: 0 }
    return { mean: -offset / scale, std: 1 / Math.abs(scale) }
  })
  const average: Typical = {
    mean: undone.reduce((sum, { mean }) => sum + mean / count, 0),
    std: undone.reduce((sum, { std }) => sum + std / count, 0),
  }
  if (!Number.isFinite(average.mean) || !Number.isFinite(average.std)) return null
  // Constants say little of a network that takes normalised values; a BatchNormalization saw whatever came.
  const usual = usualChannels(count)
  const among = presetsFor(usual).filter(name => onlyBatch || ['torchvision', 'unit', 'bytes'].includes(name))
  const preset = nearest(average, among, usual, count)
  const nodes = by.map(nodeLabel).join(', ')
  // ImageNet's mean blue is 104, its mean red 124.
  const blueFirst = preset === 'bytes' && isColour(usual) && (undone[0]?.mean ?? 0) < (undone[2]?.mean ?? 0) - 10
  const because = `The file normalises its input by itself (${nodes}), from ${PRESETS[preset].label}${blueFirst ? ', blue first' : ''}.`
  const found = guess(preset, because, typical(presetValues(preset, usual, count)))
  return blueFirst ? { ...found, values: { channels: 'bgr' } } : found
}

function byStatistics(graphIndex: GraphIndex, { reader }: Entry, count: number): Found | null {
  const seen = firstStatistics(graphIndex, reader, count)
  if (!seen) return null
  const usual = usualChannels(count)
  const preset = nearest(seen, presetsFor(usual), usual, count)
  return guess(preset, 'The statistics of its first BatchNormalization come from such values.', seen)
}

function nearest(seen: Typical, among: readonly PresetName[], channels: Channels, count: number): PresetName {
  const distance = (name: PresetName) => apart(typical(presetValues(name, channels, count)), seen)
  return among.reduce((best, name) => (distance(name) < distance(best) ? name : best))
}

function byWriter({ graph }: GraphIndex): Found {
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
