import { HookscopeError } from '../errors'
import { overWhite } from './alpha'
import type { Filter, Pixels, RowSource } from './types'

/** Fixed-point weights as in Pillow: 32 bits less 8 of the byte and 2 against overflow. */
const PRECISION_BITS = 32 - 8 - 2
const HALF = 1 << (PRECISION_BITS - 1)

/** How much of a picture is read at a time. */
const STRIP_BYTES = 8 << 20

/** A rectangle of whole pixels. */
export interface PixelWindow {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * A picture resized to `width` × `height` by one of PIL's filters, antialiased but for `nearest`, to the byte what
 * `Image.resize((width, height), filter)` gives (Pillow, Resample.c and Geometry.c), or a window of that result: only
 * what the window needs is read and computed. Horizontal pass first, bytes between the passes. Alpha is laid over
 * white beforehand.
 *
 * @param window in pixels of the result; has to lie within it
 * @returns RGB bytes of the window, [height, width, 3]
 * @throws HookscopeError `bad-picture` where the source has no pixels or gives fewer rows than it promised
 */
export async function resize(
  source: RowSource,
  width: number,
  height: number,
  window: PixelWindow = { x: 0, y: 0, width, height },
  filter: Filter = 'bilinear',
): Promise<Uint8ClampedArray> {
  if (source.width < 1 || source.height < 1) {
    throw new HookscopeError('bad-picture', 'The picture has no pixels; choose another file.')
  }
  const columns = tapsOf(filter, source.width, width, window.x, window.width)
  const rows = tapsOf(filter, source.height, height, window.y, window.height)
  const narrow = await horizontal(source, columns, rows)
  return vertical(narrow, window.width * 3, rows)
}

/** For each of the window's pixels along one axis, which source pixels it is made of and in what shares. */
interface Taps {
  readonly first: Int32Array
  readonly count: Int32Array
  /** `stride` places an output pixel, in units of 2^−PRECISION_BITS. */
  readonly weights: Int32Array
  readonly stride: number
  /** Source pixels used by any: from..to−1. */
  readonly from: number
  readonly to: number
}

interface Kernel {
  /** Half its width, in pixels of the larger scale. */
  readonly support: number
  readonly at: (x: number) => number
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI))

/** Pillow's kernels; bicubic is Keys' (1981) with a = −0.5. */
const KERNELS: Readonly<Record<Exclude<Filter, 'nearest'>, Kernel>> = {
  bilinear: { support: 1, at: x => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    at: signed => {
      const x = Math.abs(signed)
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
    },
  },
  lanczos: { support: 3, at: x => (-3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
  box: { support: 0.5, at: x => (-0.5 < x && x <= 0.5 ? 1 : 0) },
  hamming: { support: 1, at: x => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI))) },
}

function tapsOf(filter: Filter, inSize: number, outSize: number, offset: number, length: number): Taps {
  if (filter === 'nearest') return nearestTaps(inSize, outSize, offset, length)
  return taps(KERNELS[filter], inSize, outSize, offset, length)
}

/** The pixel at whose place the centre of each pixel of the result lies; added up step by step, as Pillow does. */
function nearestTaps(inSize: number, outSize: number, offset: number, length: number): Taps {
  const first = new Int32Array(length)
  const step = inSize / outSize
  for (let i = 0, place = step / 2; i < offset + length; i++, place += step)
    if (i >= offset) first[i - offset] = Math.min(inSize - 1, Math.floor(place))
  const whole = new Int32Array(length).fill(1 << PRECISION_BITS)
  const [from = 0, to = 0] = [first[0], first[length - 1]]
  return { first, count: new Int32Array(length).fill(1), weights: whole, stride: 1, from, to: to + 1 }
}

/**
 * A kernel stretched to max(1, scale), cut at the edges and normalised to 1. At scale 1 it is the identity,
 * so that a pass that Pillow leaves out is one tap a pixel here.
 */
function taps(kernel: Kernel, inSize: number, outSize: number, offset: number, length: number): Taps {
  const scale = inSize / outSize
  const stretch = Math.max(1, scale)
  const support = kernel.support * stretch
  const stride = Math.ceil(support) * 2 + 1
  const first = new Int32Array(length)
  const count = new Int32Array(length)
  const weights = new Int32Array(length * stride)
  const shares = new Float64Array(stride)
  let from = inSize
  let to = 0
  for (let i = 0; i < length; i++) {
    const center = (offset + i + 0.5) * scale
    const begin = Math.max(0, Math.trunc(center - support + 0.5))
    const end = Math.min(inSize, Math.trunc(center + support + 0.5))
    let sum = 0
    for (let x = begin; x < end; x++) {
      // Multiplied by the reciprocal, as Pillow does: a division would round otherwise.
      const share = kernel.at((x - center + 0.5) * (1 / stretch))
      shares[x - begin] = share
      sum += share
    }
    let used = 0
    for (let k = 0; k < end - begin; k++) {
      const weight = Math.trunc(roundedAway(((shares[k] as number) / sum) * (1 << PRECISION_BITS)))
      weights[i * stride + k] = weight
      if (weight !== 0) used = k + 1
    }
    first[i] = begin
    count[i] = used
    from = Math.min(from, begin)
    to = Math.max(to, begin + used)
  }
  return { first, count, weights, stride, from, to }
}

const roundedAway = (weight: number): number => (weight < 0 ? weight - 0.5 : weight + 0.5)

/** The source's rows that `rows` needs, each made as narrow as the window: RGB bytes. */
async function horizontal(source: RowSource, columns: Taps, rows: Taps): Promise<Uint8ClampedArray> {
  const width = columns.first.length
  const narrow = new Uint8ClampedArray((rows.to - rows.from) * width * 3)
  const rowBytes = source.width * source.channels
  const step = Math.max(1, Math.floor(STRIP_BYTES / rowBytes))
  const rgb = new Uint8Array((columns.to - columns.from) * 3)
  let place = 0
  for (let from = rows.from; from < rows.to; from += step) {
    const to = Math.min(rows.to, from + step)
    const strip = await source.rows(from, to)
    if (strip.length < (to - from) * rowBytes) {
      const rows = from + Math.floor(strip.length / rowBytes)
      throw new HookscopeError(
        'bad-picture',
        `The picture ends after row ${rows} of ${source.height}; the file is damaged, choose another.`,
      )
    }
    for (let y = 0; y < to - from; y++) {
      readRgb(strip, y * rowBytes + columns.from * source.channels, source.channels, rgb)
      narrowRow(rgb, columns, narrow, place)
      place += width * 3
    }
  }
  return narrow
}

/** Pixels from `place` on, as many as `rgb` holds, with alpha laid over white. */
function readRgb(strip: Pixels['data'], place: number, channels: 3 | 4, rgb: Uint8Array): void {
  if (channels === 3) {
    rgb.set(strip.subarray(place, place + rgb.length))
    return
  }
  for (let to = 0, p = place; to < rgb.length; to += 3, p += 4) {
    const alpha = strip[p + 3] as number
    for (let c = 0; c < 3; c++) {
      const value = strip[p + c] as number
      rgb[to + c] = alpha === 255 ? value : overWhite(value, alpha)
    }
  }
}

function narrowRow(rgb: Uint8Array, columns: Taps, narrow: Uint8ClampedArray, place: number): void {
  const { first, count, weights, stride, from } = columns
  for (let i = 0, to = place; i < first.length; i++, to += 3) {
    let p = ((first[i] as number) - from) * 3
    const end = i * stride + (count[i] as number)
    let red = HALF
    let green = HALF
    let blue = HALF
    for (let k = i * stride; k < end; k++, p += 3) {
      const weight = weights[k] as number
      red = (red + weight * (rgb[p] as number)) | 0
      green = (green + weight * (rgb[p + 1] as number)) | 0
      blue = (blue + weight * (rgb[p + 2] as number)) | 0
    }
    narrow[to] = red >> PRECISION_BITS
    narrow[to + 1] = green >> PRECISION_BITS
    narrow[to + 2] = blue >> PRECISION_BITS
  }
}

/** `narrow` holds the source's rows from `rows.from` on. */
function vertical(narrow: Uint8ClampedArray, rowBytes: number, rows: Taps): Uint8ClampedArray {
  const { first, count, weights, stride, from } = rows
  const out = new Uint8ClampedArray(first.length * rowBytes)
  const sums = new Int32Array(rowBytes)
  for (let i = 0; i < first.length; i++) {
    sums.fill(HALF)
    for (let k = 0; k < (count[i] as number); k++) {
      const weight = weights[i * stride + k] as number
      const row = ((first[i] as number) - from + k) * rowBytes
      for (let p = 0; p < rowBytes; p++) sums[p] = (sums[p] as number) + weight * (narrow[row + p] as number)
    }
    for (let p = 0; p < rowBytes; p++) out[i * rowBytes + p] = (sums[p] as number) >> PRECISION_BITS
  }
  return out
}
