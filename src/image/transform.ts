import { resize } from './resize'
import type { Pixels, Preprocessing, Rect, ResizeRule, RowSource } from './types'

export interface NetworkInput {
  /** [1, 3, H, W] or, with layout `nhwc`, [1, H, W, 3], normalised. */
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
 * `squash` is Resize(size), each followed by ToTensor and Normalize in float32. Alpha is laid over white.
 *
 * @throws HookscopeError `bad-picture` where the picture has no pixels or fewer rows than it promised
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
  const bytes = await resize(source, resized.width, resized.height, window)
  const input = normalise(bytes, window.width, left - x, top - y, preprocessing)

  const across = (pixels: number) => (pixels * source.width) / resized.width
  const down = (pixels: number) => (pixels * source.height) / resized.height
  return { input, seen: { x: across(x), y: down(y), width: across(width), height: down(height) } }
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

/**
 * ToTensor and Normalize: (b/255 − mean) / std, or (b − mean) / std, each step rounded to float32, laid into black at
 * (left, top).
 */
function normalise(
  bytes: Uint8ClampedArray,
  bytesWidth: number,
  left: number,
  top: number,
  { size: [height, width], range, mean, std, channels, layout }: Preprocessing,
): Float32Array {
  const { fround } = Math
  const input = new Float32Array(3 * height * width)
  // How far apart a channel's neighbours lie, and the channels of one pixel.
  const [pixelStep, channelStep] = layout === 'nchw' ? [1, height * width] : [3, 1]
  for (let colour = 0; colour < 3; colour++) {
    const m = fround(mean[colour] as number)
    const s = fround(std[colour] as number)
    const level = Float32Array.from({ length: 256 }, (_, byte) => fround(fround((byte * range) / 255) - m) / s)
    const first = (channels === 'rgb' ? colour : 2 - colour) * channelStep
    const black = level[0] as number
    for (let i = 0; i < height * width; i++) input[first + i * pixelStep] = black
    for (let p = colour, i = 0; p < bytes.length; p += 3, i++) {
      const y = top + Math.floor(i / bytesWidth)
      const x = left + (i % bytesWidth)
      input[first + (y * width + x) * pixelStep] = level[bytes[p] as number] as number
    }
  }
  return input
}
