import { describe, expect, it } from 'vitest'
import { correlation } from '../../src/attribution/correlation'

describe('correlation', () => {
  it('is numpy’s corrcoef', () => {
    // np.corrcoef([1, 2, 3, 5], [2, 1, 4, 3])[0, 1]
    expect(correlation(Float32Array.of(1, 2, 3, 5), Float32Array.of(2, 1, 4, 3))).toBeCloseTo(0.5291502622, 9)
  })

  it('does not see scale and offset', () => {
    const a = Float32Array.of(-1, 0.5, 0.25, 2)
    expect(correlation(a, a)).toBeCloseTo(1, 12)
    expect(
      correlation(
        a,
        a.map(value => 3 * value - 7),
      ),
    ).toBeCloseTo(1, 12)
    expect(
      correlation(
        a,
        a.map(value => -1e-3 * value),
      ),
    ).toBeCloseTo(-1, 9)
  })

  it('is 0 for what has nothing in common', () => {
    expect(correlation(Float32Array.of(1, -1, 1, -1), Float32Array.of(1, 1, -1, -1))).toBe(0)
  })

  it('holds small differences on a large offset', () => {
    const a = Float32Array.of(4096, 4096.5, 4097, 4096.25)
    expect(correlation(a, Float32Array.of(0, 0.5, 1, 0.25))).toBeCloseTo(1, 12)
  })

  it('cannot be told of a constant', () => {
    expect(correlation(new Float32Array(4), Float32Array.of(1, 2, 3, 4))).toBeNaN()
  })

  it('refuses arrays of two lengths', () => {
    expect(() => correlation(new Float32Array(3), new Float32Array(4))).toThrow(/3 values.*4/)
  })
})
