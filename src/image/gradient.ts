import { axis, rowReader, type ScaledMap } from './heatmap'
import { overlayRows } from './overlay'
import type { Channels, Pixels, RawMap, Rect, RgbaPixels } from './types'

/** A gradient with respect to a network's input, [C, H, W] row-major. */
export interface InputGradient {
  readonly height: number
  readonly width: number
  /** The meaning of each channel, in the network's own order. */
  readonly channels: Channels
  readonly values: Float32Array
}

/** `rgb`: as tutorials show it, `gradientPixels`; `signed`: its strongest channel, `signedPixels`. */
export type GradientDrawing = 'rgb' | 'signed'

export interface DrawnGradient {
  readonly pixels: RgbaPixels
  /**
   * The strongest channel at every place, 0..1 between the values that the ends of the colours stand for; beyond them
   * where the picture is clipped.
   */
  readonly scaled: ScaledMap
}

/** A gradient in its colours, with what they stand for. */
export function drawGradient(gradient: InputGradient, drawing: GradientDrawing): DrawnGradient {
  const map = strongestChannel(gradient)
  const empty = gradient.values.every(value => value === 0)
  const reach = largest(gradient.values)
  const { mean, gain } = contrast(planesOf(gradient))
  const [low, high] = empty ? [0, 0] : drawing === 'rgb' ? [mean - 0.5 / gain, mean + 0.5 / gain] : [-reach, reach]
  const values = map.values.map(value => (empty ? 0 : (value - low) / (high - low)))
  const pixels = drawing === 'rgb' ? gradientPixels(gradient) : signedPixels(map)
  return { pixels, scaled: { ...map, values, low, high } }
}

/** Below it a deviation counts as this: a gradient that is 0 everywhere is grey. */
const LEAST_DEVIATION = 1e-5

/** Deviation that the picture of a gradient has, of the range from black to white. */
const CONTRAST = 0.1

/**
 * A gradient as tutorials show it: shifted and scaled over all channels to mean 0 and standard deviation 0.1, 0.5 added,
 * clipped to 0..1. Grey is 0 (but for the mean), the colours are the channels'; of channels that are no colours the
 * strongest is drawn in grey.
 */
export function gradientPixels(gradient: InputGradient): RgbaPixels {
  const { height, width } = gradient
  const planes = planesOf(gradient)
  const { mean, gain } = contrast(planes)
  const places = height * width
  return paint(height, width, (i, c) => 0.5 + gain * ((planes[(c * places + i) % planes.length] ?? 0) - mean))
}

/** The planes of a gradient that are drawn: red, green and blue, or one. */
function planesOf(gradient: InputGradient): Float32Array {
  const { channels, height, width, values } = gradient
  if (channels === 'rgb') return values
  const places = height * width
  const colours = [...'rgb'].map(colour => channels.indexOf(colour))
  if (colours.includes(-1)) return strongestChannel(gradient).values
  const planes = new Float32Array(3 * places)
  colours.forEach((from, c) => {
    planes.set(values.subarray(from * places, (from + 1) * places), c * places)
  })
  return planes
}

function contrast(values: Float32Array): { readonly mean: number; readonly gain: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, gain: CONTRAST / Math.max(Math.sqrt(variance), LEAST_DEVIATION) }
}

/** At every place the value of the channel whose absolute value is largest, with its sign. */
export function strongestChannel({ height, width, values }: InputGradient): RawMap {
  const places = height * width
  const strongest = values.slice(0, places)
  for (let i = places; i < values.length; i++) {
    const value = values[i] ?? 0
    if (Math.abs(value) > Math.abs(strongest[i % places] ?? 0)) strongest[i % places] = value
  }
  return { height, width, values: strongest }
}

/** A map with signs, scaled by its largest absolute value: blue is −1, white 0, red 1. */
export function signedPixels({ height, width, values }: RawMap): RgbaPixels {
  const most = largest(values)
  return paint(height, width, (i, c) => {
    const share = most > 0 ? (values[i] ?? 0) / most : 0
    const fading = share > 0 ? c !== 0 : c !== 2
    return fading ? 1 - Math.abs(share) : 1
  })
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

/**
 * Lays an opaque picture over the part of another that the network saw, in a strip of whole rows, in place; the rest is
 * dimmed, as under a map. Strips give what the whole picture would.
 *
 * @param data RGBA rows of the picture; alpha is laid over white
 * @param width of the picture
 * @param from the strip's first row
 * @param top RGB or RGBA, of any size: resized bilinearly
 * @param opacity share of `top`, 0..1
 */
export function layOver(
  data: Pixels['data'],
  width: number,
  from: number,
  top: Pixels,
  seen: Rect,
  opacity: number,
): void {
  overlayRows(data, width, from, NOTHING, seen, UNSEEN)
  const columns = axis(0, width, seen.x, seen.width, top.width, true)
  const rows = axis(from, from + data.length / (4 * width), seen.y, seen.height, top.height, true)
  const line = new Float32Array(columns.to - columns.from)
  for (const c of [0, 1, 2]) {
    const read = rowReader(plane(top, c), columns, rows)
    for (let y = rows.from; y < rows.to; y++) {
      read(y, line)
      for (let i = 0, p = ((y - from) * width + columns.from) * 4 + c; i < line.length; i++, p += 4) {
        const below = data[p] as number
        data[p] = Math.round(below + ((line[i] as number) - below) * opacity)
      }
    }
  }
}

/** A map with nothing to draw leaves what the network saw as it is, and dims the rest. */
const NOTHING: ScaledMap = { height: 1, width: 1, values: new Float32Array(1), low: 0, high: 0 }
const UNSEEN = { colormap: 'grey', opacity: 0, threshold: 0, blend: 'over', smooth: true } as const

/** One channel of a picture. */
function plane({ height, width, channels, data }: Pixels, channel: number): RawMap {
  const values = Float32Array.from({ length: height * width }, (_, i) => data[i * channels + channel] ?? 0)
  return { height, width, values }
}

/** @param level of channel `c` at place `i`, clipped to 0..1 */
function paint(height: number, width: number, level: (i: number, c: number) => number): RgbaPixels {
  const data = new Uint8ClampedArray(height * width * 4)
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = 255 * level(i, c)
    data[4 * i + 3] = 255
  }
  return { height, width, channels: 4, data }
}
