import type { Tensor } from '../../hookscope'

type Nested = number | readonly Nested[]

/**
 * As torch.tensor: a number, a list, a list of rows.
 *
 * @throws TypeError where rows differ in length
 */
export function tensor(numbers: Nested): Tensor {
  const dims: number[] = []
  for (let level: Nested | undefined = numbers; typeof level === 'object'; level = level[0]) dims.push(level.length)
  const data: number[] = []
  fill(numbers, dims, data)
  return { dims, data: Float32Array.from(data) }
}

function fill(numbers: Nested, [size, ...inner]: readonly number[], data: number[]): void {
  if (typeof numbers === 'number' && size === undefined) data.push(numbers)
  else if (typeof numbers === 'object' && numbers.length === size) for (const row of numbers) fill(row, inner, data)
  else throw new TypeError('tensor() takes numbers in rows of the same length')
}

/** As torch.full: every value the same. */
export function full(dims: readonly number[], value: number): Tensor {
  return { dims, data: new Float32Array(sizeOf(dims)).fill(value) }
}

/** As torch.randn, times `std`: normal random numbers (Box and Muller 1958), the same ones in every run. */
export function randn(dims: readonly number[], std = 1): Tensor {
  const data = new Float32Array(sizeOf(dims))
  const random = mulberry(data.length)
  for (let i = 0; i < data.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - random()))
    const angle = 2 * Math.PI * random()
    data[i] = radius * Math.cos(angle)
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle)
  }
  return { dims, data }
}

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1)

/** mulberry32: 0 ≤ x < 1. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
