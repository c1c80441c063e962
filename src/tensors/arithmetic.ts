import { HookscopeError } from '../errors'
import type { Tensor } from '../hooks/types'
import { broadcastTo, commonDims, summedTo } from './broadcast'
import { countOf, full } from './create'
import { record } from './tape'

type Operand = Tensor | number

/** a + b, broadcast as in PyTorch. @throws HookscopeError `bad-argument` for shapes that do not broadcast */
export function add(a: Operand, b: Operand): Tensor {
  return elementwise(
    a,
    b,
    (x, y) => x + y,
    grad => [grad, grad],
  )
}

/** a · b by element, broadcast as in PyTorch. @throws HookscopeError `bad-argument` for shapes that do not broadcast */
export function mul(a: Operand, b: Operand): Tensor {
  return elementwise(
    a,
    b,
    (x, y) => x * y,
    (grad, x, y) => [zip(grad, y, (g, value) => g * value), zip(grad, x, (g, value) => g * value)],
  )
}

/** As `torch.clamp`: d/dx = 1 from `min` to `max`, its ends included, else 0. */
export function clamp(x: Tensor, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): Tensor {
  const made = { dims: x.dims, data: x.data.map(value => Math.min(Math.max(value, min), max)) }
  const back = (grad: Tensor) => zip(grad, x, (g, value) => (value >= min && value <= max ? g : 0))
  return record(made, [{ from: x, back }])
}

/** As `torch.relu`: d/dx = 1 where x > 0, else 0. */
export function relu(x: Tensor): Tensor {
  const made = { dims: x.dims, data: x.data.map(value => Math.max(value, 0)) }
  return record(made, [{ from: x, back: grad => zip(grad, x, (g, value) => (value > 0 ? g : 0)) }])
}

export interface ReduceOptions {
  /** Axes to reduce, negative ones counted from the end; all of them unless given. */
  readonly dim?: number | readonly number[]
  /** Whether reduced axes stay, with size 1. */
  readonly keepdim?: boolean
}

/** As `torch.sum`. @throws HookscopeError `bad-argument` for an axis that there is not */
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduced(x, options, () => 1)

/** As `torch.mean`. @throws HookscopeError `bad-argument` for an axis that there is not */
export const mean = (x: Tensor, options: ReduceOptions = {}): Tensor => reduced(x, options, count => count)

/** The sum over axes by a divisor, which is told how many values each sum is of. */
function reduced(x: Tensor, { dim, keepdim = false }: ReduceOptions, divisorOf: (count: number) => number): Tensor {
  const axes = new Set(dim === undefined ? x.dims.keys() : [dim].flat().map(axis => axisOf(axis, x.dims)))
  const kept = x.dims.map((size, axis) => (axes.has(axis) ? 1 : size))
  const divisor = divisorOf(countOf(x.dims) / countOf(kept))
  const data = summedTo(x, kept).data.map(value => value / divisor)
  const dims = keepdim ? kept : x.dims.filter((_, axis) => !axes.has(axis))
  const back = (grad: Tensor) => broadcastTo({ dims: kept, data: grad.data.map(value => value / divisor) }, x.dims)
  return record({ dims, data }, [{ from: x, back }])
}

function elementwise(
  a: Operand,
  b: Operand,
  combine: (x: number, y: number) => number,
  back: (grad: Tensor, x: Tensor, y: Tensor) => readonly [Tensor, Tensor],
): Tensor {
  const [left, right] = [tensorOf(a), tensorOf(b)]
  const dims = commonDims(left.dims, right.dims)
  const [x, y] = [broadcastTo(left, dims), broadcastTo(right, dims)]
  const sides = [left, right] as const
  return record(
    zip(x, y, combine),
    sides.map((from, side) => ({ from, back: grad => summedTo(back(grad, x, y)[side] ?? grad, from.dims) })),
  )
}

const tensorOf = (operand: Operand): Tensor => (typeof operand === 'number' ? full([], operand) : operand)

const zip = (a: Tensor, b: Tensor, combine: (x: number, y: number) => number): Tensor => ({
  dims: a.dims,
  data: a.data.map((value, i) => combine(value, b.data[i] ?? 0)),
})

function axisOf(axis: number, dims: readonly number[]): number {
  const positive = axis < 0 ? axis + dims.length : axis
  if (Number.isInteger(axis) && positive >= 0 && positive < dims.length) return positive
  throw new HookscopeError('bad-argument', `There is no axis ${axis} in a tensor of [${dims.join(', ')}].`)
}
