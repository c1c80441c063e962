/** What lies beyond a plane's edges: nothing, or its last values carried on. */
export type Outside = 'zeros' | 'edges'

/**
 * Each channel convolved along its rows, then along its columns.
 *
 * @param input [C, H, W]
 * @param taps of an odd count, the same for both
 * @returns [C, H, W]
 */
export function convolveSeparably(
  input: Float32Array,
  { height, width }: { readonly height: number; readonly width: number },
  taps: Float64Array,
  outside: Outside,
): Float32Array {
  const across = along(Float64Array.from(input), width, 1, taps, outside)
  return Float32Array.from(along(across, height, width, taps, outside))
}

/** @param steps places along the axis; @param stride from one to the next */
function along(values: Float64Array, steps: number, stride: number, taps: Float64Array, outside: Outside) {
  const half = taps.length >> 1
  return values.map((_, i) => {
    const at = Math.floor(i / stride) % steps
    let sum = 0
    for (let k = 0; k < taps.length; k++) {
      const near = at + k - half
      const inside = Math.min(Math.max(near, 0), steps - 1)
      if (near === inside || outside === 'edges') sum += (taps[k] ?? 0) * (values[i + (inside - at) * stride] ?? 0)
    }
    return sum
  })
}
