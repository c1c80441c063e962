import type { Node } from '../../../src/graph/types'
import { sizeOf } from '../../support/reference/array'
import { list, number, text } from '../../support/reference/operator'
import { input, type Operator, type Scope } from '../operator'
import { places, type Tape, type Value } from '../tape'
import { add, scale } from './elementwise'

/** Where a window lies along one axis: entry k of window o reads place starts[o] + k·dilation. */
interface Axis {
  readonly size: number
  readonly kernel: number
  readonly dilation: number
  readonly starts: readonly number[]
  /** First place past the end padding. */
  readonly end: number
}

/** ONNX's output sizes: ⌊(size + pads − extent) / stride⌋ + 1, rounded up with ceil_mode; SAME covers ⌈size / stride⌉. */
function axisOf(node: Node, i: number, rank: number, size: number, kernel: number): Axis {
  const stride = list(node, 'strides')?.[i] ?? 1
  const dilation = list(node, 'dilations')?.[i] ?? 1
  const extent = (kernel - 1) * dilation + 1
  const auto = text(node, 'auto_pad', 'NOTSET')
  let [begin, end] = [list(node, 'pads')?.[i] ?? 0, list(node, 'pads')?.[i + rank] ?? 0]
  if (auto !== 'NOTSET') {
    const covered = Math.ceil(size / stride)
    const total = auto === 'VALID' ? 0 : Math.max(0, (covered - 1) * stride + extent - size)
    begin = auto === 'SAME_LOWER' ? Math.ceil(total / 2) : Math.floor(total / 2)
    end = total - begin
  }
  const room = size + begin + end - extent
  const whole = Math.floor(room / stride) + 1
  const up = Math.ceil(room / stride) + 1
  // A window that begins past the picture and its begin padding reads nothing and is left out.
  const count = number(node, 'ceil_mode', 0) && (up - 1) * stride < size + begin ? up : whole
  return {
    ...{ size, kernel, dilation, end: size + end },
    starts: Array.from({ length: count }, (_, o) => o * stride - begin),
  }
}

interface Windows {
  readonly out: readonly number[]
  readonly kernel: readonly number[]
  /** [out…, kernel…]: place in one plane, or −1 outside of it. */
  readonly from: Int32Array
  /** Of the same: whether it lies inside the picture or its padding. */
  readonly padded: Uint8Array
}

function windows(node: Node, spatial: readonly number[], kernel: readonly number[]): Windows {
  const axes = spatial.map((size, i) => axisOf(node, i, spatial.length, size, kernel[i] ?? 1))
  const out = axes.map(axis => axis.starts.length)
  const count = sizeOf(out) * sizeOf(kernel)
  const from = new Int32Array(count)
  const padded = new Uint8Array(count)
  const shape = [...out, ...kernel]
  for (let flat = 0; flat < count; flat++) {
    let [rest, place, step, inside, near] = [flat, 0, 1, true, true]
    const index = shape.map(() => 0)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % (shape[axis] ?? 1)
      rest = Math.floor(rest / (shape[axis] ?? 1))
    }
    for (let i = axes.length - 1; i >= 0; i--) {
      const axis = axes[i]
      if (!axis) continue
      const at = (axis.starts[index[i] ?? 0] ?? 0) + (index[i + axes.length] ?? 0) * axis.dilation
      inside &&= at >= 0 && at < axis.size
      near &&= at < axis.end
      place += at * step
      step *= axis.size
    }
    from[flat] = inside ? place : -1
    padded[flat] = Number(near)
  }
  return { out, kernel, from, padded }
}

/** The windows of every plane: x [N, C, …] becomes [N·C, out, kernel], each flattened; `filling` outside. */
function unfold(tape: Tape, x: Value, { out, kernel, from }: Windows): Value {
  const planes = sizeOf(x.dims.slice(0, 2))
  const plane = sizeOf(x.dims.slice(2))
  const all = new Int32Array(planes * from.length)
  for (let p = 0; p < planes; p++)
    for (let i = 0; i < from.length; i++) {
      const place = from[i] as number
      all[p * from.length + i] = place < 0 ? -1 : p * plane + place
    }
  return tape.pick(x, [planes, sizeOf(out), sizeOf(kernel)], all)
}

export const Conv: Operator = scope => {
  const [x, w, bias] = [input(scope, 0), input(scope, 1), scope.inputs[2]]
  return convolved(scope.tape, scope.node, x, w, bias, number(scope.node, 'group', 1))
}

export function convolved(tape: Tape, node: Node, x: Value, w: Value, bias: Value | undefined, group: number): Value {
  const [n = 1, channels = 1] = x.dims
  const [filters = 1, , ...kernel] = w.dims
  const found = windows(node, x.dims.slice(2), kernel)
  const [places_, entries, per] = [sizeOf(found.out), sizeOf(kernel), channels / group]
  const columns = unfold(tape, x, found)
  // [N, G, C/G, places, entries] → [N·G, C/G·entries, places]
  const order = places([n * group, per, entries, places_], [per * places_ * entries, places_ * entries, 1, entries])
  const matrix = tape.pick(columns, [n * group, per * entries, places_], order)
  const each = filters / group
  const weights = tape.pick(
    w,
    [n * group, each, per * entries],
    places([n, group, each, per * entries], [0, each * per * entries, per * entries, 1]),
  )
  const y = tape.reshape(tape.product(weights, matrix), [n, filters, ...found.out])
  return bias ? add(tape, y, tape.reshape(bias, [1, filters, ...found.out.map(() => 1)])) : y
}

/** The convolution whose filters are turned round, over x with strides − 1 zeros between its places. */
export const ConvTranspose: Operator = scope => {
  const { tape, node } = scope
  const [x, w, bias] = [input(scope, 0), input(scope, 1), scope.inputs[2]]
  const [n = 1, channels = 1, ...spatial] = x.dims
  const [, each = 1, ...kernel] = w.dims
  const group = number(node, 'group', 1)
  const rank = spatial.length
  const read = (name: string, i: number, absent: number) => list(node, name)?.[i] ?? absent
  const auto = text(node, 'auto_pad', 'NOTSET')
  const axes = spatial.map((size, i) => {
    const [stride, dilation] = [read('strides', i, 1), read('dilations', i, 1)]
    const extra = read('output_padding', i, 0)
    const extent = ((kernel[i] ?? 1) - 1) * dilation + 1
    const whole = stride * (size - 1) + extra + extent
    const wanted = list(node, 'output_shape')?.[i] ?? (auto.startsWith('SAME') ? size * stride : undefined)
    const total = Math.max(0, wanted === undefined ? read('pads', i, 0) + read('pads', i + rank, 0) : whole - wanted)
    const half = auto === 'SAME_UPPER' ? Math.floor(total / 2) : total - Math.floor(total / 2)
    const begin = wanted === undefined ? read('pads', i, 0) : half
    return { size, stride, dilation, extra, extent, begin, end: total - begin }
  })
  // Lay x out with zeros, long enough that every output place is a whole window.
  const laid = axes.map(a => (a.size - 1) * a.stride + 1 + 2 * (a.extent - 1) - a.begin - a.end + a.extra)
  const index = new Int32Array(n * channels * sizeOf(laid)).fill(-1)
  for (let flat = 0; flat < x.data.length; flat++) {
    let [rest, to, step, fits] = [flat, 0, 1, true]
    for (let i = rank - 1; i >= 0; i--) {
      const axis = axes[i]
      if (!axis) continue
      const at = (rest % axis.size) * axis.stride + axis.extent - 1 - axis.begin
      fits &&= at >= 0 && at < (laid[i] ?? 0)
      rest = Math.floor(rest / axis.size)
      to += at * step
      step *= laid[i] ?? 1
    }
    if (fits) index[rest * step + to] = flat
  }
  const wide = tape.pick(x, [n, channels, ...laid], index)
  // w [C, M/G, k…] → [M, C/G, k… turned round]
  const [entries, per] = [sizeOf(kernel), channels / group]
  const turned = places([group, each, per], [per * each * entries, entries, each * entries])
  const filters = tape.pick(
    w,
    [group * each, per, ...kernel],
    [...turned].flatMap(start => Array.from({ length: entries }, (_, k) => start + entries - 1 - k)),
  )
  const plain: Node = {
    ...node,
    attributes: new Map([['dilations', { kind: 'ints', value: axes.map(a => a.dilation) }]]),
  }
  return convolved(tape, plain, wide, filters, bias, group)
}

const pooled = (scope: Scope) => {
  const x = input(scope, 0)
  const found = windows(scope.node, x.dims.slice(2), list(scope.node, 'kernel_shape') ?? [])
  return { x, found, dims: [...x.dims.slice(0, 2), ...found.out] }
}

/** The first largest in row-major order; its gradient goes there alone. */
export const MaxPool: Operator = ({ ...scope }) => {
  const { tape } = scope
  const { x, found, dims } = pooled(scope)
  const plane = sizeOf(x.dims.slice(2))
  const size = x.data.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const entries = sizeOf(found.kernel)
  const best = new Int32Array(sizeOf(dims))
  for (let i = 0; i < best.length; i++) {
    const window = (i % sizeOf(found.out)) * entries
    const start = Math.floor(i / sizeOf(found.out)) * plane
    let [winner, most, second] = [-1, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let k = 0; k < entries; k++) {
      const place = found.from[window + k] as number
      if (place < 0) continue
      const value = x.data[start + place] as number
      if (value > most) [winner, most, second] = [start + place, value, most]
      else second = Math.max(second, value)
    }
    best[i] = winner
    if (Number.isFinite(second)) tape.edge(most - second, size)
  }
  return tape.pick(x, dims, best, Number.NEGATIVE_INFINITY)
}

/** Without padding counted the mean is over what lies inside; with it, over what lies inside the pads. */
export const AveragePool: Operator = scope => {
  const { tape, node } = scope
  const { x, found, dims } = pooled(scope)
  const entries = sizeOf(found.kernel)
  const counted = number(node, 'count_include_pad', 0) === 1
  const shares = Array.from({ length: sizeOf(found.out) }, (_, o) => {
    let count = 0
    for (let k = 0; k < entries; k++)
      count += Number(counted ? found.padded[o * entries + k] : (found.from[o * entries + k] as number) >= 0)
    return 1 / count
  })
  const sums = tape.sum(unfold(tape, x, found), [2])
  const share = tape.leaf([1, shares.length, 1], shares)
  const means = tape.binary(
    sums,
    share,
    (a, b) => a * b,
    (_, b) => b,
    a => a,
  )
  return tape.reshape(means, dims)
}

/** (Σ |x|ᵖ)^(1/p) of each window. */
export const LpPool: Operator = scope => {
  const { tape } = scope
  const { x, found, dims } = pooled(scope)
  const p = number(scope.node, 'p', 2)
  return tape.reshape(rooted(tape, tape.sum(powered(tape, unfold(tape, x, found), p), [2]), p), dims)
}

export const powered = (tape: Tape, x: Value, p: number): Value =>
  tape.unary(
    x,
    value => Math.abs(value) ** p,
    value => p * Math.abs(value) ** (p - 1) * Math.sign(value),
  )

/** The p-th root; where it is 0 it counts as flat, as PyTorch's norm does. */
export const rooted = (tape: Tape, x: Value, p: number): Value =>
  tape.unary(
    x,
    value => value ** (1 / p),
    (_, y) => (y === 0 ? 0 : y ** (1 - p) / p),
  )

const spatialAxes = (x: Value): number[] => x.dims.map((_, axis) => axis).slice(2)

export const GlobalAveragePool: Operator = scope => {
  const x = input(scope, 0)
  return scale(scope.tape, scope.tape.sum(x, spatialAxes(x)), 1 / sizeOf(x.dims.slice(2)))
}

export const GlobalMaxPool: Operator = scope => {
  const kernel_shape = { kind: 'ints', value: input(scope, 0).dims.slice(2) } as const
  return MaxPool({ ...scope, node: { ...scope.node, attributes: new Map([['kernel_shape', kernel_shape]]) } })
}

export const GlobalLpPool: Operator = scope => {
  const x = input(scope, 0)
  const p = number(scope.node, 'p', 2)
  return rooted(scope.tape, scope.tape.sum(powered(scope.tape, x, p), spatialAxes(x)), p)
}
