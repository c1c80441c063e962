import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COLORMAPS } from '../../src/image/colormap'
import { type ScaledMap, sampleMap, scaleMap } from '../../src/image/heatmap'
import { DIM, heatmapPixels, type OverlayView, overlayRows } from '../../src/image/overlay'

const VIEW: OverlayView = { colormap: 'jet', opacity: 0.5, threshold: 0, blend: 'over', smooth: false }
const map: ScaledMap = { height: 2, width: 2, values: Float32Array.of(0, 0.2, 0.6, 1), low: 0, high: 3 }

/** An opaque picture of one colour. */
const plain = (width: number, height: number, rgb: number[], alpha = 255) =>
  Uint8ClampedArray.from(Array.from({ length: width * height }, () => [...rgb, alpha]).flat())
const pixel = (data: Uint8ClampedArray, i: number) => [...data.subarray(4 * i, 4 * i + 4)]
const jet = (value: number) => [...COLORMAPS.jet.subarray(3 * Math.round(value * 255)).subarray(0, 3)]
/** To the nearest byte; a tie may go either way, for blends are computed in fixed point. */
function expectNearest(actual: number[], rgb: number[]): void {
  for (const [c, value] of rgb.entries()) expect(Math.abs((actual[c] ?? Number.NaN) - value)).toBeLessThan(0.505)
  expect(actual[3]).toBe(255)
}
const rounded = (rgb: number[]) => [...rgb.map(Math.round), 255]

describe('overlayRows', () => {
  const whole = { x: 0, y: 0, width: 2, height: 2 }
  const picture = [100, 200, 31]

  it('blends opacity·colour + (1 − opacity)·picture', () => {
    for (const opacity of [0, 0.3, 0.5, 1]) {
      const data = plain(2, 2, picture)
      overlayRows(data, 2, 0, map, whole, { ...VIEW, opacity })
      for (const [i, value] of [0, 0.2, 0.6, 1].entries()) {
        const expected = jet(value).map((c, at) => opacity * c + (1 - opacity) * (picture[at] ?? 0))
        expectNearest(pixel(data, i), expected)
      }
    }
  })

  it("blends 0.3·jet + 0.5·picture as the papers' code does, whatever the opacity", () => {
    const data = plain(2, 2, picture)
    overlayRows(data, 2, 0, map, whole, { ...VIEW, blend: 'papers', opacity: 0.9 })
    for (const [i, value] of [0, 0.2, 0.6, 1].entries()) {
      const expected = jet(value).map((c, at) => 0.3 * c + 0.5 * (picture[at] ?? 0))
      expectNearest(pixel(data, i), expected)
    }
  })

  it('leaves the picture unchanged below the threshold', () => {
    const data = plain(2, 2, picture)
    overlayRows(data, 2, 0, map, whole, { ...VIEW, threshold: 0.6, opacity: 1 })
    // float32(0.6) is above 0.6: a cell at the threshold is drawn.
    expect([0, 1].map(i => pixel(data, i))).toEqual([rounded(picture), rounded(picture)])
    expect([2, 3].map(i => pixel(data, i))).toEqual([rounded(jet(0.6)), rounded(jet(1))])
  })

  it('dims what the network did not see, on every side', () => {
    const data = plain(6, 4, picture)
    overlayRows(data, 6, 0, map, { x: 2, y: 1, width: 2, height: 2 }, { ...VIEW, opacity: 1 })
    const seen = new Map([
      [8, 0],
      [9, 0.2],
      [14, 0.6],
      [15, 1],
    ])
    for (let i = 0; i < 24; i++) {
      const value = seen.get(i)
      expect(pixel(data, i)).toEqual(rounded(value === undefined ? picture.map(c => c * DIM) : jet(value)))
    }
  })

  it('takes a pixel as seen where its centre is', () => {
    const data = plain(4, 1, picture)
    overlayRows(data, 4, 0, map, { x: 0.6, y: 0, width: 2, height: 1 }, { ...VIEW, opacity: 0 })
    const dimmed = rounded(picture.map(c => c * DIM))
    expect([0, 1, 2, 3].map(i => pixel(data, i))).toEqual([dimmed, rounded(picture), rounded(picture), dimmed])
  })

  it('draws a map that reaches beyond the picture as if the picture went on', () => {
    const large = plain(8, 6, picture)
    overlayRows(large, 8, 0, map, { x: 0, y: 0, width: 8, height: 6 }, { ...VIEW, smooth: true })
    const small = plain(4, 2, picture)
    overlayRows(small, 4, 0, map, { x: -2, y: -2, width: 8, height: 6 }, { ...VIEW, smooth: true })
    for (let y = 0; y < 2; y++) {
      for (let x = 0; x < 4; x++) expect(pixel(small, y * 4 + x)).toEqual(pixel(large, (y + 2) * 8 + x + 2))
    }
  })

  it('lays alpha over white first', () => {
    const data = plain(2, 2, picture, 51)
    overlayRows(data, 2, 0, map, whole, { ...VIEW, opacity: 0 })
    expect(pixel(data, 0)).toEqual(rounded(picture.map(c => 0.2 * c + 0.8 * 255)))
  })

  it('leaves the picture as it is under a map of zeros, and dims the rest', () => {
    const nothing = scaleMap({ height: 1, width: 1, values: Float32Array.of(-1) })
    const data = plain(2, 1, picture)
    overlayRows(data, 2, 0, nothing, { x: 0, y: 0, width: 1, height: 1 }, { ...VIEW, opacity: 1 })
    expect(pixel(data, 0)).toEqual(rounded(picture))
    expect(pixel(data, 1)).toEqual(rounded(picture.map(c => c * DIM)))
  })

  it('draws smooth between the cells', () => {
    const data = plain(7, 5, [0, 0, 0])
    const view: OverlayView = { ...VIEW, colormap: 'grey', opacity: 1, smooth: true }
    overlayRows(data, 7, 0, map, { x: 0, y: 0, width: 7, height: 5 }, view)
    const values = sampleMap(map, 7, 5, true)
    for (const [i, value] of values.entries()) expect(data[4 * i]).toBe(Math.round(value * 255))
  })

  it('gives in strips what it gives at once', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 7 * 9 * 4, maxLength: 7 * 9 * 4 }),
        fc.record({ x: number(-5, 8), y: number(-5, 8), width: number(0.1, 20), height: number(0.1, 20) }),
        fc.record({
          colormap: fc.constantFrom('jet', 'turbo'),
          opacity: number(0, 1),
          threshold: number(0, 1),
          blend: fc.constantFrom('over', 'papers'),
          smooth: fc.boolean(),
        }),
        fc.integer({ min: 1, max: 9 }),
        (bytes, seen, view, strip) => {
          const once = Uint8ClampedArray.from(bytes)
          overlayRows(once, 7, 0, map, seen, view)
          const strips = Uint8Array.from(bytes)
          for (let y = 0; y < 9; y += strip) {
            overlayRows(strips.subarray(y * 28, Math.min(9, y + strip) * 28), 7, y, map, seen, view)
          }
          expect([...strips]).toEqual([...once])
        },
      ),
    )
  })
})

describe('heatmapPixels', () => {
  it('is the map in its colours, opaque', () => {
    const { width, height, channels, data } = heatmapPixels(map, 4, 2, { colormap: 'jet', smooth: false })
    expect([width, height, channels]).toEqual([4, 2, 4])
    const cells = [0, 0, 0.2, 0.2, 0.6, 0.6, 1, 1]
    for (const [i, value] of cells.entries()) expect(pixel(data, i)).toEqual(rounded(jet(value)))
  })

  it('has the same colours as an opaque overlay', () => {
    const data = plain(9, 8, [1, 2, 3])
    overlayRows(data, 9, 0, map, { x: 0, y: 0, width: 9, height: 8 }, { ...VIEW, opacity: 1, smooth: true })
    expect(heatmapPixels(map, 9, 8, { colormap: 'jet', smooth: true }).data).toEqual(data)
  })
})
