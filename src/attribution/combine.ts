import type { Places, RawMap } from '../image/types'

/** Feature maps of one hook point, [C, H, W] row-major. */
export interface Activation {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly values: Float32Array
  /** How they lie over the network's input; stretched over all of it where this is not given. */
  readonly places?: Places
}

/** Σ_k w_k · A_k at every place, summed in double precision. */
export function weightedSum(activation: Activation, weights: Float32Array): RawMap {
  const { channels, height, width, values } = activation
  const places = height * width
  const sums = new Float64Array(places)
  for (let k = 0; k < channels; k++) {
    const weight = weights[k] ?? 0
    if (weight === 0) continue
    const from = k * places
    for (let i = 0; i < places; i++) sums[i] = (sums[i] ?? 0) + weight * (values[from + i] ?? 0)
  }
  return mapOver(activation, sums)
}

/** Σ_k f_k · A_k at every place with a factor of its own for each element, [C, H, W], summed in double precision. */
export function elementwiseSum(activation: Activation, factors: Float32Array): RawMap {
  const places = activation.height * activation.width
  const sums = new Float64Array(places)
  activation.values.forEach((value, i) => {
    sums[i % places] = (sums[i % places] ?? 0) + value * (factors[i] ?? 0)
  })
  return mapOver(activation, sums)
}

const mapOver = ({ height, width, places }: Activation, values: Float64Array): RawMap => ({
  height,
  width,
  values: Float32Array.from(values),
  ...(places && { places }),
})

/** Σ_k ReLU(f_k · A_k), as `elementwiseSum`. */
export function positiveSum(activation: Activation, factors: Float32Array): RawMap {
  const products = activation.values.map((value, i) => Math.max(value * (factors[i] ?? 0), 0))
  return elementwiseSum({ ...activation, values: products }, new Float32Array(products.length).fill(1))
}

/** Feature maps by their size. */
export const magnitude = (activation: Activation): Activation => ({
  ...activation,
  values: activation.values.map(Math.abs),
})

/** Mean over the places of each channel of a gradient, [C]. */
export function spatialMean({ channels, height, width }: Activation, gradient: Float32Array): Float32Array {
  const places = height * width
  return Float32Array.from({ length: channels }, (_, k) => {
    let sum = 0
    for (let i = k * places; i < (k + 1) * places; i++) sum += gradient[i] ?? 0
    return sum / places
  })
}

export function relu(map: RawMap): RawMap {
  return { ...map, values: map.values.map(value => Math.max(value, 0)) }
}
