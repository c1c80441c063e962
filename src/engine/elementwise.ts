/** Elements of a constant. */
export type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array

interface Operand<T extends Numbers> {
  readonly dims: readonly number[]
  readonly data: T
}

/**
 * a ∘ b by ONNX's rules of broadcasting, of float32 or int32. A sum or product of two float32 rounded from double precision is the
 * nearest float32 (Figueroa 1995, When is double rounding innocuous?): what the engine gives.
 *
 * @param overwrites whether a's elements are no more needed: the result takes their place where it is as large
 * @returns undefined for shapes that do not go together
 */
export function blended(
  op: Blend,
  a: Operand<Float32Array | Int32Array>,
  b: Operand<Float32Array | Int32Array>,
  overwrites: boolean,
): Operand<Float32Array | Int32Array> | undefined {
  const rank = Math.max(a.dims.length, b.dims.length)
  const [left, right] = [padded(a.dims, rank), padded(b.dims, rank)]
  const dims = left.map((size, axis) => (size === 1 ? (right[axis] ?? 1) : size))
  if (right.some((size, axis) => size !== 1 && size !== dims[axis])) return undefined
  const total = dims.reduce((product, size) => product * size, 1)
  const whole = a.data instanceof Int32Array ? Int32Array : Float32Array
  const data = overwrites && a.data.length === total ? a.data : new whole(total)
  const [length, outer] = rows(dims, left, right)
  const step = (own: readonly number[]) => (own.slice(outer).every(size => size === 1) ? 0 : 1)
  const [stepA, stepB] = [step(left), step(right)]
  const [offsetsA, offsetsB] = [offsets(dims, left, outer), offsets(dims, right, outer)]
  for (let row = 0; row * length < total; row++) {
    const at = row * length
    const from = { data: a.data, at: offsetsA[row] ?? 0, step: stepA }
    const by = { data: b.data, at: offsetsB[row] ?? 0, step: stepB }
    if (data instanceof Int32Array) blendIntegers(op, data, at, length, from, by)
    else blendFloats(op, data, at, length, from, by)
  }
  return { dims, data }
}

type Blend = 'Add' | 'Sub' | 'Mul'

/** A row of an operand, or one number for all of a row. */
interface Row {
  readonly data: Float32Array | Int32Array
  readonly at: number
  readonly step: number
}

/** Apart from the one of integers, for V8 compiles a loop for one kind of array to a few instructions. */
function blendFloats(op: Blend, to: Float32Array, start: number, length: number, a: Row, b: Row): void {
  if (!(a.data instanceof Float32Array && b.data instanceof Float32Array)) return
  const [x, y, stepX, stepY, end] = [a.data, b.data, a.step, b.step, start + length]
  let [at, i, j] = [start, a.at, b.at]
  if (op === 'Mul') for (; at < end; at++, i += stepX, j += stepY) to[at] = (x[i] ?? 0) * (y[j] ?? 0)
  else if (op === 'Add') for (; at < end; at++, i += stepX, j += stepY) to[at] = (x[i] ?? 0) + (y[j] ?? 0)
  else for (; at < end; at++, i += stepX, j += stepY) to[at] = (x[i] ?? 0) - (y[j] ?? 0)
}

/** Sums and differences; a product of int32 goes past 2^53. */
function blendIntegers(op: Blend, to: Int32Array, start: number, length: number, a: Row, b: Row): void {
  if (!(a.data instanceof Int32Array && b.data instanceof Int32Array)) return
  const [x, y, stepX, stepY, end] = [a.data, b.data, a.step, b.step, start + length]
  const sign = op === 'Sub' ? -1 : 1
  let [at, i, j] = [start, a.at, b.at]
  for (; at < end; at++, i += stepX, j += stepY) to[at] = (x[i] ?? 0) + sign * (y[j] ?? 0)
}

const padded = (dims: readonly number[], rank: number): number[] => [
  ...new Array<number>(rank - dims.length).fill(1),
  ...dims,
]

/** The longest rows along which each operand is a row itself or one number: their length, and the number of axes before them. */
function rows(dims: readonly number[], ...operands: readonly (readonly number[])[]): [length: number, outer: number] {
  let [length, outer] = [1, dims.length]
  const fits = (own: readonly number[], from: number) =>
    own.slice(from).every(size => size === 1) || own.slice(from).every((size, i) => size === dims[from + i])
  while (outer > 0 && operands.every(own => fits(own, outer - 1))) length *= dims[--outer] ?? 1
  return [length, outer]
}

/** Where an operand's row begins, for each row of the result. */
function offsets(dims: readonly number[], own: readonly number[], outer: number): number[] {
  let found = [0]
  for (let axis = 0; axis < outer; axis++) {
    const stride = own[axis] === 1 ? 0 : own.slice(axis + 1).reduce((product, size) => product * size, 1)
    found = found.flatMap(offset => Array.from({ length: dims[axis] ?? 1 }, (_, i) => offset + i * stride))
  }
  return found
}

/**
 * (x − zero) · scale.
 *
 * @param inner elements in a row that have one scale
 */
export function dequantized(
  x: Numbers,
  scales: ArrayLike<number>,
  zeros: ArrayLike<number> | undefined,
  inner: number,
): Float32Array {
  const made = new Float32Array(x.length)
  for (let row = 0, at = 0; at < x.length; row++) {
    const scale = scales[row % scales.length] ?? 1
    const zero = zeros?.[row % scales.length] ?? 0
    // An int32 is rounded to float32 before it is multiplied.
    for (const end = at + inner; at < end; at++) made[at] = Math.fround((x[at] ?? 0) - zero) * scale
  }
  return made
}
