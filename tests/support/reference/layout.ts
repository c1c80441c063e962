import { numbersOf } from '../../../src/graph/elements'
import { at, commonShape, mapIndex, type NdArray, ndArray, sizeOf } from './array'
import { counted, given, input, list, number, type Operator, text } from './operator'

export const Flatten: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const axis = counted(number(node, 'axis', 1), x.dims.length)
  return ndArray([sizeOf(x.dims.slice(0, axis)), sizeOf(x.dims.slice(axis))], x.data)
}

export const Reshape: Operator = ({ inputs }) => {
  const x = input(inputs, 0)
  const dims = [...input(inputs, 1).data].map((d, i) => (d === 0 ? (x.dims[i] ?? 0) : d))
  const others = sizeOf(dims.filter(d => d !== -1))
  return ndArray(
    dims.map(d => (d === -1 ? x.data.length / others : d)),
    x.data,
  )
}

export const Transpose: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const perm = list(node, 'perm') ?? x.dims.map((_, i) => i).reverse()
  return mapIndex(
    perm.map(from => x.dims[from] ?? 0),
    index => {
      const source = x.dims.map(() => 0)
      perm.forEach((from, to) => {
        source[from] = index[to] ?? 0
      })
      return at(x, source)
    },
  )
}

export const Concat: Operator = ({ node, inputs }) => {
  const first = input(inputs, 0)
  const parts = inputs.map((_, i) => input(inputs, i))
  const axis = counted(number(node, 'axis', 0), first.dims.length)
  const total = parts.reduce((sum, part) => sum + (part.dims[axis] ?? 0), 0)
  return mapIndex(first.dims.with(axis, total), index => {
    let place = index[axis] ?? 0
    for (const part of parts) {
      const size = part.dims[axis] ?? 0
      if (place < size) return part.data[flatIndex(part, index.with(axis, place))] ?? Number.NaN
      place -= size
    }
    return Number.NaN
  })
}

const flatIndex = (x: NdArray, index: readonly number[]): number =>
  x.dims.reduce((flat, size, axis) => flat * size + (index[axis] ?? 0), 0)

export const Squeeze: Operator = scope => {
  const x = input(scope.inputs, 0)
  const axes = given(scope, 'axes', 1)?.map(axis => counted(axis, x.dims.length))
  return ndArray(
    x.dims.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1)),
    x.data,
  )
}

export const Unsqueeze: Operator = scope => {
  const x = input(scope.inputs, 0)
  const axes = given(scope, 'axes', 1) ?? []
  const dims = [...x.dims]
  for (const axis of axes.map(axis => counted(axis, x.dims.length + axes.length)).sort((a, b) => a - b))
    dims.splice(axis, 0, 1)
  return ndArray(dims, x.data)
}

export const Split: Operator = scope => {
  const x = input(scope.inputs, 0)
  const axis = counted(number(scope.node, 'axis', 0), x.dims.length)
  const size = x.dims[axis] ?? 0
  const pieces = scope.node.outputs.length
  const chunk = Math.ceil(size / pieces)
  const even = Array.from({ length: pieces }, (_, i) => (i < pieces - 1 ? chunk : size - (pieces - 1) * chunk))
  let start = 0
  return (given(scope, 'split', 1) ?? even).map(length => {
    const from = start
    start += length
    return mapIndex(x.dims.with(axis, length), index => at(x, index.with(axis, (index[axis] ?? 0) + from)))
  })
}

export const Expand: Operator = ({ inputs }) => {
  const x = input(inputs, 0)
  return mapIndex(commonShape(x.dims, [...input(inputs, 1).data]), index => at(x, index))
}

export const Tile: Operator = ({ inputs }) => {
  const x = input(inputs, 0)
  const repeats = input(inputs, 1).data
  return mapIndex(
    x.dims.map((size, axis) => size * (repeats[axis] ?? 1)),
    index =>
      at(
        x,
        index.map((place, axis) => place % (x.dims[axis] ?? 1)),
      ),
  )
}

export const DepthToSpace: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const b = number(node, 'blocksize', 1)
  const [n = 0, c = 0, h = 0, w = 0] = x.dims
  const depth = c / b / b
  return mapIndex([n, depth, h * b, w * b], ([i = 0, k = 0, y = 0, z = 0]) => {
    const [dy, dx] = [y % b, z % b]
    const channel = text(node, 'mode', 'DCR') === 'DCR' ? (dy * b + dx) * depth + k : (k * b + dy) * b + dx
    return at(x, [i, channel, Math.floor(y / b), Math.floor(z / b)])
  })
}

export const SpaceToDepth: Operator = ({ node, inputs }) => {
  const x = input(inputs, 0)
  const b = number(node, 'blocksize', 1)
  const [n = 0, c = 0, h = 0, w = 0] = x.dims
  return mapIndex([n, c * b * b, h / b, w / b], ([i = 0, k = 0, y = 0, z = 0]) => {
    const place = Math.floor(k / c)
    return at(x, [i, k % c, y * b + Math.floor(place / b), z * b + (place % b)])
  })
}

export const Shape: Operator = ({ inputs }) => {
  const { dims } = input(inputs, 0)
  return ndArray([dims.length], dims)
}

export const Size: Operator = ({ inputs }) => ndArray([], [input(inputs, 0).data.length])

export const Constant: Operator = ({ node }) => {
  const value = node.attributes.get('value')
  if (value?.kind === 'tensor') return ndArray(value.value.dims, numbersOf(value.value))
  throw new Error('the reference reads constants as tensors')
}

export const ConstantOfShape: Operator = ({ node, inputs }) => {
  const value = node.attributes.get('value')
  const [filling = 0] = (value?.kind === 'tensor' && numbersOf(value.value)) || []
  return mapIndex([...input(inputs, 0).data], () => filling)
}

export const Range: Operator = ({ inputs }) => {
  const [start = 0, limit = 0, delta = 1] = [0, 1, 2].map(i => input(inputs, i).data[0])
  const values: number[] = []
  for (let value = start; delta > 0 ? value < limit : value > limit; value += delta) values.push(value)
  return ndArray([values.length], values)
}
