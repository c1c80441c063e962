import { describe, expect, it } from 'vitest'
import { drawGradient, gradientPixels, layOver, signedPixels, strongestChannel } from '../../src/image/gradient'

const pixel = (data: ArrayLike<number>, i: number): number[] =>
  Array.from({ length: 4 }, (_, c) => data[4 * i + c] ?? -1)

const RGB = { channels: 'rgb' } as const

describe('the picture of a gradient', () => {
  it('has the colours in their places, whatever order the network takes them in', () => {
    const [red, green, blue] = [1, -1, 0.5]
    const size = { height: 1, width: 1 }
    const rgb = gradientPixels({ ...size, channels: 'rgb', values: Float32Array.of(red, green, blue) })
    const bgr = gradientPixels({ ...size, channels: 'bgr', values: Float32Array.of(blue, green, red) })
    expect(bgr).toEqual(rgb)
    expect(rgb.data[0]).toBeGreaterThan(rgb.data[2] ?? 255)
  })

  it('has mean 0.5 and deviation 0.1, over all channels at once', () => {
    const values = Float32Array.of(1, -1, 3, -3, 0, 0, 2, -2, 1, 1, -1, -1)
    const { data, width, height } = gradientPixels({ ...RGB, height: 2, width: 2, values })
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / 12)
    expect([width, height]).toEqual([2, 2])
    for (let i = 0; i < 4; i++)
      expect(pixel(data, i)).toEqual([
        ...[0, 1, 2].map(c => Math.round(255 * (0.5 + (0.1 * (values[4 * c + i] ?? 0)) / deviation))),
        255,
      ])
  })

  it('clips what is farther than five deviations', () => {
    const values = new Float32Array(3 * 100)
    values[0] = 1
    values[101] = -1
    const { data } = gradientPixels({ ...RGB, height: 10, width: 10, values })
    expect(pixel(data, 0).slice(0, 1)).toEqual([255])
    expect(pixel(data, 1).slice(1, 2)).toEqual([0])
    expect(pixel(data, 50)).toEqual([128, 128, 128, 255])
  })

  it('of a constant is grey, and of a very small one nearly', () => {
    const flat = gradientPixels({ ...RGB, height: 1, width: 1, values: Float32Array.of(4, 4, 4) })
    expect(pixel(flat.data, 0)).toEqual([128, 128, 128, 255])
    const small = gradientPixels({ ...RGB, height: 1, width: 2, values: Float32Array.of(1e-6, -1e-6, 0, 0, 0, 0) })
    // 0.1 · 1e-6 / 1e-5 = 0.01 of the range
    expect(pixel(small.data, 0)).toEqual([130, 128, 128, 255])
  })
})

describe('the signed map of a gradient', () => {
  it('takes the strongest channel, with its sign', () => {
    const values = Float32Array.of(...[1, 0, -3], ...[-2, 0, 1], ...[0.5, 0, 2])
    expect(strongestChannel({ ...RGB, height: 1, width: 3, values })).toEqual({
      height: 1,
      width: 3,
      values: Float32Array.of(-2, 0, -3),
    })
  })

  it('is blue below 0, white at 0 and red above, up to the largest absolute value', () => {
    const { data } = signedPixels({ height: 1, width: 5, values: Float32Array.of(-4, -2, 0, 1, 3) })
    expect([0, 1, 2, 3, 4].map(i => pixel(data, i))).toEqual([
      [0, 0, 255, 255],
      [128, 128, 255, 255],
      [255, 255, 255, 255],
      [255, 191, 191, 255],
      [255, 64, 64, 255],
    ])
  })

  it('of zeros is white', () => {
    expect(pixel(signedPixels({ height: 1, width: 1, values: Float32Array.of(0) }).data, 0)).toEqual([
      255, 255, 255, 255,
    ])
  })
})

describe('a picture laid over the part that the network saw', () => {
  const picture = () => new Uint8ClampedArray(4 * 4 * 4).fill(100).map((byte, p) => (p % 4 === 3 ? 255 : byte))
  const top = { width: 2, height: 1, channels: 4, data: Uint8Array.of(0, 50, 200, 255, 80, 50, 0, 255) } as const

  it('is resized to it, and the rest is dimmed', () => {
    const data = picture()
    layOver(data, 4, 0, top, { x: 0, y: 1, width: 4, height: 2 }, 1)
    expect([0, 1, 2, 3].map(x => pixel(data, x))).toEqual(Array(4).fill([40, 40, 40, 255]))
    // two cells over four pixels: 0, ¼, ¾ and 1 of the way from the first to the second
    const row = [
      [0, 50, 200, 255],
      [20, 50, 150, 255],
      [60, 50, 50, 255],
      [80, 50, 0, 255],
    ]
    for (const y of [1, 2]) expect([0, 1, 2, 3].map(x => pixel(data, 4 * y + x))).toEqual(row)
    expect(pixel(data, 12)).toEqual([40, 40, 40, 255])
  })

  it('leaves what it does not cover of the picture’s own colour at less opacity', () => {
    const data = picture()
    layOver(data, 4, 0, top, { x: 1, y: 0, width: 2, height: 4 }, 0.25)
    expect(pixel(data, 1)).toEqual([75, 88, 125, 255])
    expect(pixel(data, 2)).toEqual([95, 88, 75, 255])
    expect(pixel(data, 0)).toEqual([40, 40, 40, 255])
  })

  it('comes out the same in strips', () => {
    const seen = { x: 0.5, y: 0.75, width: 3, height: 2.5 }
    const whole = picture()
    layOver(whole, 4, 0, top, seen, 0.6)
    const strips = picture()
    for (const [from, to] of [
      [0, 1],
      [1, 3],
      [3, 4],
    ] as const)
      layOver(strips.subarray(from * 16, to * 16), 4, from, top, seen, 0.6)
    expect(strips).toEqual(whole)
  })
})

describe('what the colours of a gradient stand for', () => {
  const gradient = { ...RGB, height: 1, width: 2, values: Float32Array.of(1, 0, -3, 1, 2, -1) }

  it('signed: up to the largest absolute value either way, 0 in the middle', () => {
    const { scaled, pixels } = drawGradient(gradient, 'signed')
    expect(scaled).toEqual({ height: 1, width: 2, low: -3, high: 3, values: Float32Array.of(0, 4 / 6) })
    expect(pixels).toEqual(signedPixels(strongestChannel(gradient)))
  })

  it('rgb: five deviations either way of the mean', () => {
    const { scaled, pixels } = drawGradient(gradient, 'rgb')
    const deviation = Math.sqrt([1, 0, -3, 1, 2, -1].reduce((sum, value) => sum + value * value, 0) / 6)
    expect(scaled.low).toBeCloseTo(-5 * deviation, 10)
    expect(scaled.high).toBeCloseTo(5 * deviation, 10)
    expect(scaled.low + (scaled.values[0] ?? 0) * (scaled.high - scaled.low)).toBeCloseTo(-3, 5)
    expect(pixels).toEqual(gradientPixels(gradient))
  })

  it('of zeros they stand for nothing', () => {
    const { low, high } = drawGradient({ ...RGB, height: 1, width: 1, values: new Float32Array(3) }, 'rgb').scaled
    expect([low, high]).toEqual([0, 0])
  })
})
