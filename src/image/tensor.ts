import type { Pixels } from './types'

/**
 * A network's input as a picture: the first three channels as colours, or the first in grey, from the least value to the
 * most.
 *
 * @param values [C, H, W], or [H, W, C] with layout `nhwc`
 */
export function tensorPixels(
  values: Float32Array,
  { channels, height, width, layout }: { channels: number; height: number; width: number; layout: 'nchw' | 'nhwc' },
): Pixels {
  const [pixelStep, channelStep] = layout === 'nchw' ? [1, height * width] : [channels, 1]
  const at = (i: number, c: number) => values[i * pixelStep + (channels < 3 ? 0 : c) * channelStep] ?? 0
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < 3; c++) {
      low = Math.min(low, at(i, c))
      high = Math.max(high, at(i, c))
    }
  const data = new Uint8ClampedArray(4 * height * width)
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = high > low ? (255 * (at(i, c) - low)) / (high - low) : 128
    data[4 * i + 3] = 255
  }
  return { width, height, channels: 4, data }
}
