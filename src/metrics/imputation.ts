/** How much of itself a pixel takes from each neighbour: Rong et al. 2022, section 4.2 (1/6 beside it, 1/12 across corners). */
const NEIGHBOURS: readonly (readonly [down: number, across: number, weight: number])[] = [-1, 0, 1].flatMap(down =>
  [-1, 0, 1].flatMap(across => {
    const apart = Math.abs(down) + Math.abs(across)
    return apart === 0 ? [] : [[down, across, apart === 1 ? 1 / 6 : 1 / 12] as const]
  }),
)

/** Of the residual beside the right side; float32 tells no less apart. */
const SOLVED = 1e-7

/**
 * Noisy linear imputation: every missing pixel is the weighted mean of its neighbours within the picture, missing ones among them, so that
 * a linear system tells them all. The system is symmetric and positive definite, and is solved by conjugate gradients.
 *
 * @param input [C, H, W]
 * @param missing places of [H, W], at most all but one
 * @returns without noise
 */
export function imputed(input: Float32Array, height: number, width: number, missing: Uint32Array): Float32Array {
  const system = systemOf(height, width, missing)
  const out = input.slice()
  for (let from = 0; from < input.length; from += height * width) {
    const plane = out.subarray(from, from + height * width)
    const solution = solve(system, rightSide(system, plane))
    for (const [i, place] of missing.entries()) plane[place] = solution[i] ?? 0
  }
  return out
}

interface System {
  readonly missing: Uint32Array
  /** Of each missing pixel, in the order of NEIGHBOURS: the neighbour's place, −1 beyond the picture. */
  readonly places: Int32Array
  /** The neighbour's row of the system; how many rows there are, where it is not missing. */
  readonly rows: Int32Array
  /** Weights of the neighbours within the picture. */
  readonly diagonal: Float64Array
}

function systemOf(height: number, width: number, missing: Uint32Array): System {
  const rowOf = new Int32Array(height * width).fill(missing.length)
  for (const [row, place] of missing.entries()) rowOf[place] = row
  const count = NEIGHBOURS.length
  const [places, rows] = [new Int32Array(missing.length * count), new Int32Array(missing.length * count)]
  const diagonal = new Float64Array(missing.length)
  for (const [row, place] of missing.entries())
    for (const [k, [down, across, weight]] of NEIGHBOURS.entries()) {
      const [y, x] = [Math.floor(place / width) + down, (place % width) + across]
      const inside = y >= 0 && x >= 0 && y < height && x < width
      const neighbour = inside ? y * width + x : -1
      places[row * count + k] = neighbour
      rows[row * count + k] = inside ? (rowOf[neighbour] ?? missing.length) : missing.length
      if (inside) diagonal[row] = (diagonal[row] ?? 0) + weight
    }
  return { missing, places, rows, diagonal }
}

function rightSide({ missing, places, rows, diagonal }: System, plane: Float32Array): Float64Array {
  const count = NEIGHBOURS.length
  return diagonal.map((_, row) => {
    let sum = 0
    for (const [k, [, , weight]] of NEIGHBOURS.entries()) {
      const place = places[row * count + k] ?? -1
      if (place >= 0 && rows[row * count + k] === missing.length) sum += weight * (plane[place] ?? 0)
    }
    return sum
  })
}

/** Σ weights · v − Σ weight · v of the missing neighbours. @param v with a 0 behind it, which stands for the others */
function apply({ rows, diagonal }: System, v: Float64Array, out: Float64Array): void {
  const count = WEIGHTS.length
  for (let row = 0, at = 0; row < diagonal.length; row++) {
    let sum = (diagonal[row] as number) * (v[row] as number)
    for (let k = 0; k < count; k++, at++) sum -= (WEIGHTS[k] as number) * (v[rows[at] as number] as number)
    out[row] = sum
  }
}

const WEIGHTS = Float64Array.from(NEIGHBOURS, ([, , weight]) => weight)

/** Conjugate gradients (Hestenes and Stiefel 1952): exact after as many steps as there are unknowns, near enough long before. */
function solve(system: System, right: Float64Array): Float64Array {
  const count = right.length
  const [solution, residual, direction] = [new Float64Array(count), right.slice(), new Float64Array(count + 1)]
  direction.set(right)
  const applied = new Float64Array(count)
  let size = dot(residual, residual)
  const enough = size * SOLVED ** 2
  for (let step = 0; step < count && size > enough; step++) {
    apply(system, direction, applied)
    const along = size / dot(applied, direction)
    for (let i = 0; i < count; i++) {
      solution[i] = (solution[i] as number) + along * (direction[i] as number)
      residual[i] = (residual[i] as number) - along * (applied[i] as number)
    }
    const next = dot(residual, residual)
    const kept = next / size
    for (let i = 0; i < count; i++) direction[i] = (residual[i] as number) + kept * (direction[i] as number)
    size = next
  }
  return solution
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}
