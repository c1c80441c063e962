import { overWhite } from './alpha'
import { COLORMAPS, type ColormapName } from './colormap'
import { byItself, liesOnPicture, mapReader, type ScaledMap } from './heatmap'
import type { Pixels, Rect, RgbaPixels } from './types'

/** How a map is laid over a picture. Changing it re-runs nothing but the drawing. */
export interface OverlayView {
  readonly colormap: ColormapName
  /** Share of the colour, 0..1; without meaning for `papers`. */
  readonly opacity: number
  /** 0..1: where the map is below it, the picture shows through unchanged. */
  readonly threshold: number
  /** `over`: opacity·colour + (1−opacity)·picture. `papers`: 0.3·colour + 0.5·picture, as the papers' code draws it. */
  readonly blend: 'over' | 'papers'
  /** Interpolated between the map's cells, or the cells themselves. */
  readonly smooth: boolean
}

/** The part of the picture's light that is left where the network did not look. */
export const DIM = 0.4

/** Blends are computed in 16-bit fixed point: an integer multiply and shift a byte. */
const ONE = 1 << 16

/**
 * Lays a map over a strip of whole rows of a picture, in place. Where no cell of the map lies the picture is
 * dimmed; a map with nothing to draw (`low` = `high`) leaves it as it is. Strips give what the whole picture would.
 *
 * @param data RGBA rows of the picture; alpha is laid over white, so that they are opaque afterwards
 * @param width of the picture
 * @param from the strip's first row
 * @param map one that lies on the picture
 * @param seen where the network's input lies, in the picture's pixels; may reach beyond the picture
 */
export function overlayRows(
  data: Pixels['data'],
  width: number,
  from: number,
  map: ScaledMap,
  seen: Rect,
  view: OverlayView,
): void {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length)
  opaque(bytes)
  const height = Math.floor(bytes.length / (4 * width))
  const read = mapReader(map, seen, { rows: [from, from + height], columns: [0, width] }, view.smooth)
  const line = new Float32Array(width)
  const blend = map.high > map.low ? blender(view) : undefined
  for (let y = from; y < from + height; y++) {
    const row = bytes.subarray((y - from) * width * 4, (y - from + 1) * width * 4)
    read(y, line)
    dim(row, line)
    blend?.(row, line)
  }
}

/** The map alone in its colours over all that the network saw, `width` × `height`; transparent where no cell lies. */
export function heatmapPixels(
  map: ScaledMap,
  width: number,
  height: number,
  { colormap, smooth }: Pick<OverlayView, 'colormap' | 'smooth'>,
): RgbaPixels {
  const data = new Uint8ClampedArray(width * height * 4)
  const read = mapReader(map, { x: 0, y: 0, width, height }, { rows: [0, height], columns: [0, width] }, smooth)
  const line = new Float32Array(width)
  for (let y = 0; y < height; y++) {
    read(y, line)
    paintRow(line, COLORMAPS[colormap], data, y * width * 4)
  }
  return { width, height, channels: 4, data }
}

/**
 * The map alone, as large as what the network saw; one that cannot be laid over the picture in its own proportions.
 *
 * @param seen in the picture's pixels
 * @param most longest side in pixels
 */
export function bareHeatmap(
  map: ScaledMap,
  seen: Pick<Rect, 'width' | 'height'>,
  view: Pick<OverlayView, 'colormap' | 'smooth'>,
  most = Number.POSITIVE_INFINITY,
): RgbaPixels {
  const { width, height } = liesOnPicture(map) ? seen : map
  const longest = Math.min(most, Math.max(seen.width, seen.height))
  const pixels = (side: number) => Math.max(1, Math.round((side * longest) / Math.max(width, height)))
  return heatmapPixels(liesOnPicture(map) ? map : byItself(map), pixels(width), pixels(height), view)
}

/** The colours of values 0..1, as RGBA from byte `place` on; NaN is transparent. */
export function paintRow(line: Float32Array, colors: Uint8Array, data: Uint8ClampedArray, place: number): void {
  for (let i = 0, p = place; i < line.length; i++, p += 4) {
    const value = line[i] as number
    if (Number.isNaN(value)) continue
    const color = colorOf(value)
    data[p] = colors[color] as number
    data[p + 1] = colors[color + 1] as number
    data[p + 2] = colors[color + 2] as number
    data[p + 3] = 255
  }
}

/** Where the colour of a value 0..1 stands in a table. */
function colorOf(value: number): number {
  return ((value * 255 + 0.5) | 0) * 3
}

/** Blends a colour a value into RGBA pixels. */
function blender({ colormap, opacity, threshold, blend }: OverlayView) {
  const [share, keep] = blend === 'papers' ? [0.3, 0.5] : [opacity, 1 - opacity]
  const gain = Math.round(keep * ONE)
  const tint = Int32Array.from(COLORMAPS[colormap], byte => Math.round(share * byte * ONE) + ONE / 2)
  return (pixels: Uint8Array, line: Float32Array): void => {
    for (let i = 0, p = 0; i < line.length; i++, p += 4) {
      const value = line[i] as number
      if (!(value >= threshold)) continue
      const color = colorOf(value)
      pixels[p] = ((pixels[p] as number) * gain + (tint[color] as number)) >> 16
      pixels[p + 1] = ((pixels[p + 1] as number) * gain + (tint[color + 1] as number)) >> 16
      pixels[p + 2] = ((pixels[p + 2] as number) * gain + (tint[color + 2] as number)) >> 16
    }
  }
}

/** Darkens where the line says nothing. */
function dim(pixels: Uint8Array, line: Float32Array): void {
  const gain = DIM * ONE
  for (let i = 0, p = 0; i < line.length; i++, p += 4) {
    if (!Number.isNaN(line[i] as number)) continue
    pixels[p] = ((pixels[p] as number) * gain + ONE / 2) >> 16
    pixels[p + 1] = ((pixels[p + 1] as number) * gain + ONE / 2) >> 16
    pixels[p + 2] = ((pixels[p + 2] as number) * gain + ONE / 2) >> 16
  }
}

function opaque(pixels: Uint8Array): void {
  for (let p = 3; p < pixels.length; p += 4) {
    const alpha = pixels[p] as number
    if (alpha === 255) continue
    for (let c = p - 3; c < p; c++) pixels[c] = overWhite(pixels[c] as number, alpha)
    pixels[p] = 255
  }
}
