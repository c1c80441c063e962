import type { Answer } from '../analysis/answer'
import { sizeOf } from '../graph/tensors'
import type { Tensor } from './types'

type Order = Pick<Answer, 'classes' | 'row' | 'isSingle'>

/** Whether the logits stand as the classes do. Of a single number there is one logit for both of its sides. */
const isSorted = ({ classes, row, isSingle }: Order): boolean =>
  row.stride === 1 &&
  (isSingle
    ? row.count === 1 && classes[0]?.sign === 1
    : classes.length === row.count && classes.every(({ index, sign }, i) => index === i && sign === 1))

/** Logits one a class, [pictures, classes] where the file's last layer has them in another order. */
export function sorted(raw: Tensor, order: Order): Tensor {
  if (isSorted(order)) return raw
  const { classes, row } = order
  const step = row.count * row.stride
  const rows = sizeOf(raw.dims) / step
  const data = Float32Array.from({ length: rows * classes.length }, (_, i) => {
    const { index = 0, sign = 1 } = classes[i % classes.length] ?? {}
    return sign * (raw.data[Math.floor(i / classes.length) * step + index * row.stride] ?? Number.NaN)
  })
  return { dims: [rows, classes.length], data }
}

/** A gradient with respect to such logits as one with respect to the last layer's. */
export function unsorted(seed: Tensor, order: Order, dims: readonly number[]): Tensor {
  if (isSorted(order)) return seed
  const { classes, row } = order
  const step = row.count * row.stride
  const data = new Float32Array(sizeOf(dims))
  seed.data.forEach((value, i) => {
    const { index = 0, sign = 1 } = classes[i % classes.length] ?? {}
    const place = Math.floor(i / classes.length) * step + index * row.stride
    data[place] = (data[place] ?? 0) + sign * value
  })
  return { dims, data }
}
