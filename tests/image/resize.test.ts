import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resize } from '../../src/image/resize'
import { fromPixels } from '../../src/image/transform'
import { FILTERS, type Pixels, type RowSource } from '../../src/image/types'
import { bytes, filtered, pixels, reference } from './fixtures/reference'

const side = fc.integer({ min: 1, max: 24 })

/** Pictures of any shape up to 24×24. */
const pictures = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data): Pixels => ({ width, height, channels: 3, data })),
  )

function withAlpha({ width, height, data }: Pixels, alpha: (pixel: number) => number): Pixels {
  const rgba = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++) rgba.set([...data.subarray(3 * i, 3 * i + 3), alpha(i)], 4 * i)
  return { width, height, channels: 4, data: rgba }
}

describe('resize', () => {
  for (const { from, to } of reference.resize) {
    it(`gives Pillow's bytes from ${from.width}×${from.height} to ${to.width}×${to.height}`, async () => {
      const result = await resize(fromPixels(pixels(from)), to.width, to.height)
      expect([...result]).toEqual([...bytes(to.data)])
    })
  }

  for (const { filter, from, to } of filtered.filters) {
    it(`gives Pillow's bytes by ${filter} from ${from.width}×${from.height} to ${to.width}×${to.height}`, async () => {
      const result = await resize(fromPixels(pixels(from)), to.width, to.height, undefined, filter)
      expect([...result]).toEqual([...bytes(to.data)])
    })
  }

  it('gives a window as it is cut from the whole', async () => {
    const span = fc.tuple(side, fc.nat(), fc.nat()).map(([size, a, b]) => {
      const from = a % size
      return { size, from, length: 1 + (b % (size - from)) }
    })
    await fc.assert(
      fc.asyncProperty(pictures, span, span, async (picture, x, y) => {
        const source = fromPixels(picture)
        const window = { x: x.from, y: y.from, width: x.length, height: y.length }
        const filter = FILTERS[(x.size + y.size) % FILTERS.length] ?? 'bilinear'
        const whole = await resize(source, x.size, y.size, undefined, filter)
        const cut = Array.from({ length: y.length }, (_, row) => {
          const start = ((y.from + row) * x.size + x.from) * 3
          return [...whole.subarray(start, start + x.length * 3)]
        })
        expect([...(await resize(source, x.size, y.size, window, filter))]).toEqual(cut.flat())
      }),
    )
  })

  it('reads a large picture in strips from the top down, and gives what one strip gives', async () => {
    const width = 4000
    const height = 1500 // 18 MB: three strips
    const data = new Uint8Array(width * height * 3)
    for (let p = 0; p < data.length; p++) data[p] = (p * 7 + (p >> 9)) % 251
    const asked: [number, number][] = []
    const source: RowSource = {
      width,
      height,
      channels: 3,
      rows: async (from, to) => {
        asked.push([from, to])
        return data.slice(from * width * 3, to * width * 3)
      },
    }
    const result = await resize(source, 3, 2)
    expect(asked.length).toBeGreaterThan(1)
    expect(asked[0]?.[0]).toBe(0)
    expect(asked.at(-1)?.[1]).toBe(height)
    for (const [i, [from]] of asked.entries()) if (i > 0) expect(from).toBe(asked[i - 1]?.[1])

    // The width of each row alone, and then the height of what that gives.
    const narrow: number[] = []
    for (let y = 0; y < height; y++) {
      const row = data.subarray(y * width * 3, (y + 1) * width * 3)
      narrow.push(...(await resize(fromPixels({ width, height: 1, channels: 3, data: row }), 3, 1)))
    }
    const whole = await resize(fromPixels({ width: 3, height, channels: 3, data: Uint8Array.from(narrow) }), 3, 2)
    expect([...result]).toEqual([...whole])
  })

  it('reads only the rows that a window needs', async () => {
    const asked: number[] = []
    const source: RowSource = {
      width: 1,
      height: 10_000,
      channels: 3,
      rows: (from, to) => {
        asked.push(from, to)
        return new Uint8Array((to - from) * 3)
      },
    }
    await resize(source, 256, 2_560_000, { x: 16, y: 1_279_888, width: 224, height: 224 })
    expect(asked).toEqual([4999, 5001])
  })

  it('takes opaque RGBA as RGB', async () => {
    await fc.assert(
      fc.asyncProperty(pictures, side, side, async (picture, width, height) => {
        const opaque = fromPixels(withAlpha(picture, () => 255))
        expect(await resize(opaque, width, height)).toEqual(await resize(fromPixels(picture), width, height))
      }),
    )
  })

  it('lays alpha over white: round(c·a + 255·(1 − a))', async () => {
    const colors = Uint8Array.from({ length: 256 * 3 }, (_, p) => (p * 37) % 256)
    const picture: Pixels = { width: 256, height: 1, channels: 3, data: colors }
    const result = await resize(fromPixels(withAlpha(picture, i => i)), 256, 1)
    const expected = [...colors].map((c, p) => {
      const a = Math.floor(p / 3) / 255
      return Math.round(c * a + 255 * (1 - a))
    })
    expect([...result]).toEqual(expected)
  })

  it('says where a picture ends too early, and that one has no pixels', async () => {
    const short: RowSource = { width: 2, height: 5, channels: 3, rows: () => new Uint8Array(3 * 6) }
    await expect(resize(short, 2, 2)).rejects.toMatchObject({
      code: 'bad-picture',
      message: 'The picture ends after row 3 of 5; the file is damaged, choose another.',
    })
    const none: RowSource = { width: 0, height: 5, channels: 3, rows: () => new Uint8Array(0) }
    await expect(resize(none, 2, 2)).rejects.toMatchObject({ code: 'bad-picture' })
  })
})
