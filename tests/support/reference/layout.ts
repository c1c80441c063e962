import { at, mapIndex, type NdArray, ndArray, sizeOf } from './array'
import { input, list, number, type Operator } from './operator'

const counted = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

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
  const axis = counted(number(node, 'axis', 0), first.dims.length)
  const total = inputs.reduce((sum, part) => sum + (part.dims[axis] ?? 0), 0)
  return mapIndex(first.dims.with(axis, total), index => {
    let place = index[axis] ?? 0
    for (const part of inputs) {
      const size = part.dims[axis] ?? 0
      if (place < size) return part.data[flatIndex(part, index.with(axis, place))] ?? Number.NaN
      place -= size
    }
    return Number.NaN
  })
}

const flatIndex = (x: NdArray, index: readonly number[]): number =>
  x.dims.reduce((flat, size, axis) => flat * size + (index[axis] ?? 0), 0)

/** An attribute before opset 13, an input since then. */
const axesOf: (...scope: Parameters<Operator>) => number[] | undefined = ({ node, inputs }) => {
  const axes = list(node, 'axes') ?? inputs[1]?.data
  return axes && [...axes]
}

export const Squeeze: Operator = scope => {
  const x = input(scope.inputs, 0)
  const axes = axesOf(scope)?.map(axis => counted(axis, x.dims.length))
  return ndArray(
    x.dims.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1)),
    x.data,
  )
}

export const Unsqueeze: Operator = scope => {
  const x = input(scope.inputs, 0)
  const axes = axesOf(scope) ?? []
  const dims = [...x.dims]
  for (const axis of axes.map(axis => counted(axis, x.dims.length + axes.length)).sort((a, b) => a - b))
    dims.splice(axis, 0, 1)
  return ndArray(dims, x.data)
}
