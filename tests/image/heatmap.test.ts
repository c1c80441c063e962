import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peak, placeName, type ScaledMap, sampleMap, scaleMap, scaleRange, valueAt } from '../../src/image/heatmap'
import type { RawMap } from '../../src/image/types'
import { reference } from './fixtures/reference'

const raw = (height: number, width: number, values: number[]): RawMap => ({
  height,
  width,
  values: Float32Array.from(values),
})
const scaled = (height: number, width: number, values: number[]): ScaledMap => ({
  ...raw(height, width, values),
  low: 0,
  high: 1,
})
const maps = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([height, width]) =>
    fc
      .array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: height * width, maxLength: height * width })
      .map(values => raw(height, width, values)),
  )

describe('scaleMap', () => {
  it('drops what is negative and divides by the largest', () => {
    const { values, low, high } = scaleMap(raw(2, 2, [-3, 0, 2, 8]))
    expect([...values]).toEqual([0, 0, 0.25, 1])
    expect([low, high]).toEqual([0, 8])
  })

  it('keeps a map without positive values all zero, and says so by high = 0', () => {
    for (const values of [
      [0, 0],
      [-1, -2],
    ]) {
      const map = scaleMap(raw(1, 2, values))
      expect([...map.values]).toEqual([0, 0])
      expect([map.low, map.high]).toEqual([0, 0])
      expect(peak(map)).toBeNull()
    }
  })

  it('does not depend on the scale of the map, reaches 1 and never leaves 0..1', () => {
    fc.assert(
      fc.property(maps, map => {
        const once = scaleMap(map)
        const twice = scaleMap({ ...map, values: map.values.map(v => v * 4) })
        expect(once.values).toEqual(twice.values)
        for (const value of once.values) expect(value >= 0 && value <= 1).toBe(true)
        expect(Math.max(...once.values)).toBe(Math.max(...map.values) > 0 ? 1 : 0)
      }),
    )
  })
})

describe('scaleRange', () => {
  it('goes from the smallest to the largest', () => {
    const map = scaleRange(raw(1, 3, [-2, 0, 6]))
    expect([...map.values]).toEqual([0, 0.25, 1])
    expect([map.low, map.high]).toEqual([-2, 6])
  })

  it('makes a constant all 0', () => {
    const map = scaleRange(raw(1, 3, [5, 5, 5]))
    expect([...map.values]).toEqual([0, 0, 0])
    expect([map.low, map.high]).toEqual([5, 5])
  })
})

describe('sampleMap', () => {
  const source = scaled(reference.map.height, reference.map.width, reference.map.values)
  for (const { width, height, values } of reference.linear) {
    it(`equals OpenCV's INTER_LINEAR at ${width}×${height}`, () => {
      const result = sampleMap(source, width, height, true)
      expect(result).toHaveLength(values.length)
      // OpenCV computes in float32, and the record has six digits.
      for (const [i, value] of values.entries()) expect(Math.abs((result[i] ?? Number.NaN) - value)).toBeLessThan(2e-6)
    })
  }

  it('repeats the cells where it is not smooth', () => {
    const map = scaled(2, 2, [0, 0.25, 0.5, 1])
    expect([...sampleMap(map, 4, 2, false)]).toEqual([0, 0, 0.25, 0.25, 0.5, 0.5, 1, 1])
    expect([...sampleMap(map, 3, 1, false)]).toEqual([0.5, 1, 1])
  })
})

describe('valueAt', () => {
  const map = scaled(2, 2, [0, 0.25, 0.5, 1])
  const seen = { x: 2, y: 1, width: 8, height: 4 }

  it('is the value that is drawn at that pixel', () => {
    for (const smooth of [true, false]) {
      const drawn = sampleMap(map, 8, 4, smooth)
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 8; x++) expect(valueAt(map, seen, x + 2.7, y + 1.2, smooth)).toBe(drawn[y * 8 + x])
      }
    }
  })

  it('is null where the network did not see', () => {
    expect(valueAt(map, seen, 1.9, 3, true)).toBeNull()
    expect(valueAt(map, seen, 10, 3, true)).toBeNull()
    expect(valueAt(map, seen, 5, 0.9, true)).toBeNull()
    expect(valueAt(map, seen, 5, 5, true)).toBeNull()
  })

  it('finds a pixel under a map thinner than one', () => {
    const thin = { x: 0.0625, y: 4999.5625, width: 0.875, height: 0.875 }
    expect(valueAt(map, thin, 0, 5000, true)).not.toBeNull()
  })
})

describe('peak', () => {
  it('is the strongest cell, the first of equals', () => {
    expect(peak(scaleMap(raw(2, 4, [0, 1, 0, 0, 0, 0, 9, 9])))).toEqual({ row: 1, column: 2, x: 0.625, y: 0.75 })
  })

  it('has a value of 1 wherever there is one', () => {
    fc.assert(
      fc.property(maps, map => {
        for (const drawn of [scaleMap(map), scaleRange(map)]) {
          const at = peak(drawn)
          if (at) expect(drawn.values[at.row * drawn.width + at.column]).toBe(1)
          else expect(drawn.high).toBe(drawn.low)
        }
      }),
    )
  })
})

describe('placeName', () => {
  it('names the nine thirds', () => {
    const names = [0.1, 0.5, 0.9].map(y => [0.1, 0.5, 0.9].map(x => placeName(x, y)))
    expect(names).toEqual([
      ['upper left', 'top', 'upper right'],
      ['left', 'centre', 'right'],
      ['lower left', 'bottom', 'lower right'],
    ])
  })
})
