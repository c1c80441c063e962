import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  COLORMAPS,
  type GridOptions,
  heatmap,
  makeGrid,
  overlay,
  preprocess,
  resizePicture,
  toPixels,
} from '../../src/image'
import { filtered, pixels, reference } from './fixtures/reference'

interface GridCase {
  readonly dims: readonly number[]
  readonly options: Readonly<Record<string, unknown>>
  readonly grid: { readonly dims: readonly number[]; readonly data: readonly number[] }
  readonly bytes: readonly number[]
}
const grids: readonly GridCase[] = JSON.parse(readFileSync(new URL('fixtures/grids.json', import.meta.url), 'utf8'))

/** `pad_value` of Python is `padValue` here. */
const camelCase = (options: GridCase['options']): GridOptions =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key.replace(/_(.)/, (_, c) => c.toUpperCase()), value]),
  )

describe('makeGrid is torchvision’s make_grid, and toPixels its save_image', () => {
  it.each(grids)('of $dims with $options', ({ dims, options, grid, bytes }) => {
    const size = dims.reduce((a, b) => a * b)
    const data = Float32Array.from({ length: size }, (_, i) =>
      Math.fround(Math.fround(((i * 7919) % 1000) / 1000) - Math.fround(0.2)),
    )
    if (dims[0] === 2 && dims.length === 4) data.fill(0.5, size / 2)
    const made = makeGrid({ dims, data }, camelCase(options))
    expect(made.dims).toEqual(grid.dims)
    grid.data.forEach((value, i) => {
      expect(made.data[i]).toBeCloseTo(value, 6)
    })
    const { width, height, data: saved } = toPixels(made)
    expect([3, height, width]).toEqual(grid.dims)
    const plane = height * width
    expect(Array.from(bytes, (_, i) => saved[4 * (i % plane) + Math.floor(i / plane)])).toEqual(bytes)
  })

  it('refuses what are no pictures', () => {
    const wrong = { dims: [1, 2, 3, 3], data: new Float32Array(18) }
    const message = 'makeGrid() takes pictures [B, 3, H, W] or [B, 1, H, W]; this is [1, 2, 3, 3] with 18 values.'
    expect(() => makeGrid(wrong)).toThrow(expect.objectContaining({ code: 'bad-argument', message }))
  })
})

describe('resizePicture', () => {
  it.each(filtered.filters)('is PIL’s resize with $filter', async ({ filter, from, to }) => {
    expect(await resizePicture(pixels(from), { width: to.width, height: to.height, filter })).toEqual({
      ...pixels(to),
      data: Uint8ClampedArray.from(pixels(to).data),
    })
  })

  it('refuses sizes and filters that there are not', async () => {
    const picture = pixels(reference.resize[0]?.from ?? { width: 0, height: 0, data: '' })
    await expect(resizePicture(picture, { width: 0, height: 2 })).rejects.toThrow(
      'A picture cannot be made 0 × 2 pixels.',
    )
    await expect(resizePicture(picture, { width: 2, height: 2, filter: 'mitchell' as 'box' })).rejects.toThrow(
      'There is no filter “mitchell”: bilinear, bicubic, nearest, lanczos, box, hamming.',
    )
  })
})

it('a picture is bytes of RGB or RGBA, or a sentence', async () => {
  const rgba = { width: 1, height: 2, data: Uint8ClampedArray.of(10, 20, 30, 255, 50, 60, 70, 255) }
  expect([...(await resizePicture(rgba, { width: 1, height: 1, filter: 'box' })).data]).toEqual([30, 40, 50])
  const message = 'A picture holds 3 (RGB) or 4 (RGBA) bytes a pixel; this has 8 bytes for 2 × 2 pixels.'
  for (const wrong of [
    { ...rgba, width: 2 },
    { ...rgba, width: 2, channels: 4 },
  ])
    await expect(preprocess(wrong)).rejects.toThrow(expect.objectContaining({ code: 'bad-picture', message }))
})

const SQUARE = { width: 2, height: 2, channels: 3, data: new Uint8Array(12).fill(51) } as const

describe('preprocess', () => {
  it('is ImageNet’s of torchvision unless told otherwise', async () => {
    const { dims, data } = await preprocess(SQUARE)
    expect(dims).toEqual([1, 3, 224, 224])
    const first = [0, 1, 2].map(c => data[c * 224 * 224])
    expect(first.map(value => value?.toFixed(5))).toEqual(
      [(0.2 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0.2 - 0.406) / 0.225].map(value => value.toFixed(5)),
    )
  })

  it('takes grey, bytes and channels last', async () => {
    const asked = {
      size: [1, 2],
      resize: 'squash',
      range: 255,
      mean: [1],
      std: [2],
      channels: 'l',
      layout: 'nhwc',
    } as const
    expect(await preprocess(SQUARE, asked)).toEqual({ dims: [1, 1, 2, 1], data: Float32Array.of(25, 25) })
  })

  it('refuses means that are not one a channel', async () => {
    const message =
      'preprocess() takes a letter (r, g, b, l, a, 0), a mean and a positive std for each channel; it was given “l”, [0.485, 0.456, 0.406] and [0.229, 0.224, 0.225].'
    await expect(preprocess(SQUARE, { channels: 'l' })).rejects.toThrow(message)
  })
})

describe('a map is drawn', () => {
  const map = { dims: [1, 1, 1, 2], data: Float32Array.of(-4, 2) }
  const colour = (of: number, name: keyof typeof COLORMAPS) => [...COLORMAPS[name].subarray(3 * of, 3 * of + 3)]

  it('alone, from 0 to its largest value or over its range', () => {
    expect([...heatmap(map, { width: 2, height: 1, smooth: false }).data]).toEqual([
      ...colour(0, 'jet'),
      255,
      ...colour(255, 'jet'),
      255,
    ])
    const third = { dims: [1, 3], data: Float32Array.of(-1, 0, 1) }
    const grey = heatmap(third, { width: 3, height: 1, smooth: false, colormap: 'grey', scale: 'range' })
    expect([...grey.data]).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255])
  })

  it('over a picture, half its colour and half the picture’s', () => {
    const { width, height, data } = overlay(map, SQUARE, { colormap: 'grey', smooth: false, opacity: 0.5 })
    expect([width, height, ...data.subarray(0, 8)]).toEqual([2, 2, 26, 26, 26, 255, 153, 153, 153, 255])
  })

  it('or refused', () => {
    expect(() => overlay({ dims: [2, 3, 3], data: new Float32Array(18) }, SQUARE)).toThrow(
      'A map is [H, W]; this is [2, 3, 3] with 18 values.',
    )
    expect(() => overlay(map, SQUARE, { colormap: 'pink' as 'jet' })).toThrow(
      'There are no colours “pink”: choose jet, turbo, viridis, inferno, grey.',
    )
  })
})
