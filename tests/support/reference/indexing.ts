import { at, mapIndex, type NdArray, sumOver } from './array'
import { counted, given, input, list, number, type Operator, type Scope, text } from './operator'

/** Places that python's slice takes. */
function places(size: number, start: number, end: number, step: number): number[] {
  const found: number[] = []
  const [from, to] = [start, end].map(bound => (bound < 0 ? bound + size : bound))
  if (step > 0) for (let i = Math.max(from ?? 0, 0); i < Math.min(to ?? 0, size); i += step) found.push(i)
  else for (let i = Math.min(from ?? 0, size - 1); i > Math.max(to ?? 0, -1); i += step) found.push(i)
  return found
}

export const Slice: Operator = scope => {
  const x = input(scope.inputs, 0)
  const [starts = [], ends = []] = [given(scope, 'starts', 1), given(scope, 'ends', 2)]
  const axes = given(scope, 'axes', 3) ?? starts.map((_, i) => i)
  const steps = scope.inputs[4]?.data
  const taken = x.dims.map(size => Array.from({ length: size }, (_, i) => i))
  axes.forEach((a, i) => {
    const axis = counted(a, x.dims.length)
    taken[axis] = places(x.dims[axis] ?? 0, starts[i] ?? 0, ends[i] ?? 0, steps?.[i] ?? 1)
  })
  return mapIndex(
    taken.map(list => list.length),
    index =>
      at(
        x,
        index.map((place, axis) => taken[axis]?.[place] ?? 0),
      ),
  )
}

/** The place inside that a padded one repeats, walked to step by step. */
function inside(mode: string, place: number, size: number): number {
  let at = place
  if (mode === 'edge') while (at < 0 || at >= size) at += at < 0 ? 1 : -1
  if (mode === 'wrap') while (at < 0 || at >= size) at += at < 0 ? size : -size
  if (mode === 'reflect') while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at
  return at
}

export const Pad: Operator = scope => {
  const x = input(scope.inputs, 0)
  const pads = given(scope, 'pads', 1) ?? []
  const axes = scope.inputs[3] ? [...scope.inputs[3].data] : x.dims.map((_, axis) => axis)
  const before = x.dims.map(() => 0)
  const dims = [...x.dims]
  axes.forEach((a, i) => {
    const axis = counted(a, x.dims.length)
    before[axis] = pads[i] ?? 0
    dims[axis] = (x.dims[axis] ?? 0) + (pads[i] ?? 0) + (pads[i + axes.length] ?? 0)
  })
  const mode = text(scope.node, 'mode', 'constant')
  const value = scope.inputs[2]?.data[0] ?? number(scope.node, 'value', 0)
  return mapIndex(dims, index => {
    const place = index.map((k, axis) => inside(mode, k - (before[axis] ?? 0), x.dims[axis] ?? 0))
    return place.every((k, axis) => k >= 0 && k < (x.dims[axis] ?? 0)) ? at(x, place) : value
  })
}

export const Gather: Operator = ({ node, inputs }) => {
  const [x, indices] = [input(inputs, 0), input(inputs, 1)]
  const axis = counted(number(node, 'axis', 0), x.dims.length)
  const rank = indices.dims.length
  return mapIndex([...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)], index => {
    const place = counted(at(indices, index.slice(axis, axis + rank)), x.dims[axis] ?? 0)
    return at(x, [...index.slice(0, axis), place, ...index.slice(axis + rank)])
  })
}

/** Each place holds the sum up to it, itself counted unless `exclusive`; from the other end with `reverse`. */
export const CumSum: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const axis = counted(input(inputs, 1).data[0] ?? 0, x.dims.length)
  return mapIndex(x.dims, index => {
    const here = index[axis] ?? 0
    const isSummed = (k: number) =>
      (number(node, 'reverse', 0) ? k > here : k < here) || (k === here && !number(node, 'exclusive', 0))
    return sumOver([x.dims[axis] ?? 0], ([k = 0]) => (isSummed(k) ? at(x, index.with(axis, k)) : 0))
  })
}

export const Trilu: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const k = inputs[1]?.data[0] ?? 0
  return mapIndex(x.dims, index => {
    const [row = 0, column = 0] = index.slice(-2)
    const isKept = number(node, 'upper', 1) ? column - row >= k : column - row <= k
    return isKept ? at(x, index) : 0
  })
}

/** The k largest, or smallest, along an axis, the best first, and their places. */
export const TopK: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const axis = counted(number(node, 'axis', -1), x.dims.length)
  const k = inputs[1]?.data[0] ?? number(node, 'k', 1)
  const sign = number(node, 'largest', 1) ? -1 : 1
  const ranked = (index: readonly number[]) => {
    const places = Array.from({ length: x.dims[axis] ?? 0 }, (_, i) => i)
    return (
      places.sort((a, b) => sign * (at(x, index.with(axis, a)) - at(x, index.with(axis, b))))[index[axis] ?? 0] ?? 0
    )
  }
  const dims = x.dims.with(axis, k)
  return [mapIndex(dims, index => at(x, index.with(axis, ranked(index)))), mapIndex(dims, ranked)]
}

export const GatherElements: Operator = ({ node, inputs }) => {
  const [x, indices] = [input(inputs, 0), input(inputs, 1)]
  const axis = counted(number(node, 'axis', 0), x.dims.length)
  return mapIndex(indices.dims, index => at(x, index.with(axis, counted(at(indices, index), x.dims[axis] ?? 0))))
}

/** The tuple of indices at a place. */
const tuple = (indices: NdArray, place: readonly number[], x: NdArray, from: number): number[] =>
  Array.from({ length: indices.dims.at(-1) ?? 0 }, (_, i) => counted(at(indices, [...place, i]), x.dims[from + i] ?? 0))

export const GatherND: Operator = ({ node, inputs }) => {
  const [x, indices] = [input(inputs, 0), input(inputs, 1)]
  const batch = number(node, 'batch_dims', 0)
  const depth = indices.dims.at(-1) ?? 0
  const front = indices.dims.slice(0, -1)
  return mapIndex([...front, ...x.dims.slice(batch + depth)], index => {
    const place = index.slice(0, front.length)
    return at(x, [...index.slice(0, batch), ...tuple(indices, place, x, batch), ...index.slice(front.length)])
  })
}

/** Values joined with those of x, one after the other. */
function scattered(
  { node, inputs }: Scope,
  place: (x: NdArray, indices: NdArray, index: readonly number[]) => readonly number[],
): NdArray {
  const [x, indices, updates] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)]
  const join = JOINED[text(node, 'reduction', 'none')]
  if (!join) throw new Error(`no such reduction: ${text(node, 'reduction', 'none')}`)
  const found = new Map<string, number>()
  sumOver(updates.dims, index => {
    const to = place(x, indices, index)
    found.set(to.join(), join(found.get(to.join()) ?? at(x, to), at(updates, index)))
    return 0
  })
  return mapIndex(x.dims, index => found.get(index.join()) ?? at(x, index))
}

const JOINED: Readonly<Record<string, (before: number, update: number) => number>> = {
  none: (_, update) => update,
  add: (before, update) => before + update,
  mul: (before, update) => before * update,
  max: Math.max,
  min: Math.min,
}

export const ScatterElements: Operator = scope =>
  scattered(scope, (x, indices, index) => {
    const axis = counted(number(scope.node, 'axis', 0), x.dims.length)
    return index.with(axis, counted(at(indices, index), x.dims[axis] ?? 0))
  })

export const Scatter = ScatterElements

export const ScatterND: Operator = scope =>
  scattered(scope, (x, indices, index) => {
    const front = indices.dims.length - 1
    return [...tuple(indices, index.slice(0, front), x, 0), ...index.slice(front)]
  })

export const OneHot: Operator = ({ node, inputs }) => {
  const [indices, depth, values] = [input(inputs, 0), input(inputs, 1).data[0] ?? 0, input(inputs, 2)]
  const axis = counted(number(node, 'axis', -1), indices.dims.length + 1)
  return mapIndex(indices.dims.toSpliced(axis, 0, depth), index => {
    const hot = counted(at(indices, index.toSpliced(axis, 1)), depth) === index[axis]
    return values.data[hot ? 1 : 0] ?? 0
  })
}

export const CenterCropPad: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const axes = list(node, 'axes')?.map(axis => counted(axis, x.dims.length)) ?? x.dims.map((_, axis) => axis)
  const dims = [...x.dims]
  axes.forEach((axis, i) => {
    dims[axis] = input(inputs, 1).data[i] ?? 0
  })
  const shift = dims.map((to, axis) => {
    const from = x.dims[axis] ?? 0
    return to < from ? Math.floor((from - to) / 2) : -Math.floor((to - from) / 2)
  })
  return mapIndex(dims, index => {
    const place = index.map((k, axis) => k + (shift[axis] ?? 0))
    return place.every((k, axis) => k >= 0 && k < (x.dims[axis] ?? 0)) ? at(x, place) : 0
  })
}

/** Blocks laid down one after the other, row by row, and added up where they overlap. */
export const Col2Im: Operator = ({ node, inputs }) => {
  const [x, size, block] = [input(inputs, 0), [...input(inputs, 1).data], [...input(inputs, 2).data]]
  const [stride, dilation] = ['strides', 'dilations'].map(name => list(node, name) ?? size.map(() => 1))
  const pads = list(node, 'pads') ?? [...size, ...size].map(() => 0)
  const counts = size.map((n, i) => {
    const extent = (dilation?.[i] ?? 1) * ((block[i] ?? 1) - 1) + 1
    return Math.floor((n + (pads[i] ?? 0) + (pads[i + size.length] ?? 0) - extent) / (stride?.[i] ?? 1)) + 1
  })
  const channels = (x.dims[1] ?? 0) / block.reduce((product, n) => product * n, 1)
  return mapIndex([x.dims[0] ?? 1, channels, ...size], ([n = 0, c = 0, ...place]) =>
    sumOver([...block, ...counts], index => {
      const [k, l] = [index.slice(0, block.length), index.slice(block.length)]
      const isHere = place.every(
        (at, i) => at === (l[i] ?? 0) * (stride?.[i] ?? 1) + (k[i] ?? 0) * (dilation?.[i] ?? 1) - (pads[i] ?? 0),
      )
      const flat = (digits: readonly number[], base: readonly number[]) =>
        digits.reduce((sum, digit, i) => sum * (base[i] ?? 1) + digit, 0)
      const inBlock = c * block.reduce((product, n) => product * n, 1) + flat(k, block)
      return isHere ? at(x, [n, inBlock, flat(l, counts)]) : 0
    }),
  )
}
