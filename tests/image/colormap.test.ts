import { describe, expect, it } from 'vitest'
import { COLORMAPS } from '../../src/image/colormap'
import { bytes, reference } from './fixtures/reference'

const color = (table: Uint8Array, i: number) => [...table.subarray(3 * i, 3 * i + 3)]

describe('colour maps', () => {
  it('hold 256 RGB colours each', () => {
    for (const table of Object.values(COLORMAPS)) expect(table).toHaveLength(768)
  })

  it("has OpenCV's jet to the byte", () => {
    expect([...COLORMAPS.jet]).toEqual([...bytes(reference.jet)])
  })

  it("has matplotlib's viridis and inferno at the ends and the middle", () => {
    expect([0, 128, 255].map(i => color(COLORMAPS.viridis, i))).toEqual([
      [68, 1, 84],
      [33, 145, 140],
      [253, 231, 37],
    ])
    expect([0, 128, 255].map(i => color(COLORMAPS.inferno, i))).toEqual([
      [0, 0, 4],
      [188, 55, 84],
      [252, 255, 164],
    ])
  })

  it('has turbo run from dark blue over green to dark red', () => {
    const [r0 = 0, g0 = 0, b0 = 0] = color(COLORMAPS.turbo, 20)
    const [r1 = 0, g1 = 0, b1 = 0] = color(COLORMAPS.turbo, 128)
    const [r2 = 0, g2 = 0, b2 = 0] = color(COLORMAPS.turbo, 255)
    expect(b0).toBeGreaterThan(Math.max(r0, g0))
    expect(g1).toBeGreaterThan(Math.max(r1, b1))
    expect(r2).toBeGreaterThan(100)
    expect(Math.max(g2, b2)).toBeLessThan(20)
  })

  it('has grey step by one', () => {
    for (let i = 0; i < 256; i++) expect(color(COLORMAPS.grey, i)).toEqual([i, i, i])
  })

  it('never leaps: neighbours differ by at most 16 a channel', () => {
    for (const [name, table] of Object.entries(COLORMAPS)) {
      const steps = [...table.subarray(3)].map((value, p) => Math.abs(value - (table[p] ?? 0)))
      expect(Math.max(...steps), name).toBeLessThanOrEqual(16)
    }
  })
})
