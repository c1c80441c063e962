import { toInput } from '../image/transform'
import type { Decode } from './decode'
import type { Calls } from './protocol'

/** The part of a picture that a network sees, in the size in which it sees it, and the range of the values. */
export async function previewInput(
  { picture, preprocessing, resize }: Calls['preview']['params'],
  decode: Decode,
): Promise<Calls['preview']['result']> {
  const decoded = await decode(picture, 'stored')
  try {
    // Channels that nobody has told yet are shown as colours.
    const channels = preprocessing.channels || 'rgb'
    const { input } = await toInput(decoded, { ...preprocessing, channels }, resize)
    const grey = /^l+$/.test(channels) ? 'lll' : 'rgb'
    const plain = { range: 255, mean: [0, 0, 0], std: [1, 1, 1], channels: grey, layout: 'nhwc' } as const
    const { input: bytes } = await toInput(decoded, { ...preprocessing, ...plain }, resize)
    const [height, width] = preprocessing.size
    const data = new Uint8ClampedArray(4 * height * width)
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) data[4 * i + c] = bytes[3 * i + c] ?? 0
      data[4 * i + 3] = 255
    }
    let [low, high, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
    for (const value of input) {
      low = Math.min(low, value)
      high = Math.max(high, value)
      sum += value
    }
    return { pixels: { width, height, channels: 4, data }, low, high, mean: sum / input.length }
  } finally {
    decoded.close()
  }
}
