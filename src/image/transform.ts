import { HookscopeError } from '../errors'
import { overWhite } from './alpha'
import { placesOf } from './channels'
import { type PixelWindow, resize } from './resize'
import type { Pixels, Preprocessing, Rect, ResizeRule, RowSource } from './types'

export interface NetworkInput {
  /** [C, H, W] or, with layout `nhwc`, [H, W, C], normalised. */
  readonly input: Float32Array
  /** The part of the picture that lies in the input, in the picture's pixels. */
  readonly seen: Rect
}

/** A picture that lies in memory already. */
export function fromPixels({ width, height, channels, data }: Pixels): RowSource {
  const row = width * channels
  return { width, height, channels, rows: (from, to) => data.subarray(from * row, to * row) }
}

/**
 * A picture made a network's input as torchvision makes it of a PIL image: `crop` is Resize(shortSide), CenterCrop(size),
 * `squash` is Resize(size), each followed by ToTensor and Normalize in float32. Alpha is laid over white. A grey input is
 * PIL's `convert('L')` before the resize.
 *
 * @throws HookscopeError `bad-picture` where the picture has no pixels or fewer rows than it promised; `bad-argument` where
 * nobody has told what the network's channels are
 */
export async function toInput(
  source: RowSource,
  preprocessing: Preprocessing,
  rule: ResizeRule,
): Promise<NetworkInput> {
  const [height, width] = preprocessing.size
  const resized = rule === 'crop' ? shortSideTo(preprocessing.shortSide, source) : { width, height }
  const x = cropStart(resized.width, width)
  const y = cropStart(resized.height, height)
  // What lies outside the resized picture is black, as torchvision pads.
  const left = Math.max(0, x)
  const top = Math.max(0, y)
  const window = {
    x: left,
    y: top,
    width: Math.min(resized.width, x + width) - left,
    height: Math.min(resized.height, y + height) - top,
  }
  const { filter, channels } = preprocessing
  if (channels === '') throw untold()
  const planes = await planesOf(channels, source, of => resize(of, resized.width, resized.height, window, filter))
  const input = normalise(planes, { ...window, x: left - x, y: top - y }, preprocessing)

  const across = (pixels: number) => (pixels * source.width) / resized.width
  const down = (pixels: number) => (pixels * source.height) / resized.height
  return { input, seen: { x: across(x), y: down(y), width: across(width), height: down(height) } }
}

/**
 * A picture of one grey as a network is given it, [C, H, W]. A channel of alpha is that of an opaque picture, a channel of
 * nothing stays at 0.
 *
 * @param level 0 black to 1 white
 * @param size places of a channel
 */
export function evenInput(
  level: number,
  size: number,
  { channels, range, mean, std }: Pick<Preprocessing, 'channels' | 'range' | 'mean' | 'std'>,
): Float32Array {
  const input = new Float32Array(channels.length * size)
  placesOf(channels).forEach((place, channel) => {
    const share = channels[channel] === 'a' ? 1 : channels[channel] === '0' ? 0 : level
    const value = (share * range - (mean[place] ?? 0)) / (std[place] ?? 1)
    input.fill(value, channel * size, (channel + 1) * size)
  })
  return input
}

function untold(): HookscopeError {
  return new HookscopeError(
    'bad-argument',
    'Nothing tells what the network’s channels are. Say it with a letter for each: r, g, b, l (luminance), a (alpha) or 0 (nothing).',
  )
}

/** torchvision's Resize(int): the long side is truncated. */
function shortSideTo(shortSide: number, { width, height }: RowSource): { width: number; height: number } {
  const long = Math.trunc((shortSide * Math.max(width, height)) / Math.min(width, height))
  return width <= height ? { width: shortSide, height: long } : { width: long, height: shortSide }
}

/** torchvision's CenterCrop along one axis: the corner rounded half to even, negative where it pads. */
function cropStart(length: number, crop: number): number {
  const spare = length - crop
  if (spare < 0) return -Math.floor(-spare / 2)
  const half = Math.floor(spare / 2)
  return spare % 2 === 0 ? half : half + (half % 2)
}

/** ITU-R 601-2 in 16 bits, as PIL rounds it: (19595·R + 38470·G + 7471·B + 2¹⁵) / 2¹⁶. */
export const luminance = (red: number, green: number, blue: number): number =>
  (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16

/** One channel of the input: every third byte from `first` on. */
interface Plane {
  readonly bytes: ArrayLike<number>
  readonly first: number
}

/** The bytes of every channel. Luminance and alpha are taken before the resize, each thing resized once. */
async function planesOf(
  channels: string,
  source: RowSource,
  resized: (source: RowSource) => Promise<Uint8ClampedArray>,
): Promise<readonly Plane[]> {
  const needs = (letters: string) => [...channels].some(letter => letters.includes(letter))
  const colours = needs('rgb') ? await resized(source) : NOTHING
  const grey = needs('l') ? await resized(alike(source, luminanceAt)) : NOTHING
  const alpha = needs('a') ? await resized(alphaOf(source)) : NOTHING
  return [...channels].map(letter => {
    if (letter === 'l') return { bytes: grey, first: 0 }
    if (letter === 'a') return { bytes: alpha, first: 0 }
    return letter === '0' ? { bytes: NOTHING, first: 0 } : { bytes: colours, first: 'rgb'.indexOf(letter) }
  })
}

const NOTHING = new Uint8ClampedArray(0)

type Read = (row: ArrayLike<number>, at: number, channels: 3 | 4) => number

const luminanceAt: Read = (row, at, channels) => {
  const alpha = channels === 4 ? (row[at + 3] ?? 255) : 255
  const over = (c: number) => overWhite(row[at + c] ?? 0, alpha)
  return luminance(over(0), over(1), over(2))
}
const alphaAt: Read = (row, at, channels) => (channels === 4 ? (row[at + 3] ?? 255) : 255)

function alphaOf(source: RowSource): RowSource {
  if (!source.alpha) return alike(source, alphaAt)
  const rows = (from: number, to: number) => {
    const bytes = source.alpha?.(from, to) ?? NOTHING
    return Uint8Array.from({ length: 3 * bytes.length }, (_, i) => bytes[Math.floor(i / 3)] ?? 255)
  }
  return { width: source.width, height: source.height, channels: 3, rows }
}

/** A picture whose three colours are all one thing that is read of each pixel. */
function alike(source: RowSource, read: Read): RowSource {
  return {
    ...source,
    channels: 3,
    rows: async (from, to) => {
      const rows = await source.rows(from, to)
      const made = new Uint8Array((rows.length / source.channels) * 3)
      for (let at = 0, p = 0; p < made.length; at += source.channels, p += 3)
        made.fill(read(rows, at, source.channels), p, p + 3)
      return made
    },
  }
}

/**
 * ToTensor and Normalize: (b/255 − mean) / std, or (b − mean) / std, each step rounded to float32, laid into black at
 * the window's corner.
 */
function normalise(
  planes: readonly Plane[],
  window: PixelWindow,
  { size: [height, width], range, mean, std, channels, layout }: Preprocessing,
): Float32Array {
  const { fround } = Math
  const count = channels.length
  const places = placesOf(channels)
  const input = new Float32Array(count * height * width)
  // How far apart a channel's neighbours lie, and the channels of one pixel.
  const [pixelStep, channelStep] = layout === 'nchw' ? [1, height * width] : [count, 1]
  planes.forEach(({ bytes, first }, channel) => {
    const place = places[channel] ?? 0
    const m = fround(mean[place] ?? 0)
    const s = fround(std[place] ?? 1)
    const level = Float32Array.from({ length: 256 }, (_, byte) => fround(fround((byte * range) / 255) - m) / s)
    const start = channel * channelStep
    const black = level[0] as number
    for (let i = 0; i < height * width; i++) input[start + i * pixelStep] = black
    for (let p = first, i = 0; p < bytes.length; p += 3, i++) {
      const y = window.y + Math.floor(i / window.width)
      const x = window.x + (i % window.width)
      input[start + (y * width + x) * pixelStep] = level[bytes[p] as number] as number
    }
  })
  return input
}
