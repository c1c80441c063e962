import type { RawMap } from '../image/types'

/** Numbers that tell a map from float32's rounding error. */
export interface Evidence {
  /** The part of the map that is linear in the gradient: another run of the same picture must give the same. */
  readonly linear: Float32Array
  /** `remainder` of the map, 0..1; 1 where nothing cancels. */
  readonly left: number
  /** `momentum` of the gradient; null where no gradient is read. */
  readonly momentum: number | null
}

/**
 * How much of a sum is left after its parts cancel, 0..1: the largest value above 0 of a map beside the largest of the same
 * sum over the sizes of its parts, as Σ_k |w_k|·|A_k|. Trained networks were seen to leave 1e-3 and more at every layer,
 * weights that vanish by construction (behind InstanceNormalization, x − mean) 1e-6 to 4e-4, more for larger feature maps.
 */
export function remainder(map: RawMap, whole: RawMap): number {
  const [left, all] = [largest(map.values), largest(whole.values)]
  return all > 0 ? left / all : 0
}

/** Σ|g·a|, what a value's gradient and its activation come to. */
export function momentum(gradient: Float32Array, activation: Float32Array): number {
  return gradient.reduce((sum, value, i) => sum + Math.abs(value * (activation[i] ?? 0)), 0)
}

/** Σ|a − b| beside the mean of Σ|a| and Σ|b|: 0 for equal values, about √2 for noise of one size. */
export function difference(a: Float32Array, b: Float32Array): number {
  let [apart, size] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0]
    apart += Math.abs(x - y)
    size += (Math.abs(x) + Math.abs(y)) / 2
  }
  return size > 0 ? apart / size : 0
}

/** The input with a change of about `share` of its largest value, other in every element and the same every time. */
export function shake(input: Float32Array, share: number): Float32Array {
  const most = largest(input.map(Math.abs))
  return input.map((value, i) => value + most * share * Math.sin(12.9898 * i + 1))
}

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, value), 0)
