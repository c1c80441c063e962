import { describe, expect, it } from 'vitest'
import { type Activation, relu, spatialMean, weightedSum } from '../../src/attribution/combine'

/** Two channels of 2 × 3. */
const activation: Activation = {
  channels: 2,
  height: 2,
  width: 3,
  values: Float32Array.of(...[1, 2, 3, 4, 5, 6], ...[-1, 0, 1, 10, 20, 30]),
}

describe('weightedSum', () => {
  it('is Σ_k w_k · A_k at every place', () => {
    expect(weightedSum(activation, Float32Array.of(2, -0.5))).toEqual({
      height: 2,
      width: 3,
      values: Float32Array.of(2.5, 4, 5.5, 3, 0, -3),
    })
  })

  it('is zero where every weight is, whatever the activations', () => {
    const wild = { ...activation, values: activation.values.map((_, i) => (i === 0 ? Number.POSITIVE_INFINITY : i)) }
    expect(weightedSum(wild, new Float32Array(2)).values).toEqual(new Float32Array(6))
  })

  it('does not lose small channels beside large ones', () => {
    const large = { channels: 3, height: 1, width: 1, values: Float32Array.of(1e8, 1, -1e8) }
    expect(weightedSum(large, Float32Array.of(1, 1, 1)).values).toEqual(Float32Array.of(1))
  })
})

describe('spatialMean', () => {
  it('is the mean of each channel', () => {
    expect(spatialMean(activation, activation.values)).toEqual(Float32Array.of(3.5, 10))
  })

  it('of one place is that place', () => {
    const flat = { ...activation, channels: 3, height: 1, width: 1 }
    expect(spatialMean(flat, Float32Array.of(1, -2, 3))).toEqual(Float32Array.of(1, -2, 3))
  })
})

it('relu keeps what is positive, and the map it was given', () => {
  const map = { height: 1, width: 3, values: Float32Array.of(-1, 0, 2) }
  expect(relu(map)).toEqual({ height: 1, width: 3, values: Float32Array.of(0, 0, 2) })
  expect(map.values).toEqual(Float32Array.of(-1, 0, 2))
})
