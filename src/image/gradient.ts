import { axis } from './heatmap'
import { overlayRows } from './overlay'
import type { Pixels, RawMap, Rect, RgbaPixels } from './types'

/** A gradient with respect to a network's input, [3, H, W] row-major, R, G and B. */
export interface InputGradient {
  readonly height: number
  readonly width: number
  readonly values: Float32Array
}

/** Below it a deviation counts as this: a gradient that is 0 everywhere is grey. */
const LEAST_DEVIATION = 1e-5

/** Deviation that the picture of a gradient has, of the range from black to white. */
const CONTRAST = 0.1

/**
 * A gradient as tutorials show it: shifted and scaled over all channels to mean 0 and standard deviation 0.1, 0.5 added,
 * clipped to 0..1. Grey is 0 (but for the mean), the colours are the channels'.
 */
export function gradientPixels({ height, width, values }: InputGradient): RgbaPixels {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  const gain = CONTRAST / Math.max(Math.sqrt(variance), LEAST_DEVIATION)
  const places = height * width
  return paint(height, width, (i, c) => 0.5 + gain * ((values[c * places + i] ?? 0) - mean))
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
  const most = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return paint(height, width, (i, c) => {
    const share = most > 0 ? (values[i] ?? 0) / most : 0
    const fading = share > 0 ? c !== 0 : c !== 2
    return fading ? 1 - Math.abs(share) : 1
  })
}

/**
 * Lays an opaque picture over the part of another that the network saw, in place; the rest is dimmed, as under a map.
 *
 * @param data RGBA of the whole picture; alpha is laid over white
 * @param width of the picture
 * @param top RGB or RGBA, of any size: resized bilinearly
 * @param opacity share of `top`, 0..1
 */
export function layOver(data: Pixels['data'], width: number, top: Pixels, seen: Rect, opacity: number): void {
  const nothing = { height: 1, width: 1, values: new Float32Array(1), low: 0, high: 0 }
  overlayRows(data, width, 0, nothing, seen, {
    colormap: 'grey',
    opacity: 0,
    threshold: 0,
    blend: 'over',
    smooth: true,
  })
  const columns = axis(0, width, seen.x, seen.width, top.width, true)
  const rows = axis(0, data.length / (4 * width), seen.y, seen.height, top.height, true)
  const at = (row: number, column: number, c: number) => top.data[(row * top.width + column) * top.channels + c] ?? 0
  for (let y = rows.from; y < rows.to; y++) {
    const [upper, lower, down] = cell(rows, y)
    for (let x = columns.from; x < columns.to; x++) {
      const [left, right, across] = cell(columns, x)
      const p = (y * width + x) * 4
      for (let c = 0; c < 3; c++) {
        const above = mix(at(upper, left, c), at(upper, right, c), across)
        const below = mix(at(lower, left, c), at(lower, right, c), across)
        data[p + c] = Math.round(mix(data[p + c] ?? 0, mix(above, below, down), opacity))
      }
    }
  }
}

const mix = (a: number, b: number, share: number): number => a + (b - a) * share

function cell({ from, first, second, share }: ReturnType<typeof axis>, pixel: number): [number, number, number] {
  const i = pixel - from
  return [first[i] ?? 0, second[i] ?? 0, share[i] ?? 0]
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
