import { isColour } from '../image/channels'
import type { Channels, PerChannel, Preprocessing } from '../image/types'

/** How values come to the network: all of its preprocessing but the size. */
export type Values = Pick<Preprocessing, 'range' | 'mean' | 'std' | 'channels'>

/** The mean and the standard deviation of a network's input over everyday pictures. */
export interface Typical {
  readonly mean: number
  readonly std: number
}

interface Preset {
  readonly label: string
  readonly help: string
  readonly values: Values
}

const NONE: PerChannel = [0, 0, 0]
const ONE: PerChannel = [1, 1, 1]
const HALF: PerChannel = [0.5, 0.5, 0.5]

/** The ways in which published networks take their pictures. */
export const PRESETS = {
  torchvision: {
    label: 'torchvision',
    help: 'ImageNet’s mean and standard deviation: about −2.1 to 2.6.',
    values: { range: 1, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], channels: 'rgb' },
  },
  unit: { label: '0 to 1', help: 'Bytes divided by 255.', values: { range: 1, mean: NONE, std: ONE, channels: 'rgb' } },
  symmetric: {
    label: '−1 to 1',
    help: 'As TensorFlow’s Inception and MobileNet take them.',
    values: { range: 1, mean: HALF, std: HALF, channels: 'rgb' },
  },
  bytes: {
    label: '0 to 255',
    help: 'Bytes as they are, for files that normalise by themselves.',
    values: { range: 255, mean: NONE, std: ONE, channels: 'rgb' },
  },
  caffe: {
    label: '0 to 255, BGR less means',
    help: 'As Caffe’s networks take them: blue first, each colour less its mean.',
    values: { range: 255, mean: [123.68, 116.779, 103.939], std: ONE, channels: 'bgr' },
  },
} as const satisfies Record<string, Preset>

export type PresetName = keyof typeof PRESETS

export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[]

/** Presets that know no colours: one number for every channel. */
const PLAIN: readonly PresetName[] = ['unit', 'symmetric', 'bytes']

/** The presets that a network of these channels can take. */
export const presetsFor = (channels: Channels): readonly PresetName[] => (isColour(channels) ? PRESET_NAMES : PLAIN)

/** A preset's values for a network of so many channels; their order is the preset's own where they are colours. */
export function presetValues(name: PresetName, channels: Channels, count = channels.length): Values {
  const { values } = PRESETS[name]
  if (isColour(channels)) return values
  const all = (of: PerChannel) => new Array<number>(count).fill(of[0] ?? 0)
  return { range: values.range, mean: all(values.mean), std: all(values.std), channels }
}

/** The preset that these values are, if any. */
export function presetOf({ range, mean, std, channels }: Values): PresetName | undefined {
  const same = (a: PerChannel, b: PerChannel) => a.length === b.length && a.every((value, i) => value === b[i])
  return presetsFor(channels).find(name => {
    const preset = presetValues(name, channels, mean.length)
    return preset.range === range && preset.channels === channels && same(preset.mean, mean) && same(preset.std, std)
  })
}

/** The mean and standard deviation of a picture’s values from 0 to 1, over everyday pictures. */
const PICTURE: Typical = { mean: 0.45, std: 0.25 }

/** Mean and deviation of everyday pictures after these values, over the channels. */
export function typical({ range, mean, std }: Values): Typical {
  const average = (of: (mean: number, std: number) => number) =>
    mean.reduce((sum, value, i) => sum + of(value, std[i] ?? 1), 0) / mean.length
  return {
    mean: average((mean, std) => (PICTURE.mean * range - mean) / std),
    std: average((_, std) => (PICTURE.std * range) / std),
  }
}

/** torchvision's own: an input of 224 pixels is cut from a short side of 256, one of 299 from 342. */
export function shortSideFor([height, width]: Preprocessing['size']): number {
  return Math.round((Math.max(height, width) * 256) / 224)
}
