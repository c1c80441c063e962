import { convolveSeparably } from '../image/convolve'

/** Taps along an axis, and the deviation: as in the published evaluation of Petsiuk et al. 2018. */
const TAPS = 11
const DEVIATION = 5

/** scipy's gaussian_filter ends at 4 deviations. */
const REACH = 4 * DEVIATION

/**
 * A Gaussian of deviation 5 over 11 taps, its tails folded in at either end: what `gaussian_filter` makes of a single 1 among 11
 * numbers, by which the authors blur.
 */
function kernel(): Float64Array {
  const gauss = Float64Array.from({ length: 2 * REACH + 1 }, (_, i) =>
    Math.exp(-((i - REACH) ** 2) / (2 * DEVIATION ** 2)),
  )
  const sum = gauss.reduce((total, share) => total + share, 0)
  const folded = new Float64Array(TAPS)
  for (const [i, share] of gauss.entries()) {
    const at = modulo((TAPS >> 1) + i - REACH, 2 * TAPS)
    const tap = at < TAPS ? at : 2 * TAPS - 1 - at
    folded[tap] = (folded[tap] ?? 0) + share / sum
  }
  return folded
}

const modulo = (a: number, b: number): number => ((a % b) + b) % b

/**
 * A blurred input, zeros beyond its edges, as the authors have it.
 *
 * @param input [C, H, W]
 */
export const blurred = (input: Float32Array, height: number, width: number): Float32Array =>
  convolveSeparably(input, { height, width }, kernel(), 'zeros')
