import type { ValueInfo } from '../graph/shape-rules'
import { isFloat } from '../graph/shapes'
import { sizeOf } from '../graph/tensors'

/** Numbers in a row: element k of the first picture stands at place k · stride. */
export interface Row {
  readonly count: number
  readonly stride: number
}

/**
 * The row that a value is, whatever ones stand around it: [5], [1, 5], [1, 5, 1, 1], [5, 1]; of a batch the first.
 *
 * @param batch pictures that the network takes at once
 */
export function rowOf(known: ValueInfo | undefined, batch: number): Row | undefined {
  if (!known || !isFloat(known.type) || known.dims.includes(0)) return undefined
  const { dims } = known
  const own = batch > 1 ? dims.indexOf(batch) : -1
  if (batch > 1 && own < 0) return undefined
  const [axis, another] = dims.flatMap((size, axis) => (size > 1 && axis !== own ? [axis] : []))
  if (another !== undefined) return undefined
  return axis === undefined ? { count: 1, stride: 1 } : { count: dims[axis] ?? 1, stride: sizeOf(dims.slice(axis + 1)) }
}

/** The numbers of a row; NaN where there are fewer. */
export const rowValues = (values: Float32Array, { count, stride }: Row): Float32Array =>
  Float32Array.from({ length: count }, (_, k) => values[k * stride] ?? Number.NaN)
