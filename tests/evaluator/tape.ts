import { commonShape, type NdArray, sizeOf } from '../support/reference/array'

/** A value on a tape: row-major doubles, and after `Tape.backward` the derivative of what was asked for. */
export interface Value extends NdArray {
  /** Whether it counts in whole numbers, whose division cuts off. */
  readonly whole: boolean
  /** The derivative; undefined where nothing that was asked for depends on the value. */
  gradient?: Float64Array
}

interface Step {
  readonly result: Value
  /** Adds what the result's gradient says of the inputs to theirs. */
  readonly pull: (gradient: Float64Array) => void
}

export interface TapeOptions {
  /** What becomes of every number that is computed: `Math.fround` gives float32's noise. */
  readonly round?: (x: number) => number
  /** Guided backpropagation: what would go back below 0 stops at a ReLU. */
  readonly guided?: boolean
}

/**
 * Reverse mode in double precision. The few steps below are all that is differentiated by hand; ONNX's operators are
 * written as sequences of them.
 */
export class Tape {
  private readonly steps: Step[] = []
  private readonly values: Value[] = []
  /** Where f is not smooth: how near to such a place any number came, as a share of the largest beside it. */
  nearestEdge = Number.POSITIVE_INFINITY

  constructor(private readonly options: TapeOptions = {}) {}

  get guided(): boolean {
    return this.options.guided ?? false
  }

  leaf(dims: readonly number[], data: ArrayLike<number>, whole = false): Value {
    const value: Value = { dims, data: Float64Array.from(data), whole }
    this.values.push(value)
    return value
  }

  scalar(value: number): Value {
    return this.leaf([], [value])
  }

  /** y = f(x), its derivative `slope(x, y)`, which may look at the gradient that it scales. */
  unary(
    x: Value,
    f: (x: number) => number,
    slope: (x: number, y: number, gradient: number) => number,
    whole = x.whole,
  ): Value {
    const data = this.rounded(x.data.map(f))
    return this.record({ dims: x.dims, data, whole }, gradient => {
      const into = gradientOf(x)
      for (let i = 0; i < data.length; i++) {
        // An infinite slope times nothing is nothing.
        const g = gradient[i] as number
        if (g !== 0) into[i] = (into[i] as number) + g * slope(x.data[i] as number, data[i] as number, g)
      }
    })
  }

  /** z = f(x, y) with broadcasting; derivatives by x and by y. */
  binary(x: Value, y: Value, f: Binary, byX: Binary, byY: Binary, whole = x.whole && y.whole): Value {
    const dims = commonShape(x.dims, y.dims)
    const [fromX, fromY] = [spread(x.dims, dims), spread(y.dims, dims)]
    const data = new Float64Array(sizeOf(dims))
    for (let i = 0; i < data.length; i++)
      data[i] = f(x.data[fromX[i] as number] as number, y.data[fromY[i] as number] as number)
    return this.record({ dims, data: this.rounded(data), whole }, gradient => {
      const [intoX, intoY] = [gradientOf(x), gradientOf(y)]
      for (let i = 0; i < data.length; i++) {
        const [ix, iy, g] = [fromX[i] as number, fromY[i] as number, gradient[i] as number]
        if (g === 0) continue
        const [a, b] = [x.data[ix] as number, y.data[iy] as number]
        intoX[ix] = (intoX[ix] as number) + g * byX(a, b)
        intoY[iy] = (intoY[iy] as number) + g * byY(a, b)
      }
    })
  }

  /** Every place of the result is a place of x, `from[i]`, or where that is −1 the constant `filling`. */
  pick(x: Value, dims: readonly number[], from: ArrayLike<number>, filling = 0): Value {
    const data = new Float64Array(sizeOf(dims))
    for (let i = 0; i < data.length; i++) {
      const place = from[i] as number
      data[i] = place < 0 ? filling : (x.data[place] as number)
    }
    return this.record({ dims, data, whole: x.whole }, gradient => {
      const into = gradientOf(x)
      for (let i = 0; i < data.length; i++) {
        const place = from[i] as number
        if (place >= 0) into[place] = (into[place] as number) + (gradient[i] as number)
      }
    })
  }

  reshape(x: Value, dims: readonly number[]): Value {
    if (sizeOf(dims) !== x.data.length) throw new Error(`[${x.dims}] is no [${dims}]`)
    return this.pick(x, dims, Array.from(x.data.keys()))
  }

  /** The values one after the other: result place i is place `from[i]` of all their data in a row. */
  join(xs: readonly Value[], dims: readonly number[], from: ArrayLike<number>): Value {
    const all = new Float64Array(xs.reduce((count, x) => count + x.data.length, 0))
    let start = 0
    for (const x of xs) {
      all.set(x.data, start)
      start += x.data.length
    }
    const row: Value = { dims: [all.length], data: all, whole: xs.every(x => x.whole) }
    this.record(row, gradient => {
      let at = 0
      for (const x of xs) {
        const into = gradientOf(x)
        for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + (gradient[at++] as number)
      }
    })
    return this.pick(row, dims, from)
  }

  /** Σ over axes, which stay with size 1. */
  sum(x: Value, axes: readonly number[]): Value {
    const dims = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
    const to = spread(dims, x.dims)
    const data = new Float64Array(sizeOf(dims))
    for (let i = 0; i < x.data.length; i++)
      data[to[i] as number] = (data[to[i] as number] as number) + (x.data[i] as number)
    return this.record({ dims, data: this.rounded(data), whole: x.whole }, gradient => {
      const into = gradientOf(x)
      for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) + (gradient[to[i] as number] as number)
    })
  }

  /** a [B, M, K] times b [B, K, N]. */
  product(a: Value, b: Value): Value {
    const [batch = 1, m = 1, k = 1] = a.dims
    const n = b.dims[2] ?? 1
    const data = new Float64Array(batch * m * n)
    walk(batch, m, k, n, (ia, ib, i) => {
      data[i] = (data[i] as number) + (a.data[ia] as number) * (b.data[ib] as number)
    })
    return this.record({ dims: [batch, m, n], data: this.rounded(data), whole: a.whole && b.whole }, gradient => {
      const [intoA, intoB] = [gradientOf(a), gradientOf(b)]
      walk(batch, m, k, n, (ia, ib, i) => {
        const g = gradient[i] as number
        intoA[ia] = (intoA[ia] as number) + g * (b.data[ib] as number)
        intoB[ib] = (intoB[ib] as number) + g * (a.data[ia] as number)
      })
    })
  }

  /** Notes a place where a slope jumps: `distance` from it, beside numbers as large as `scale`. */
  edge(distance: number, scale: number): void {
    // Where both sides are the same number, as two zeros after a ReLU, rounding changes nothing.
    if (distance !== 0 && scale > 0) this.nearestEdge = Math.min(this.nearestEdge, Math.abs(distance) / scale)
  }

  /** d Σ seed·of / d every value, into their `gradient`; what was there before is forgotten. */
  backward(of: Value, seed: ArrayLike<number>): void {
    for (const value of this.values) delete value.gradient
    gradientOf(of).set(seed)
    for (const { result, pull } of this.steps.toReversed()) {
      if (!result.gradient) continue
      if (this.options.round) result.gradient = result.gradient.map(this.options.round)
      pull(result.gradient)
    }
  }

  private record(result: Value, pull: Step['pull']): Value {
    this.values.push(result)
    this.steps.push({ result, pull })
    return result
  }

  private rounded(data: Float64Array): Float64Array {
    return this.options.round ? data.map(this.options.round) : data
  }
}

type Binary = (x: number, y: number) => number

function gradientOf(x: Value): Float64Array {
  x.gradient ??= new Float64Array(x.data.length)
  return x.gradient
}

/** For every place of `to`, the place of `from` that broadcasting repeats there. */
export function spread(from: readonly number[], to: readonly number[]): Int32Array {
  const skipped = to.length - from.length
  const steps = to.map(() => 0)
  let step = 1
  for (let axis = from.length - 1; axis >= 0; axis--) {
    const size = from[axis] ?? 1
    steps[axis + skipped] = size === 1 ? 0 : step
    step *= size
  }
  return places(to, steps)
}

/** Σ index·step for every index of a shape, in row-major order. */
export function places(dims: readonly number[], steps: readonly number[], start = 0): Int32Array {
  let found = Int32Array.of(start)
  dims.forEach((size, axis) => {
    const next = new Int32Array(found.length * size)
    for (let i = 0; i < found.length; i++)
      for (let k = 0; k < size; k++) next[i * size + k] = (found[i] as number) + k * (steps[axis] ?? 0)
    found = next
  })
  return found
}

function walk(
  batch: number,
  m: number,
  k: number,
  n: number,
  visit: (a: number, b: number, result: number) => void,
): void {
  for (let i = 0; i < batch * m; i++) {
    const before = Math.floor(i / m) * k
    for (let j = 0; j < k; j++) for (let l = 0; l < n; l++) visit(i * k + j, (before + j) * n + l, i * n + l)
  }
}
