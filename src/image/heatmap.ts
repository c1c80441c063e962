import type { RawMap, Rect } from './types'

/** A map as it is drawn: values 0..1. */
export interface ScaledMap extends RawMap {
  /** The raw values that 0 and 1 stand for. Equal where there is nothing to draw: `values` are then all 0. */
  readonly low: number
  readonly high: number
}

/** ReLU, then divided by the largest value, as CAM and Grad-CAM are drawn: 0 stays 0, `high` is the raw maximum. */
export function scaleMap(map: RawMap): ScaledMap {
  const high = map.values.reduce((most, value) => Math.max(most, value), 0)
  return { ...map, values: rescale(map.values, 0, high), low: 0, high }
}

/** From the smallest value to the largest, as a single feature map is drawn. */
export function scaleRange(map: RawMap): ScaledMap {
  const { values } = map
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return { ...map, values: rescale(values, low, high), low, high }
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
 * Pixels begin..end−1 over a map of `cells` cells, of which those between the edges `first` and `last` lie from `start`
 * over `extent` pixels. Half-pixel centres, edges clamped (OpenCV's INTER_LINEAR, torch's align_corners=False);
 * `smooth` false gives the nearest cell. A map thinner than a pixel covers one.
 */
export function axis(
  begin: number,
  end: number,
  start: number,
  extent: number,
  cells: number,
  smooth: boolean,
  [first, last]: readonly [number, number] = [0, cells],
): Axis {
  const covered = Math.ceil(start - 0.5)
  const from = Math.min(end, Math.max(begin, covered))
  const to = Math.max(from, Math.min(end, Math.max(covered + 1, Math.ceil(start + extent - 0.5))))
  const [before, after, share] = [new Int32Array(to - from), new Int32Array(to - from), new Float32Array(to - from)]
  const lowest = Math.min(cells - 1, Math.max(0, Math.floor(Math.min(first, last) + ROUNDING)))
  const highest = Math.min(cells - 1, Math.max(lowest, Math.ceil(Math.max(first, last) - ROUNDING) - 1))
  for (let i = 0; i < to - from; i++) {
    const place = first + ((from + i + 0.5 - start) / extent) * (last - first)
    const at = Math.min(highest, Math.max(lowest, smooth ? place - 0.5 : Math.floor(place)))
    const cell = Math.floor(at)
    before[i] = cell
    after[i] = Math.min(highest, cell + 1)
    share[i] = at - cell
  }
  return { from, to, first: before, second: after, share }
}

/** Edges between cells are told to a millionth. */
const ROUNDING = 1e-5

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

/** Pixels of a picture: rows and columns from..to−1. */
export interface Window {
  readonly rows: readonly [from: number, to: number]
  readonly columns: readonly [from: number, to: number]
}

/**
 * Reads a map along rows of a picture, into an entry a column of the window: NaN where no cell of it lies.
 *
 * @param seen where the network's input lies, in the picture's pixels; may reach beyond the picture
 */
export function mapReader(
  map: RawMap,
  seen: Rect,
  window: Window,
  smooth: boolean,
): (y: number, out: Float32Array) => void {
  const [begin, end] = window.columns
  const parts = partsOf(map, seen).map(({ cells, rect, rows, columns }) => {
    const across = axis(begin, end, rect.x, rect.width, cells.width, smooth, columns)
    const down = axis(...window.rows, rect.y, rect.height, cells.height, smooth, rows)
    return { across, down, read: rowReader(cells, across, down) }
  })
  const line = new Float32Array(end - begin)
  return (y, out) => {
    out.fill(Number.NaN)
    for (const { across, down, read } of parts) {
      if (y < down.from || y >= down.to) continue
      const here = out.subarray(across.from - begin, across.to - begin)
      if (parts.length === 1) {
        read(y, here)
        continue
      }
      read(y, line)
      for (let i = 0; i < here.length; i++)
        if (!((here[i] as number) >= (line[i] as number))) here[i] = line[i] as number
    }
  }
}

/** The pieces of a map on a picture, each with the cells that it reads, rows running down. */
function partsOf(map: RawMap, seen: Rect) {
  const { width, height, places } = map
  if (!places) return [{ cells: map, rect: seen, rows: [0, height] as const, columns: [0, width] as const }]
  const [across, down] = [seen.width / places.size[1], seen.height / places.size[0]]
  const onSide = places.pieces.some(piece => piece.turned) ? transposed(map) : map
  return places.pieces.map(({ turned, rows, columns, ...rect }) => ({
    cells: turned ? onSide : map,
    rect: {
      x: seen.x + rect.x * across,
      y: seen.y + rect.y * down,
      width: rect.width * across,
      height: rect.height * down,
    },
    rows: turned ? columns : rows,
    columns: turned ? rows : columns,
  }))
}

function transposed({ width, height, values }: RawMap): RawMap {
  const place = (i: number) => (i % height) * width + Math.floor(i / height)
  return { width: height, height: width, values: values.map((_, i) => values[place(i)] as number) }
}

/** The map over all that the network saw, [height, width], smooth or as its cells: NaN where no cell lies. */
export function sampleMap(map: RawMap, width: number, height: number, smooth: boolean): Float32Array {
  const window: Window = { rows: [0, height], columns: [0, width] }
  const read = mapReader(map, { x: 0, y: 0, width, height }, window, smooth)
  const out = new Float32Array(width * height)
  for (let y = 0; y < height; y++) read(y, out.subarray(y * width, (y + 1) * width))
  return out
}

/**
 * The value 0..1 that is drawn at a point of the picture, or null where the map says nothing. The raw value
 * is low + value · (high − low).
 */
export function valueAt(map: ScaledMap, seen: Rect, x: number, y: number, smooth: boolean): number | null {
  const [column, row] = [Math.floor(x), Math.floor(y)]
  const out = new Float32Array(1)
  mapReader(map, seen, { rows: [row, row + 1], columns: [column, column + 1] }, smooth)(row, out)
  const [value = Number.NaN] = out
  return Number.isNaN(value) ? null : value
}

/** Whether the cells of a map can be laid over the picture; where not, it is drawn by itself. */
export const liesOnPicture = ({ places }: Pick<RawMap, 'places'>): boolean => places?.mixed === undefined

/** The map on a grid of its own. */
export function byItself({ places: _, ...map }: ScaledMap): ScaledMap {
  return map
}

/** The strongest cell. */
export interface Peak {
  readonly row: number
  readonly column: number
  /** The cell's centre as shares 0..1 of the seen part's width and height; null where it lies on no place of the picture. */
  readonly x: number | null
  readonly y: number | null
}

/** Where the map is strongest (the first such cell that lies on the picture), or null where there is nothing to draw. */
export function peak(map: ScaledMap): Peak | null {
  const { width, values, low, high } = map
  if (!(high > low)) return null
  let found: Peak | null = null
  for (let at = values.indexOf(1); at >= 0; at = values.indexOf(1, at + 1)) {
    const [row, column] = [Math.floor(at / width), at % width]
    const point = pointOf(map, row + 0.5, column + 0.5)
    if (point) return { row, column, ...point }
    found ??= { row, column, x: null, y: null }
  }
  return found
}

/** A point of a map, in cells, as shares of what the network saw. */
function pointOf({ width, height, places }: RawMap, row: number, column: number) {
  if (!places) return { x: column / width, y: row / height }
  const shareOf = (at: number, [first, last]: readonly [number, number]) => (at - first) / (last - first)
  for (const { x, y, width, height, rows, columns, turned } of places.pieces) {
    const [alongRows, alongColumns] = [shareOf(row, rows), shareOf(column, columns)]
    if (alongRows < 0 || alongRows > 1 || alongColumns < 0 || alongColumns > 1) continue
    const [across, down] = turned ? [alongRows, alongColumns] : [alongColumns, alongRows]
    return { x: (x + across * width) / places.size[1], y: (y + down * height) / places.size[0] }
  }
  return undefined
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
