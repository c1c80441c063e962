import { at, mapIndex, type NdArray } from './array'
import { counted, input, list, number, type Operator, text } from './operator'

/** Axis by axis: the axes do not mix. */
export const Resize: Operator = ({ node, opset, inputs }) => {
  const x = input(inputs, 0)
  const axes = list(node, 'axes') ?? x.dims.map((_, axis) => axis)
  const scales = list(node, 'scales') ?? inputs[inputs.length > 2 ? 2 : 1]?.data
  const sizes = inputs[3]?.data
  return axes.reduce<NdArray>((value, a, i) => {
    const axis = counted(a, x.dims.length)
    const size = x.dims[axis] ?? 1
    const to = sizes ? (sizes[i] ?? size) : Math.floor(size * (scales?.[i] ?? 1))
    const scale = sizes ? to / size : (scales?.[i] ?? 1)
    if (text(node, 'mode', 'nearest') === 'cubic' || number(node, 'antialias', 0) === 1)
      return filtered(node, value, axis, to, scale, place => origin(node, opset, place, size, to, scale))
    return resized(value, axis, to, place => origin(node, opset, place, size, to, scale), chooser(node, opset, scale))
  }, x)
}

function origin(
  node: Parameters<Operator>[0]['node'],
  opset: number,
  o: number,
  size: number,
  to: number,
  scale: number,
) {
  switch (opset < 11 ? 'asymmetric' : text(node, 'coordinate_transformation_mode', 'half_pixel')) {
    case 'asymmetric':
      return o / scale
    case 'align_corners':
      return to === 1 ? 0 : (o * (size - 1)) / (to - 1)
    case 'pytorch_half_pixel':
      return to === 1 ? 0 : (o + 0.5) / scale - 0.5
    case 'half_pixel_symmetric':
      return (size / 2) * (1 - to / (scale * size)) + (o + 0.5) / scale - 0.5
    default:
      return (o + 0.5) / scale - 0.5
  }
}

/** The place of nearest mode, or undefined for linear mode. */
function chooser(
  node: Parameters<Operator>[0]['node'],
  opset: number,
  scale: number,
): ((at: number) => number) | undefined {
  if (text(node, 'mode', 'nearest') === 'linear') return undefined
  if (opset < 11) return scale < 1 ? Math.ceil : Math.floor
  const mode = text(node, 'nearest_mode', 'round_prefer_floor')
  if (mode === 'floor') return Math.floor
  if (mode === 'ceil') return Math.ceil
  const half = mode === 'round_prefer_floor' ? Math.floor : Math.ceil
  return at => (at - Math.floor(at) === 0.5 ? half(at) : Math.round(at))
}

function resized(
  x: NdArray,
  axis: number,
  to: number,
  place: (o: number) => number,
  choose: ((at: number) => number) | undefined,
): NdArray {
  const last = (x.dims[axis] ?? 1) - 1
  const clamp = (k: number) => Math.min(Math.max(k, 0), last)
  return mapIndex(x.dims.with(axis, to), index => {
    const from = place(index[axis] ?? 0)
    const read = (k: number) => at(x, index.with(axis, clamp(k)))
    if (choose) return read(choose(from))
    const low = Math.floor(from)
    return read(low) * (1 - (from - low)) + read(low + 1) * (from - low)
  })
}

/** A weight for each place around, by its distance; the ends are repeated, or left out. */
function filtered(
  node: Parameters<Operator>[0]['node'],
  x: NdArray,
  axis: number,
  to: number,
  scale: number,
  place: (o: number) => number,
): NdArray {
  const size = x.dims[axis] ?? 1
  const shrinks = number(node, 'antialias', 0) === 1 ? Math.min(scale, 1) : 1
  const excludes = number(node, 'exclude_outside', 0) === 1
  const a = number(node, 'cubic_coeff_a', -0.75)
  const weight = (distance: number) => {
    const d = Math.abs(distance)
    if (text(node, 'mode', 'nearest') === 'linear') return Math.max(0, 1 - d)
    if (d < 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1
    return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0
  }
  return mapIndex(x.dims.with(axis, to), index => {
    const from = place(index[axis] ?? 0)
    let [sum, total] = [0, 0]
    for (let k = Math.ceil(from) - 40; k <= Math.floor(from) + 40; k++) {
      if (excludes && (k < 0 || k >= size)) continue
      const share = weight((k - from) * shrinks)
      total += share
      sum += share * at(x, index.with(axis, Math.min(Math.max(k, 0), size - 1)))
    }
    return sum / total
  })
}
