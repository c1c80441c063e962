import { describe, expect, test } from 'vitest'
import { softmax } from '../../src/analysis/activation'
import { top } from '../../src/catalog/predictions'

describe('predictions', () => {
  test('softmax of large logits neither overflows nor loses the sum', () => {
    const probabilities = softmax(Float32Array.of(1000, 1001, 999))
    const powers = [Math.exp(-1), 1, Math.exp(-2)]
    const sum = powers.reduce((a, b) => a + b)
    for (const [i, power] of powers.entries()) expect(probabilities[i]).toBeCloseTo(power / sum, 6)
  })

  test('top gives the most probable first, of equals the first', () => {
    expect(top(Float32Array.of(0.2, 0.5, 0.2, 0.1), 3).map(({ index }) => index)).toEqual([1, 0, 2])
  })
})
