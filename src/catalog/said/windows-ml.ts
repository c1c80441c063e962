import type { Preprocessing } from '../../image/types'
import type { Statement, Subject } from './statement'

const FORMATS: Readonly<Record<string, string>> = {
  gray8: 'l',
  rgb8: 'rgb',
  bgr8: 'bgr',
  rgba8: 'rgba',
  bgra8: 'bgra',
}

/** A byte b of a picture as 16 + b·219/255, from 16 to 235. */
const STUDIO = { mean: (-16 * 255) / 219, std: 255 / 219 }

const RANGES: Readonly<Record<string, { range: Preprocessing['range']; mean: number; std: number }>> = {
  nominalrange_0_255: { range: 255, mean: 0, std: 1 },
  normalized_0_1: { range: 1, mean: 0, std: 1 },
  normalized_1_1: { range: 1, mean: 0.5, std: 0.5 },
  nominalrange_16_235: { range: 255, ...STUDIO },
}

/**
 * ONNX's metadata of images, which Windows ML reads: `Image.BitmapPixelFormat`, `Image.NominalPixelRange`,
 * `Image.ColorSpaceGamma`. Keys and values are case-insensitive. A format without a range is from 0 to 255, as Windows ML
 * takes it.
 */
export function windowsMl(metadata: ReadonlyMap<string, string>, { channels: count }: Subject): Statement | undefined {
  const keys = new Map([...metadata].map(([key, value]) => [key.toLowerCase(), value.trim()]))
  const format = keys.get('image.bitmappixelformat')
  const range = keys.get('image.nominalpixelrange')
  if (format === undefined && range === undefined) return undefined
  const unfollowed: string[] = []
  const known = Object.hasOwn(FORMATS, format?.toLowerCase() ?? '') ? FORMATS[format?.toLowerCase() ?? ''] : undefined
  const channels = known?.length === count ? known : undefined
  if (format !== undefined && !channels)
    unfollowed.push(`Image.BitmapPixelFormat is ${format}, which does not fit ${count} channels: it is not followed.`)
  const asked = (range ?? 'NominalRange_0_255').toLowerCase()
  const values = Object.hasOwn(RANGES, asked) ? RANGES[asked] : undefined
  if (!values) unfollowed.push(`Image.NominalPixelRange is ${range}, which is not known: it is not followed.`)
  const gamma = keys.get('image.colorspacegamma')
  if (gamma !== undefined && gamma.toLowerCase() !== 'srgb')
    unfollowed.push(`Image.ColorSpaceGamma is ${gamma}: it is not followed, pictures come in as sRGB.`)
  const all = (value: number) => new Array<number>(count).fill(value)
  return {
    source: 'Image metadata',
    preprocessing: {
      ...(channels && { channels }),
      ...(values && { range: values.range, mean: all(values.mean), std: all(values.std) }),
    },
    unfollowed,
  }
}
