import { sizeOf } from '../../support/reference/array'
import * as indexing from '../../support/reference/indexing'
import * as layout from '../../support/reference/layout'
import { counted, list, number } from '../../support/reference/operator'
import { Resize as resizeForward } from '../../support/reference/resize'
import { along, flat, input, moving, type Operator } from '../operator'
import { places } from '../tape'

export const Flatten = moving(layout.Flatten)
export const Transpose = moving(layout.Transpose)
export const Squeeze = moving(layout.Squeeze)
export const Unsqueeze = moving(layout.Unsqueeze)
export const Split = moving(layout.Split)
export const Expand = moving(layout.Expand)
export const Tile = moving(layout.Tile)
export const DepthToSpace = moving(layout.DepthToSpace)
export const SpaceToDepth = moving(layout.SpaceToDepth)
export const Slice = moving(indexing.Slice)
export const Gather = moving(indexing.Gather)
export const Shape = flat(layout.Shape)
export const Size = flat(layout.Size)
export const Range = flat(layout.Range)
export const ConstantOfShape: Operator = scope => flat(layout.ConstantOfShape, isWhole(scope))(scope)

const isWhole = ({ node }: Parameters<Operator>[0]): boolean => {
  const value = node.attributes.get('value')
  return value?.kind === 'tensor' && value.value.type.includes('int')
}

/** An axis of 0 is copied, unless `allowzero` makes it 0. */
export const Reshape: Operator = scope => {
  const x = input(scope, 0)
  const written = list(scope.node, 'shape') ?? [...input(scope, 1).data]
  const dims = written.map((size, i) => (size === 0 && !number(scope.node, 'allowzero', 0) ? (x.dims[i] ?? 0) : size))
  const others = sizeOf(dims.filter(size => size !== -1))
  return scope.tape.reshape(
    x,
    dims.map(size => (size === -1 ? x.data.length / others : size)),
  )
}

/** Place −1 stands for the constant that is filled in. */
export const Pad: Operator = scope => {
  const x = input(scope, 0)
  const numbered = { dims: x.dims, data: Float64Array.from(x.data.keys()) }
  const filled = { dims: [], data: Float64Array.of(-1) }
  const inputs = scope.inputs.map((value, i) => (i === 0 ? numbered : i === 2 ? filled : value))
  if (inputs.length === 1) inputs.push(undefined)
  if (inputs.length === 2) inputs.push(filled)
  const from = indexing.Pad({ node: scope.node, opset: scope.opset, inputs })
  if (!('dims' in from)) throw new Error('Pad has one output')
  return scope.tape.pick(x, from.dims, from.data, scope.inputs[2]?.data[0] ?? number(scope.node, 'value', 0))
}

export const Concat: Operator = scope => {
  const xs = scope.inputs.map((_, i) => input(scope, i))
  const first = input(scope, 0)
  const axis = counted(number(scope.node, 'axis', 1), first.dims.length)
  const outer = sizeOf(first.dims.slice(0, axis))
  const runs = xs.map(x => x.data.length / outer)
  const from: number[] = []
  for (let row = 0; row < outer; row++) {
    let start = 0
    runs.forEach((run, i) => {
      for (let k = 0; k < run; k++) from.push(start + row * run + k)
      start += xs[i]?.data.length ?? 0
    })
  }
  const total = xs.reduce((sum, x) => sum + (x.dims[axis] ?? 0), 0)
  return scope.tape.join(xs, first.dims.with(axis, total), from)
}

export const GatherElements: Operator = scope => {
  const [x, index] = [input(scope, 0), input(scope, 1)]
  const axis = counted(number(scope.node, 'axis', 0), x.dims.length)
  const steps = x.dims.map((_, i) => sizeOf(x.dims.slice(i + 1)))
  const base = places(index.dims, steps.with(axis, 0))
  const from = index.data.map((k, i) => (base[i] as number) + counted(k, x.dims[axis] ?? 0) * (steps[axis] ?? 0))
  return scope.tape.pick(x, index.dims, from)
}

export const GatherND: Operator = scope => {
  const [x, index] = [input(scope, 0), input(scope, 1)]
  if (number(scope.node, 'batch_dims', 0) !== 0) throw new Error('GatherND with batches')
  const depth = index.dims.at(-1) ?? 1
  const run = sizeOf(x.dims.slice(depth))
  const from: number[] = []
  for (let row = 0; row < index.data.length / depth; row++) {
    const at = x.dims
      .slice(0, depth)
      .reduce((flat, size, i) => flat * size + counted(index.data[row * depth + i] ?? 0, size), 0)
    for (let k = 0; k < run; k++) from.push(at * run + k)
  }
  return scope.tape.pick(x, [...index.dims.slice(0, -1), ...x.dims.slice(depth)], from)
}

/** Keeps what lies on and above a diagonal, or on and below it. */
export const Trilu: Operator = scope => {
  const x = input(scope, 0)
  const shift = scope.inputs[1]?.data[0] ?? 0
  const upper = number(scope.node, 'upper', 1) === 1
  const [rows = 1, columns = 1] = x.dims.slice(-2)
  const from = Array.from(x.data.keys(), place => {
    const far = (place % columns) - (Math.floor(place / columns) % rows) - shift
    return (upper ? far >= 0 : far <= 0) ? place : -1
  })
  return scope.tape.pick(x, x.dims, from)
}

/** Axis by axis a constant matrix: what the plain definition makes of each place alone. */
export const Resize: Operator = scope => {
  const x = input(scope, 0)
  const { node, opset } = scope
  const axes = (list(node, 'axes') ?? x.dims.map((_, axis) => axis)).map(axis => counted(axis, x.dims.length))
  return axes.reduce((value, axis, i) => {
    const only = (values: ArrayLike<number>) => ({ dims: [1], data: Float64Array.of(values[i] ?? 1) })
    const attributes = new Map(node.attributes).set('axes', { kind: 'ints', value: [0] })
    const scales = list(node, 'scales')
    if (scales) attributes.set('scales', { kind: 'floats', value: [scales[i] ?? 1] })
    const one = { ...node, attributes }
    const rest = scope.inputs.slice(1).map(given => (given?.data.length ? only(given.data) : undefined))
    const size = x.dims[axis] ?? 1
    const columns = Array.from({ length: size }, (_, k) => {
      const unit = { dims: [size], data: Float64Array.from({ length: size }, (_, at) => Number(at === k)) }
      const found = resizeForward({ node: one, opset, inputs: [unit, ...rest] })
      if (!('dims' in found)) throw new Error('Resize has one output')
      return found.data
    })
    const matrix = Array.from({ length: columns[0]?.length ?? 0 }, (_, row) =>
      columns.map(column => column[row] ?? Number.NaN),
    )
    return along(scope.tape, value, axis, matrix)
  }, x)
}

export const Upsample = Resize

/** Channels in `group` heaps, dealt out one by one. */
export const ChannelShuffle: Operator = scope => {
  const x = input(scope, 0)
  const [n = 1, channels = 1, ...spatial] = x.dims
  const [group, plane] = [number(scope.node, 'group', 1), sizeOf(spatial)]
  const each = channels / group
  const from = places([n, each, group, plane], [channels * plane, plane, each * plane, 1])
  return scope.tape.pick(x, x.dims, from)
}
