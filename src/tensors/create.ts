import { HookscopeError } from '../errors'
import type { Tensor } from '../hooks/types'
import { record } from './tape'

/** A number, a list, a list of rows, and so on. */
export type Nested = number | readonly Nested[]

/**
 * As `torch.tensor`.
 *
 * @throws HookscopeError `bad-argument` where rows differ in length
 */
export function tensor(numbers: Nested): Tensor {
  const dims: number[] = []
  for (let level: Nested | undefined = numbers; typeof level === 'object'; level = level[0]) dims.push(level.length)
  const data: number[] = []
  fill(numbers, dims, data)
  return record({ dims, data: Float32Array.from(data) }, [])
}

function fill(numbers: Nested, [size, ...inner]: readonly number[], data: number[]): void {
  if (typeof numbers === 'number' && size === undefined) data.push(numbers)
  else if (typeof numbers === 'object' && numbers.length === size) for (const row of numbers) fill(row, inner, data)
  else throw new HookscopeError('bad-argument', 'tensor() takes numbers in rows of the same length.')
}

/** As `torch.full`: every value the same. */
export function full(dims: readonly number[], value: number): Tensor {
  return record({ dims, data: new Float32Array(countOf(dims)).fill(value) }, [])
}

/**
 * As `torch.randn`, times `std`: normal random numbers (Box and Muller 1958), the same ones for the same seed. They are not
 * torch's numbers.
 *
 * @throws HookscopeError `bad-argument`
 */
export function randn(dims: readonly number[], options: { seed?: number; std?: number } = {}): Tensor {
  if (typeof options !== 'object')
    throw new HookscopeError('bad-argument', `randn() takes { seed, std } behind the shape, not ${String(options)}.`)
  const { seed = 0, std = 1 } = options
  const data = new Float32Array(countOf(dims))
  const random = mulberry(seed)
  for (let i = 0; i < data.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - random()))
    const angle = 2 * Math.PI * random()
    data[i] = radius * Math.cos(angle)
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle)
  }
  return record({ dims, data }, [])
}

export const countOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1)

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
