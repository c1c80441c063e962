import { HookscopeError } from '../errors'
import type { Tensor } from './types'

export interface GridOptions {
  /** Pictures a row; 8 unless given. */
  readonly nrow?: number
  /** Pixels around each picture; 2 unless given. */
  readonly padding?: number
  /** Shift the pictures' values to 0..1: (x − low) / max(high − low, 1e-5). Left as they are unless asked. */
  readonly normalize?: boolean
  /** The values that become 0 and 1, values beyond clamped; the least and the largest value unless given. */
  readonly valueRange?: readonly [low: number, high: number]
  /** Whether each picture is normalised by its own values rather than by those of all. */
  readonly scaleEach?: boolean
  /** Value between the pictures; 0 unless given. */
  readonly padValue?: number
}

/**
 * torchvision's `make_grid`: pictures side by side, from left to right and from above. A single one has no border, as there.
 *
 * To see the feature maps [1, C, H, W] of a layer, give them as pictures of one channel: `{ dims: [C, 1, H, W], data }`.
 *
 * @param pictures [B, 3, H, W]; [B, 1, H, W], grey; one picture [3, H, W], [1, H, W] or [H, W]
 * @returns [3, height, width]
 * @throws HookscopeError `bad-argument` for another shape
 */
export function makeGrid(pictures: Tensor, options: GridOptions = {}): Tensor {
  const { nrow = 8, padding = 2, padValue = 0 } = options
  const [count, channels, height, width] = batchOf(pictures)
  const values = options.normalize ? normalized(pictures.data, count, options) : pictures.data
  const border = count === 1 ? 0 : padding
  const columns = Math.min(Math.max(1, nrow), count)
  const rows = Math.ceil(count / columns)
  const [tileHeight, tileWidth] = [height + border, width + border]
  const [gridHeight, gridWidth] = [rows * tileHeight + border, columns * tileWidth + border]
  const data = new Float32Array(3 * gridHeight * gridWidth).fill(padValue)
  for (let picture = 0; picture < count; picture++)
    for (let c = 0; c < 3; c++) {
      const plane = (picture * channels + (channels === 1 ? 0 : c)) * height * width
      const top = c * gridHeight + Math.floor(picture / columns) * tileHeight + border
      const left = (picture % columns) * tileWidth + border
      for (let y = 0; y < height; y++) {
        const row = plane + y * width
        data.set(values.subarray(row, row + width), (top + y) * gridWidth + left)
      }
    }
  return { dims: [3, gridHeight, gridWidth], data }
}

/** [B, C, H, W] of pictures in any of their forms. @throws HookscopeError `bad-argument` */
function batchOf({ dims, data }: Tensor): [count: number, channels: number, height: number, width: number] {
  const [width = 0, height = 0, channels = 1, count = 1, more] = dims.toReversed()
  const fits = dims.length >= 2 && more === undefined && (channels === 1 || channels === 3) && count > 0
  if (fits && data.length === count * channels * height * width) return [count, channels, height, width]
  throw new HookscopeError(
    'bad-argument',
    `makeGrid() takes pictures [B, 3, H, W] or [B, 1, H, W]; this is [${dims.join(', ')}] with ${data.length} values.`,
  )
}

function normalized(data: Float32Array, count: number, { valueRange, scaleEach = false }: GridOptions): Float32Array {
  const size = data.length / (scaleEach ? count : 1)
  const out = new Float32Array(data.length)
  for (let from = 0; from < data.length; from += size) {
    const part = data.subarray(from, from + size)
    const [low, high] = valueRange ?? [least(part), largest(part)]
    const span = Math.max(high - low, 1e-5)
    for (let i = 0; i < part.length; i++) {
      const value = Math.min(Math.max(part[i] ?? 0, low), high)
      out[from + i] = Math.fround(value - low) / span
    }
  }
  return out
}

const least = (values: Float32Array): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
const largest = (values: Float32Array): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
