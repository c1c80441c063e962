/** Row-major values in double precision. */
export interface NdArray {
  readonly dims: readonly number[]
  readonly data: Float64Array
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, d) => product * d, 1)

export function ndArray(dims: readonly number[], values?: ArrayLike<number>): NdArray {
  const data = new Float64Array(sizeOf(dims))
  if (values) data.set(values)
  return { dims, data }
}

/** Calls back for every index of a shape, in row-major order. The index array is reused. */
function forEachIndex(dims: readonly number[], visit: (index: readonly number[], flat: number) => void): void {
  const index = dims.map(() => 0)
  const count = sizeOf(dims)
  for (let flat = 0; flat < count; flat++) {
    visit(index, flat)
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const at = (index[axis] ?? 0) + 1
      if (at < (dims[axis] ?? 0)) {
        index[axis] = at
        break
      }
      index[axis] = 0
    }
  }
}

/** The value at an index; axes of size 1 are repeated, and axes missing in front ignored, as numpy broadcasts. */
export function at({ dims, data }: NdArray, index: readonly number[]): number {
  const skipped = index.length - dims.length
  let flat = 0
  for (let axis = 0; axis < dims.length; axis++) {
    const size = dims[axis] ?? 0
    flat = flat * size + (size === 1 ? 0 : (index[axis + skipped] ?? 0))
  }
  return data[flat] ?? Number.NaN
}

export function mapIndex(dims: readonly number[], value: (index: readonly number[]) => number): NdArray {
  const result = ndArray(dims)
  forEachIndex(dims, (index, flat) => {
    result.data[flat] = value(index)
  })
  return result
}

/** Σ of a function over every index of a shape. */
export function sumOver(dims: readonly number[], term: (index: readonly number[]) => number): number {
  let sum = 0
  forEachIndex(dims, index => {
    sum += term(index)
  })
  return sum
}

/** The shape that two shapes are repeated to. */
export function commonShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  const padded = [a, b].map(dims => [...new Array<number>(rank - dims.length).fill(1), ...dims])
  return Array.from({ length: rank }, (_, axis) => Math.max(padded[0]?.[axis] ?? 1, padded[1]?.[axis] ?? 1))
}
