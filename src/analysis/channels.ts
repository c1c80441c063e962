import { sizeOf } from '../graph/tensors'
import type { Grid } from './grid'

/** Where the channels of a value lie: element i belongs to channel ⌊i / stride⌋ mod count. */
export interface Channels {
  readonly count: number
  readonly stride: number
}

/** Channels by the value's grid; without one along axis 1 ([1, N]), or the last axis of tokens ([1, T, C]). */
export function channelsOf(shape: readonly number[], grid?: Grid): Channels {
  if (grid) return { count: grid.channels, stride: grid.strides[0] }
  const axis = shape.length === 3 ? 2 : 1
  return { count: shape[axis] ?? 1, stride: sizeOf(shape.slice(axis + 1)) }
}
