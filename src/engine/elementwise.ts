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
 * @returns undefined for shapes or kinds that do not go together, and for products of int32
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
  const [length, outer] = rows(dims, left, right)
  const step = (own: readonly number[]) => (own.slice(outer).every(size => size === 1) ? 0 : 1)
  const [stepA, stepB] = [step(left), step(right)]
  const [offsetsA, offsetsB] = [offsets(dims, left, outer), offsets(dims, right, outer)]
  const eachRow = (work: (at: number, a: Row, b: Row) => void) => {
    for (let row = 0; row * length < total; row++)
      work(row * length, { at: offsetsA[row] ?? 0, step: stepA }, { at: offsetsB[row] ?? 0, step: stepB })
  }
  const [x, y] = [a.data, b.data]
  const inPlace = overwrites && x.length === total
  if (x instanceof Float32Array && y instanceof Float32Array) {
    const data = inPlace ? x : new Float32Array(total)
    eachRow((at, a, b) => blendFloats(op, data, at, length, x, a, y, b))
    return { dims, data }
  }
  if (!(x instanceof Int32Array && y instanceof Int32Array) || op === 'Mul') return undefined
  const data = inPlace ? x : new Int32Array(total)
  eachRow((at, a, b) => blendIntegers(op === 'Sub' ? -1 : 1, data, at, length, x, a, y, b))
  return { dims, data }
}

type Blend = 'Add' | 'Sub' | 'Mul'

/** Where a row of an operand begins, and how far its numbers lie apart: 0 of one number for all of the row. */
interface Row {
  readonly at: number
  readonly step: number
}

type Blending<T, O> = (op: O, to: T, at: number, length: number, x: T, a: Row, y: T, b: Row) => void

/** Apart from the one of integers, for V8 compiles a loop for one kind of array to a few instructions. */
const blendFloats: Blending<Float32Array, Blend> = (op, to, start, length, x, a, y, b) => {
  const end = start + length
  let [at, i, j] = [start, a.at, b.at]
  if (op === 'Mul') for (; at < end; at++, i += a.step, j += b.step) to[at] = (x[i] ?? 0) * (y[j] ?? 0)
  else if (op === 'Add') for (; at < end; at++, i += a.step, j += b.step) to[at] = (x[i] ?? 0) + (y[j] ?? 0)
  else for (; at < end; at++, i += a.step, j += b.step) to[at] = (x[i] ?? 0) - (y[j] ?? 0)
}

/** x ± y; a product of int32 goes past 2^53. */
const blendIntegers: Blending<Int32Array, 1 | -1> = (sign, to, start, length, x, a, y, b) => {
  const end = start + length
  let [at, i, j] = [start, a.at, b.at]
  for (; at < end; at++, i += a.step, j += b.step) to[at] = (x[i] ?? 0) + sign * (y[j] ?? 0)
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
