import { at, mapIndex, sumOver } from './array'
import { counted, given, input, number, type Operator, text } from './operator'

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
