import { readdirSync, readFileSync } from 'node:fs'
import sharp from 'sharp'
import type { Pixels, Preprocessing, ResizeRule } from '../../src/image/types'

/** What tests/golden/make.py writes: PyTorch's values for one network, picture and way of resizing. */
export interface GoldenArray {
  readonly shape: readonly number[]
  readonly sum: number
  readonly absSum: number
  readonly max: number
  readonly samples: readonly (readonly [index: number, value: number])[]
}

export interface GoldenRecord {
  readonly network: string
  readonly picture: string
  readonly resize: ResizeRule
  readonly input: GoldenArray
  readonly logits: readonly number[]
  readonly top: readonly number[]
  readonly taps: readonly (GoldenArray & { layer: string; noise: number })[]
  readonly maps: readonly (GoldenArray & {
    method: string
    layer: string
    class: number
    noise: number
    values?: readonly number[]
    weights?: readonly number[]
  })[]
  readonly inputGradients: readonly (GoldenArray & { kind: string; class: number; noise: number })[]
}

const root = new URL('../../', import.meta.url)

export const modelBytes = (id: string): Uint8Array => new Uint8Array(readFileSync(new URL(`models/${id}.onnx`, root)))

export function goldenRecords(network: string): GoldenRecord[] {
  const folder = new URL('tests/golden/values/', root)
  const files = readdirSync(folder).filter(name => name.startsWith(`${network}.`))
  return files.map(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as GoldenRecord)
}

/** Pixels of a reference picture as stored: no profile applied. */
export async function goldenPixels(picture: string): Promise<Pixels> {
  const path = new URL(`tests/golden/pictures/${picture}`, root).pathname
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels: 3, data }
}

const IMAGENET: Preprocessing = {
  size: [224, 224],
  shortSide: 256,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  range: 1,
  channels: 'rgb',
  layout: 'nchw',
}

/** As in make.py. */
export const PREPROCESSING: Readonly<Record<string, Preprocessing>> = {
  resnet18: IMAGENET,
  alexnet: IMAGENET,
  'inception-v3': { ...IMAGENET, size: [299, 299], shortSide: 342, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
}

/** Largest difference to the reference at the places it keeps, as a share of its largest absolute value. */
export function difference(values: ArrayLike<number>, golden: GoldenArray & { values?: readonly number[] }): number {
  const scale = Math.max(golden.max, 1e-12)
  const pairs = golden.values ? golden.values.map((value, i) => [i, value] as const) : golden.samples
  return pairs.reduce((worst, [i, value]) => Math.max(worst, Math.abs((values[i] ?? Number.NaN) - value) / scale), 0)
}
