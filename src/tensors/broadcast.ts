import { HookscopeError } from '../errors'
import type { Tensor } from '../hooks/types'
import { countOf } from './create'

/** The shape that both are repeated to, axes aligned at the end. @throws HookscopeError `bad-argument` where there is none */
export function commonDims(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]
    if (x === y || y === 1) return x
    if (x === 1) return y
    throw new HookscopeError(
      'bad-argument',
      `Tensors of [${a.join(', ')}] and [${b.join(', ')}] do not go together: sizes must be equal or 1.`,
    )
  })
}

/** The tensor repeated to a shape that it broadcasts to. */
export function broadcastTo(tensor: Tensor, dims: readonly number[]): Tensor {
  if (`${tensor.dims}` === `${dims}`) return tensor
  const place = placesIn(tensor.dims, dims)
  return { dims, data: Float32Array.from({ length: countOf(dims) }, (_, i) => tensor.data[place(i)] ?? 0) }
}

/** The opposite: what broadcasting repeated, summed, in double precision. */
export function summedTo(tensor: Tensor, dims: readonly number[]): Tensor {
  if (`${tensor.dims}` === `${dims}`) return tensor
  const place = placesIn(dims, tensor.dims)
  const sums = new Float64Array(countOf(dims))
  tensor.data.forEach((value, i) => {
    const at = place(i)
    sums[at] = (sums[at] ?? 0) + value
  })
  return { dims, data: Float32Array.from(sums) }
}

/** For an element of the large shape, row-major, the one of the small shape that stands for it. */
function placesIn(small: readonly number[], large: readonly number[]): (i: number) => number {
  const strides = large.map((_, axis) => {
    const own = axis - (large.length - small.length)
    return own < 0 || small[own] === 1 ? 0 : countOf(small.slice(own + 1))
  })
  return i => {
    let [rest, at] = [i, 0]
    for (let axis = large.length - 1; axis >= 0; axis--) {
      const size = large[axis] ?? 1
      at += (rest % size) * (strides[axis] ?? 0)
      rest = Math.floor(rest / size)
    }
    return at
  }
}
