import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { fromPixels, toInput } from '../../src/image/transform'
import type { Pixels, Preprocessing, ResizeRule } from '../../src/image/types'
import { bytes, filtered, pixels, reference } from './fixtures/reference'

const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url))

/** As tests/golden/make.py has it. */
const IMAGENET: Preprocessing = {
  size: [224, 224],
  shortSide: 256,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  range: 1,
  channels: 'rgb',
  layout: 'nchw',
}
const PREPROCESSING: Record<string, Preprocessing> = {
  resnet18: IMAGENET,
  alexnet: IMAGENET,
  'inception-v3': { ...IMAGENET, size: [299, 299], shortSide: 342, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
}

interface Golden {
  network: string
  picture: string
  resize: ResizeRule
  input: { shape: number[]; sum: number; absSum: number; max: number; samples: [number, number][] }
}

async function decode(path: string): Promise<Pixels> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  expect(info.channels).toBe(3)
  return { width: info.width, height: info.height, channels: 3, data }
}

/** The input's bytes, with preprocessing that undoes itself. */
async function inputBytes(picture: Pixels, shortSide: number, size: [number, number], rule: ResizeRule) {
  const plain: Preprocessing = { ...IMAGENET, size, shortSide, mean: [0, 0, 0], std: [1, 1, 1] }
  const { input, seen } = await toInput(fromPixels(picture), plain, rule)
  const plane = input.length / 3
  const data = Array.from({ length: input.length }, (_, p) => (input[(p % 3) * plane + Math.floor(p / 3)] ?? -1) * 255)
  expect(data.every(value => Math.abs(value - Math.round(value)) < 1e-4)).toBe(true)
  return { data: data.map(Math.round), seen }
}

describe("the network's input against PyTorch", () => {
  const files = readdirSync(`${GOLDEN}values`).filter(file => file.endsWith('.json'))

  it('is held against three networks, five pictures and both ways of resizing', () => {
    expect(files).toHaveLength(30)
  })

  for (const file of files) {
    it(file, async () => {
      const golden = JSON.parse(readFileSync(`${GOLDEN}values/${file}`, 'utf8')) as Golden
      const preprocessing = PREPROCESSING[golden.network]
      if (!preprocessing) throw new Error(`no preprocessing for ${golden.network}`)
      const picture = await decode(`${GOLDEN}pictures/${golden.picture}`)
      const { input } = await toInput(fromPixels(picture), preprocessing, golden.resize)

      const { shape, sum, absSum, max, samples } = golden.input
      expect([1, 3, ...preprocessing.size]).toEqual(shape)
      expect(input).toHaveLength(shape.reduce((a, b) => a * b))
      // Bytes are the same, so what is left is float32 rounding and the eight digits of the record.
      for (const [at, value] of samples) expect(Math.abs((input[at] ?? Number.NaN) - value)).toBeLessThan(1e-6 * max)
      const total = input.reduce((a, b) => a + b, 0)
      const absolute = input.reduce((a, b) => a + Math.abs(b), 0)
      expect(Math.abs(total - sum)).toBeLessThan(1e-6 * absSum)
      expect(Math.abs(absolute - absSum)).toBeLessThan(1e-6 * absSum)
    })
  }
})

describe('crop', () => {
  for (const { picture, shortSide, size, result } of reference.crop) {
    it(`cuts ${size} from ${picture.width}×${picture.height} with its short side at ${shortSide}`, async () => {
      const { data } = await inputBytes(pixels(picture), shortSide, [size, size], 'crop')
      expect(data).toEqual([...bytes(result)])
    })
  }

  it('says which part of the picture was seen', async () => {
    const picture = (width: number, height: number): Pixels => ({
      width,
      height,
      channels: 3,
      data: new Uint8Array(width * height * 3),
    })
    // 512×384 → 341×256 (341.33 truncated); corner (117/2 → 58, 16), in pixels of the picture.
    const landscape = await inputBytes(picture(512, 384), 256, [224, 224], 'crop')
    expect(landscape.seen.x).toBeCloseTo((58 * 512) / 341, 10)
    expect(landscape.seen.y).toBeCloseTo(16 * 1.5, 10)
    expect(landscape.seen.width).toBeCloseTo((224 * 512) / 341, 10)
    expect(landscape.seen.height).toBeCloseTo(224 * 1.5, 10)
    // Padded on both sides: the input reaches beyond the picture.
    const padded = await inputBytes(picture(10, 10), 4, [7, 7], 'crop')
    expect(padded.seen).toEqual({ x: -2.5, y: -2.5, width: 17.5, height: 17.5 })
  })

  it('takes a picture of 1×10,000 and its turned one', async () => {
    const { size, shortSide } = IMAGENET
    const data = Uint8Array.from({ length: 30_000 }, (_, p) => (p < 15_000 ? 0 : 255))
    const tall = await inputBytes({ width: 1, height: 10_000, channels: 3, data }, shortSide, [...size], 'crop')
    expect(tall.seen).toEqual({ x: 0.0625, y: 4999.5625, width: 0.875, height: 0.875 })
    // Between the centres of the two middle rows, 0 and 255, in 256 steps of which the middle 224 are seen.
    expect(tall.data[0]).toBe(Math.round((255 * 16.5) / 256))
    expect(tall.data.at(-1)).toBe(Math.round((255 * 239.5) / 256))
    const wide = await inputBytes({ width: 10_000, height: 1, channels: 3, data }, shortSide, [...size], 'crop')
    expect(wide.data[0]).toBe(tall.data[0])
    expect(wide.data[223 * 3]).toBe(tall.data.at(-1))
  })
})

describe('squash', () => {
  it('sees the whole picture, whatever its shape', async () => {
    for (const { from, to } of reference.resize) {
      const { data, seen } = await inputBytes(pixels(from), 8, [to.height, to.width], 'squash')
      expect(data).toEqual([...bytes(to.data)])
      expect(seen).toEqual({ x: 0, y: 0, width: from.width, height: from.height })
    }
  })
})

describe('channels', () => {
  const plain = { ...IMAGENET, range: 255, layout: 'nchw' } as const
  const same = (count: number) => ({ mean: new Array(count).fill(0), std: new Array(count).fill(1) })
  const input = async (picture: Pixels, change: Partial<Preprocessing>) => {
    const size = [picture.height, picture.width] as const
    return [...(await toInput(fromPixels(picture), { ...plain, size, ...change }, 'squash')).input]
  }
  const rgba: Pixels = { width: 2, height: 1, channels: 4, data: Uint8Array.of(10, 20, 30, 255, 40, 50, 60, 0) }

  it("luminance is PIL's, before the resize", async () => {
    const { luminance, grey } = filtered
    expect(await input(pixels(luminance.from), { channels: 'l', ...same(1) })).toEqual([...bytes(luminance.l)])
    for (const { from, width, height, l } of grey)
      expect(await input(pixels(from), { channels: 'l', ...same(1), size: [height, width] })).toEqual([...bytes(l)])
  })

  it.each([
    ['rgba', [10, 255, 20, 255, 30, 255, 255, 0]],
    ['bgr0', [30, 255, 20, 255, 10, 255, 0, 0]],
    ['ll', [18, 255, 18, 255]],
    ['0', [0, 0]],
  ])('%s', async (channels, values) => {
    // The second pixel is transparent: white.
    expect(await input(rgba, { channels, ...same(channels.length) })).toEqual(values)
  })

  it('takes alpha of a picture that lies over white already', async () => {
    const white = { ...fromPixels({ ...rgba, channels: 3, data: new Uint8Array(6) }), alpha: () => Uint8Array.of(9, 7) }
    const found = await toInput(white, { ...plain, size: [1, 2], channels: 'a', ...same(1) }, 'squash')
    expect([...found.input]).toEqual([9, 7])
  })

  it('means go with the colours, in the order r, g, b, l, a, 0', async () => {
    const mean = [1, 2, 3, 4, 5]
    const std = [1, 1, 1, 1, 1]
    const values = await input(rgba, { channels: 'ab0rl', mean, std })
    expect(values.filter((_, i) => i % 2 === 0)).toEqual([255 - 4, 30 - 2, -5, 10 - 1, 18 - 3])
  })
})
