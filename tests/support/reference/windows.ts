import type { Node } from '../../../src/graph/types'
import { at, mapIndex, type NdArray, sumOver } from './array'
import { input, list, number, type Operator, text } from './operator'

/** One spatial axis of a sliding window. */
interface Axis {
  readonly kernel: number
  readonly dilation: number
  readonly size: number
  readonly end: number
  /** First place of every window, in the input's own coordinates: padding is below 0 or past the size. */
  readonly starts: readonly number[]
}

/**
 * Lays the windows of one axis out one after the other: each that fits between the pads; with `ceil_mode` one more
 * that sticks out, if it begins before the end padding and something is left to cover.
 */
function layOut(node: Node, axis: number, axes: number, size: number, kernel: number): Axis {
  const stride = list(node, 'strides')?.[axis] ?? 1
  const dilation = list(node, 'dilations')?.[axis] ?? 1
  const extent = dilation * (kernel - 1) + 1
  const auto = text(node, 'auto_pad', 'NOTSET')
  let begin = list(node, 'pads')?.[axis] ?? 0
  let end = list(node, 'pads')?.[axis + axes] ?? 0
  if (auto === 'VALID') begin = end = 0
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    let windows = 0
    for (let place = 0; place < size; place += stride) windows++
    const missing = Math.max(0, (windows - 1) * stride + extent - size)
    const [less, more] = [Math.floor(missing / 2), Math.ceil(missing / 2)]
    begin = auto === 'SAME_UPPER' ? less : more
    end = auto === 'SAME_UPPER' ? more : less
  }
  const starts: number[] = []
  let start = -begin
  for (; start + extent <= size + end; start += stride) starts.push(start)
  const reached = starts.length > 0 ? start - stride + extent : -begin
  if (number(node, 'ceil_mode', 0) === 1 && reached < size + end && start < size) starts.push(start)
  return { kernel, dilation, size, end, starts }
}

const layOutAll = (node: Node, spatial: readonly number[], kernel: readonly number[]): Axis[] =>
  spatial.map((size, i) => layOut(node, i, spatial.length, size, kernel[i] ?? 1))

/** Place that entry `k` of window `o` reads on each axis. */
const places = (axes: readonly Axis[], o: readonly number[], k: readonly number[]): number[] =>
  axes.map((axis, i) => (axis.starts[o[i] ?? 0] ?? 0) + (k[i] ?? 0) * axis.dilation)

const isInside = (axes: readonly Axis[], place: readonly number[]): boolean =>
  axes.every((axis, i) => (place[i] ?? 0) >= 0 && (place[i] ?? 0) < axis.size)

export const Conv: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const w = input(inputs, 1)
  const bias = inputs[2]
  const [outputs = 0, perGroup = 0, ...kernel] = w.dims
  const filtersPerGroup = outputs / number(node, 'group', 1)
  const axes = layOutAll(node, x.dims.slice(2), kernel)
  return mapIndex([x.dims[0] ?? 0, outputs, ...axes.map(axis => axis.starts.length)], ([n = 0, f = 0, ...o]) => {
    const group = Math.floor(f / filtersPerGroup)
    const sum = sumOver([perGroup, ...kernel], ([c = 0, ...k]) => {
      const place = places(axes, o, k)
      return isInside(axes, place) ? at(x, [n, group * perGroup + c, ...place]) * at(w, [f, c, ...k]) : 0
    })
    return sum + (bias?.data[f] ?? 0)
  })
}

/** One number of each window of a pool. */
function pool(
  node: Node,
  x: NdArray,
  reduce: (axes: readonly Axis[], read: (place: readonly number[]) => number, o: readonly number[]) => number,
): NdArray {
  const axes = layOutAll(node, x.dims.slice(2), list(node, 'kernel_shape') ?? [])
  const dims = [...x.dims.slice(0, 2), ...axes.map(axis => axis.starts.length)]
  return mapIndex(dims, ([n = 0, c = 0, ...o]) => reduce(axes, place => at(x, [n, c, ...place]), o))
}

const kernelOf = (axes: readonly Axis[]): number[] => axes.map(axis => axis.kernel)

export const MaxPool: Operator = ({ node, inputs }) =>
  pool(node, input(inputs, 0), (axes, read, o) => {
    let best = Number.NEGATIVE_INFINITY
    sumOver(kernelOf(axes), k => {
      const place = places(axes, o, k)
      if (isInside(axes, place)) best = Math.max(best, read(place))
      return 0
    })
    return best
  })

/** Without padding counted the mean is over what lies inside; with it, over what lies inside the pads. */
export const AveragePool: Operator = ({ node, inputs }) =>
  pool(node, input(inputs, 0), (axes, read, o) => {
    const counted = number(node, 'count_include_pad', 0) === 1
    let sum = 0
    const count = sumOver(kernelOf(axes), k => {
      const place = places(axes, o, k)
      const inside = isInside(axes, place)
      if (inside) sum += read(place)
      const padded = axes.every((axis, i) => (place[i] ?? 0) < axis.size + axis.end)
      return inside || (counted && padded) ? 1 : 0
    })
    return sum / count
  })

/**
 * d Σ seed·MaxPool(x) / dx, where all of a window's gradient goes to the first place, in row-major order, that
 * holds its maximum.
 */
export function maxPoolGradient(node: Node, x: NdArray, seed: NdArray): NdArray {
  const gradient = new Map<string, number>()
  const axes = layOutAll(node, x.dims.slice(2), list(node, 'kernel_shape') ?? [])
  sumOver(seed.dims, index => {
    const [n = 0, c = 0, ...o] = index
    let best = Number.NEGATIVE_INFINITY
    let winner = ''
    sumOver(kernelOf(axes), k => {
      const place = places(axes, o, k)
      if (isInside(axes, place) && at(x, [n, c, ...place]) > best) {
        best = at(x, [n, c, ...place])
        winner = [n, c, ...place].join()
      }
      return 0
    })
    gradient.set(winner, (gradient.get(winner) ?? 0) + at(seed, index))
    return 0
  })
  return mapIndex(x.dims, index => gradient.get(index.join()) ?? 0)
}

export const GlobalAveragePool: Operator = ({ inputs }) => {
  const x = input(inputs, 0)
  const spatial = x.dims.slice(2)
  const places = spatial.reduce((product, size) => product * size, 1)
  return mapIndex(
    x.dims.map((size, axis) => (axis < 2 ? size : 1)),
    ([n = 0, c = 0]) => sumOver(spatial, place => at(x, [n, c, ...place])) / places,
  )
}

export const GlobalMaxPool: Operator = ({ inputs }) => {
  const x = input(inputs, 0)
  return mapIndex(
    x.dims.map((size, axis) => (axis < 2 ? size : 1)),
    ([n = 0, c = 0]) => {
      let best = Number.NEGATIVE_INFINITY
      sumOver(x.dims.slice(2), place => {
        best = Math.max(best, at(x, [n, c, ...place]))
        return 0
      })
      return best
    },
  )
}

/** The p-norm of each window; padding counts as 0. */
export const LpPool: Operator = ({ node, inputs }) =>
  pool(node, input(inputs, 0), (axes, read, o) => {
    const p = number(node, 'p', 2)
    const sum = sumOver(kernelOf(axes), k => {
      const place = places(axes, o, k)
      return isInside(axes, place) ? Math.abs(read(place)) ** p : 0
    })
    return sum ** (1 / p)
  })

export const GlobalLpPool: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const p = number(node, 'p', 2)
  return mapIndex(
    x.dims.map((size, axis) => (axis < 2 ? size : 1)),
    ([n = 0, c = 0]) => sumOver(x.dims.slice(2), place => Math.abs(at(x, [n, c, ...place])) ** p) ** (1 / p),
  )
}

/** Every x is laid out by the kernel around place·stride − padding, and what overlaps is added. */
export const ConvTranspose: Operator = ({ node, inputs }) => {
  const [x, w, bias] = [input(inputs, 0), input(inputs, 1), inputs[2]]
  const [channels = 0, perGroup = 0, ...kernel] = w.dims
  const group = number(node, 'group', 1)
  const auto = text(node, 'auto_pad', 'NOTSET')
  const axes = x.dims.slice(2).map((size, i) => {
    const stride = list(node, 'strides')?.[i] ?? 1
    const dilation = list(node, 'dilations')?.[i] ?? 1
    const more = list(node, 'output_padding')?.[i] ?? 0
    const reach = (size - 1) * stride + ((kernel[i] ?? 1) - 1) * dilation + 1 + more
    const pads = [list(node, 'pads')?.[i] ?? 0, list(node, 'pads')?.[i + kernel.length] ?? 0]
    const given = auto.startsWith('SAME') ? size * stride : list(node, 'output_shape')?.[i]
    if (given === undefined) {
      const [before = 0, after = 0] = auto === 'VALID' ? [0, 0] : pads
      return { stride, dilation, before, out: reach - before - after }
    }
    const missing = Math.max(reach - given, 0)
    return {
      stride,
      dilation,
      out: given,
      before: auto === 'SAME_UPPER' ? Math.floor(missing / 2) : Math.ceil(missing / 2),
    }
  })
  const dims = [x.dims[0] ?? 0, perGroup * group, ...axes.map(({ out }) => out)]
  return mapIndex(dims, ([n = 0, m = 0, ...o]) => {
    const from = Math.floor(m / perGroup) * (channels / group)
    const sum = sumOver([channels / group, ...kernel], ([c = 0, ...k]) => {
      const place = axes.map(
        ({ stride, dilation, before }, i) => ((o[i] ?? 0) + before - (k[i] ?? 0) * dilation) / stride,
      )
      const isPlace = place.every((h, i) => Number.isInteger(h) && h >= 0 && h < (x.dims[i + 2] ?? 0))
      return isPlace ? at(x, [n, from + c, ...place]) * at(w, [from + c, m % perGroup, ...k]) : 0
    })
    return sum + (bias?.data[m] ?? 0)
  })
}
