import type { RawMap, Rect } from './types'

/** A map as it is drawn. */
export interface ScaledMap {
  readonly height: number
  readonly width: number
  /** 0..1, row-major. */
  readonly values: Float32Array
  /** The raw values that 0 and 1 stand for. Equal where there is nothing to draw: `values` are then all 0. */
  readonly low: number
  readonly high: number
}

/** ReLU, then divided by the largest value, as CAM and Grad-CAM are drawn: 0 stays 0, `high` is the raw maximum. */
export function scaleMap({ height, width, values }: RawMap): ScaledMap {
  const high = values.reduce((most, value) => Math.max(most, value), 0)
  return { height, width, values: rescale(values, 0, high), low: 0, high }
}

/** From the smallest value to the largest, as a single feature map is drawn. */
export function scaleRange({ height, width, values }: RawMap): ScaledMap {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return { height, width, values: rescale(values, low, high), low, high }
}

function rescale(values: Float32Array, low: number, high: number): Float32Array {
  return high > low ? values.map(value => Math.max(0, value - low) / (high - low)) : new Float32Array(values.length)
}

/** For the pixels of a picture along one axis, where each falls on the cells of a map. */
export interface Axis {
  /** Pixels that the map covers: from..to−1. The tables hold one entry for each. */
  readonly from: number
  readonly to: number
  /** The cells on either side of the pixel's centre, and how far it is on the way to the second. */
  readonly first: Int32Array
  readonly second: Int32Array
  readonly share: Float32Array
}

/**
 * Pixels begin..end−1 over a map of `cells` cells that lies from `start` over `extent` pixels. Half-pixel centres, edges
 * clamped (OpenCV's INTER_LINEAR, torch's align_corners=False); `smooth` false gives the nearest cell. A map
 * thinner than a pixel covers one.
 */
export function axis(begin: number, end: number, start: number, extent: number, cells: number, smooth: boolean): Axis {
  const covered = Math.ceil(start - 0.5)
  const from = Math.min(end, Math.max(begin, covered))
  const to = Math.max(from, Math.min(end, Math.max(covered + 1, Math.ceil(start + extent - 0.5))))
  const first = new Int32Array(to - from)
  const second = new Int32Array(to - from)
  const share = new Float32Array(to - from)
  for (let i = 0; i < to - from; i++) {
    const place = ((from + i + 0.5 - start) / extent) * cells
    const at = Math.min(cells - 1, Math.max(0, smooth ? place - 0.5 : Math.floor(place)))
    const cell = Math.floor(at)
    first[i] = cell
    second[i] = Math.min(cells - 1, cell + 1)
    share[i] = at - cell
  }
  return { from, to, first, second, share }
}

/** Reads the map along row `y` (rows.from..rows.to−1) at each pixel of `columns` into `out`. */
export function rowReader(map: RawMap, columns: Axis, rows: Axis): (y: number, out: Float32Array) => void {
  const { width, values } = map
  const { first, second, share } = columns
  const line = new Float32Array(width)
  return (y, out) => {
    const upper = (rows.first[y - rows.from] as number) * width
    const lower = (rows.second[y - rows.from] as number) * width
    const down = rows.share[y - rows.from] as number
    for (let x = 0; x < width; x++) {
      const value = values[upper + x] as number
      line[x] = value + ((values[lower + x] as number) - value) * down
    }
    for (let i = 0; i < first.length; i++) {
      const value = line[first[i] as number] as number
      out[i] = value + ((line[second[i] as number] as number) - value) * (share[i] as number)
    }
  }
}

/** The map at another size, [height, width]: smooth or as its cells. */
export function sampleMap(map: RawMap, width: number, height: number, smooth: boolean): Float32Array {
  const columns = axis(0, width, 0, width, map.width, smooth)
  const rows = axis(0, height, 0, height, map.height, smooth)
  const read = rowReader(map, columns, rows)
  const out = new Float32Array(width * height)
  for (let y = 0; y < height; y++) read(y, out.subarray(y * width, (y + 1) * width))
  return out
}

/**
 * The value 0..1 that is drawn at a point of the picture, or null where the network did not see it. The raw value
 * is low + value · (high − low).
 */
export function valueAt(map: ScaledMap, seen: Rect, x: number, y: number, smooth: boolean): number | null {
  const column = Math.floor(x)
  const row = Math.floor(y)
  const columns = axis(column, column + 1, seen.x, seen.width, map.width, smooth)
  const rows = axis(row, row + 1, seen.y, seen.height, map.height, smooth)
  if (columns.from === columns.to || rows.from === rows.to) return null
  const out = new Float32Array(1)
  rowReader(map, columns, rows)(row, out)
  return out[0] as number
}

/** The strongest cell. */
export interface Peak {
  readonly row: number
  readonly column: number
  /** The cell's centre as shares 0..1 of the seen part's width and height. */
  readonly x: number
  readonly y: number
}

/** Where the map is strongest (the first such cell), or null where there is nothing to draw. */
export function peak({ width, height, values, low, high }: ScaledMap): Peak | null {
  if (!(high > low)) return null
  const at = values.indexOf(1)
  const row = Math.floor(at / width)
  const column = at % width
  return { row, column, x: (column + 0.5) / width, y: (row + 0.5) / height }
}

const PLACES = [
  ['upper left', 'top', 'upper right'],
  ['left', 'centre', 'right'],
  ['lower left', 'bottom', 'lower right'],
] as const

/** A place by thirds in words: "upper left", "centre", "bottom". `x` and `y` are shares 0..1. */
export function placeName(x: number, y: number): (typeof PLACES)[number][number] {
  const names = y < 1 / 3 ? PLACES[0] : y < 2 / 3 ? PLACES[1] : PLACES[2]
  return x < 1 / 3 ? names[0] : x < 2 / 3 ? names[1] : names[2]
}
