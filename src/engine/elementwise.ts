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
 * @returns undefined for shapes that do not go together
 */
export function blended(
  op: 'Add' | 'Sub' | 'Mul',
  a: Operand<Float32Array | Int32Array>,
  b: Operand<Float32Array | Int32Array>,
): Operand<Float32Array | Int32Array> | undefined {
  const rank = Math.max(a.dims.length, b.dims.length)
  const [left, right] = [padded(a.dims, rank), padded(b.dims, rank)]
  const dims = left.map((size, axis) => (size === 1 ? (right[axis] ?? 1) : size))
  if (right.some((size, axis) => size !== 1 && size !== dims[axis])) return undefined
  const total = dims.reduce((product, size) => product * size, 1)
  const data = a.data instanceof Int32Array ? new Int32Array(total) : new Float32Array(total)
  const [length, outer] = rows(dims, left, right)
  const step = (own: readonly number[]) => (own.slice(outer).every(size => size === 1) ? 0 : 1)
  const [stepA, stepB] = [step(left), step(right)]
  const [offsetsA, offsetsB] = [offsets(dims, left, outer), offsets(dims, right, outer)]
  for (let row = 0; row * length < total; row++) {
    let [at, i, j] = [row * length, offsetsA[row] ?? 0, offsetsB[row] ?? 0]
    const end = at + length
    if (op === 'Mul') for (; at < end; at++, i += stepA, j += stepB) data[at] = (a.data[i] ?? 0) * (b.data[j] ?? 0)
    else if (op === 'Add') for (; at < end; at++, i += stepA, j += stepB) data[at] = (a.data[i] ?? 0) + (b.data[j] ?? 0)
    else for (; at < end; at++, i += stepA, j += stepB) data[at] = (a.data[i] ?? 0) - (b.data[j] ?? 0)
  }
  return { dims, data }
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
