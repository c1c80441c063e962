import { intAttribute, intsAttribute, stringAttribute } from '../attributes'
import { LONGEST, Misfit, permutation, positiveAxes, positiveAxis, properDims, UNFIT, whole, wholes } from '../numbers'
import { sizeOf } from '../tensors'
import type { Node } from '../types'
import { axesOf, broadcast, isOpen, picked, type ShapeRule, type ShapeScope, type ValueInfo } from './value-info'

const withDims = (x: ValueInfo, dims: readonly number[]): ValueInfo => ({ ...x, dims })

const flatten: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const rank = x.dims.length
  const axis = positiveAxis(intAttribute(node, 'axis', 1), rank, rank + 1)
  return [withDims(x, [sizeOf(x.dims.slice(0, axis)), sizeOf(x.dims.slice(axis))])]
}

const reshape: ShapeRule = ({ node, inputs: [x, shape] }) => {
  const asked = shape?.content ?? intsAttribute(node, 'shape')
  if (!x || !asked) return []
  const copies = intAttribute(node, 'allowzero', 0) === 0
  const dims = asked.map((d, i) => {
    if (d === 0 && copies && i >= x.dims.length) throw new Misfit(`copies the axis ${i} of ${x.dims.length}`)
    return d === 0 && copies ? (x.dims[i] ?? 1) : d
  })
  const rest = dims.indexOf(-1)
  if (rest >= 0) dims[rest] = sizeOf(x.dims) / dims.reduce((product, d, i) => (i === rest ? product : product * d), 1)
  if (sizeOf(properDims(dims)) !== sizeOf(x.dims))
    throw new Misfit(`makes [${dims.join(', ')}] of [${x.dims.join(', ')}]`, UNFIT)
  return [withDims(x, dims)]
}

/** The axes of a Transpose's input in the order of its output's; turned round where the file does not say. */
export function orderOf(node: Node, rank: number): readonly number[] {
  const order = intsAttribute(node, 'perm')
  return order ? permutation(order, rank) : Array.from({ length: rank }, (_, axis) => rank - 1 - axis)
}

const transpose: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const order = orderOf(node, x.dims.length)
  const dims = order.map(axis => x.dims[axis] ?? 1)
  return [picked(x, dims, index => x.dims.map((_, axis) => index[order.indexOf(axis)] ?? 0))]
}

const unsqueeze: ShapeRule = scope => {
  const [x] = scope.inputs
  const axes = x && axesOf(scope, 1, count => x.dims.length + count)
  if (!x || !axes) return []
  const rank = x.dims.length + axes.length
  const added = new Set(axes)
  const rest = [...x.dims]
  return [
    withDims(
      x,
      Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : (rest.shift() ?? 1))),
    ),
  ]
}

const squeeze: ShapeRule = scope => {
  const [x] = scope.inputs
  if (!x || isOpen(scope, 1)) return []
  const axes = axesOf(scope, 1)
  return [
    withDims(
      x,
      x.dims.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)),
    ),
  ]
}

const concat: ShapeRule = ({ node, inputs }) => {
  const [first] = inputs
  if (!first) return []
  const axis = positiveAxis(intAttribute(node, 'axis', 1), first.dims.length)
  const sizes = inputs.map(x => x?.dims[axis] ?? 0)
  const dims = first.dims.map((d, i) => (i === axis ? sizes.reduce((sum, size) => sum + size, 0) : d))
  if (!inputs.every(x => x?.content)) return [{ type: first.type, dims }]
  const inner = sizeOf(dims.slice(axis + 1))
  const content = Array.from({ length: sizeOf(dims.slice(0, axis)) }, (_, outer) =>
    inputs.flatMap((x, i) => {
      const run = (sizes[i] ?? 0) * inner
      return x?.content?.slice(outer * run, (outer + 1) * run) ?? []
    }),
  )
  return [{ type: first.type, dims, content: content.flat() }]
}

/**
 * Sizes of a Split's parts: an attribute until opset 13, an input since then; else even parts, the last of which
 * may be smaller since opset 18.
 */
export function splitOf(scope: ShapeScope): { axis: number; sizes: readonly number[] } | undefined {
  const { node, inputs } = scope
  const [x] = inputs
  if (!x || isOpen(scope, 1)) return undefined
  const axis = positiveAxis(intAttribute(node, 'axis', 0), x.dims.length)
  const size = x.dims[axis] ?? 0
  const part = Math.ceil(size / node.outputs.length)
  const even = node.outputs.map((_, i) => Math.max(Math.min(part, size - i * part), 0))
  const sizes = inputs[1]?.content ?? intsAttribute(node, 'split') ?? even
  wholes(sizes, 'the sizes of its parts', { count: node.outputs.length })
  if (sizes.reduce((sum, part) => sum + part, 0) !== size)
    throw new Misfit(`splits ${size} places into [${sizes.join(', ')}]`, UNFIT)
  return { axis, sizes }
}

const split: ShapeRule = scope => {
  const [x] = scope.inputs
  const parts = splitOf(scope)
  if (!x || !parts) return []
  const { axis, sizes } = parts
  let from = 0
  return sizes.map(size => {
    const start = from
    from += size
    return picked(x, x.dims.with(axis, size), index => index.with(axis, (index[axis] ?? 0) + start))
  })
}

const expand: ShapeRule = ({ inputs: [x, shape] }) => {
  const dims = x && shape?.content && broadcast(x.dims, shape.content)
  return x && dims ? [picked(x, dims, index => index)] : []
}

const tile: ShapeRule = ({ inputs: [x, repeats] }) => {
  const { content } = repeats ?? {}
  if (!x || !content) return []
  const repeated = wholes(content, 'its repetitions', { count: x.dims.length })
  const dims = x.dims.map((d, axis) => d * (repeated[axis] ?? 1))
  return [picked(x, dims, index => index.map((at, axis) => at % (x.dims[axis] ?? 1)))]
}

const depthToSpace: ShapeRule = ({ node, inputs: [x] }) => {
  const [n = 0, c = 0, h = 0, w = 0] = x?.dims ?? []
  const block = whole(intAttribute(node, 'blocksize', 1), 'the block size', 1)
  return x ? [{ type: x.type, dims: [n, c / block ** 2, h * block, w * block] }] : []
}

const spaceToDepth: ShapeRule = ({ node, inputs: [x] }) => {
  const [n = 0, c = 0, h = 0, w = 0] = x?.dims ?? []
  const block = whole(intAttribute(node, 'blocksize', 1), 'the block size', 1)
  return x ? [{ type: x.type, dims: [n, c * block ** 2, h / block, w / block] }] : []
}

/** Amounts of a Pad for every axis, all beginnings and then all ends. Inputs since opset 11, some axes since 18. */
export function padOf(scope: ShapeScope): { amounts: readonly number[]; mode: string } | undefined {
  const { node, inputs } = scope
  const [x] = inputs
  const given = inputs[1]?.content ?? intsAttribute(node, 'pads')
  if (!x || !given || isOpen(scope, 1) || isOpen(scope, 3)) return undefined
  const rank = x.dims.length
  const on = positiveAxes(inputs[3]?.content ?? x.dims.map((_, i) => i), rank)
  wholes(given, 'its amounts', { count: 2 * on.length, least: -LONGEST })
  const amounts = new Array<number>(2 * rank).fill(0)
  on.forEach((axis, i) => {
    amounts[axis] = given[i] ?? 0
    amounts[axis + rank] = given[i + on.length] ?? 0
  })
  return { amounts, mode: stringAttribute(node, 'mode', 'constant') }
}

const pad: ShapeRule = scope => {
  const [x] = scope.inputs
  const padding = padOf(scope)
  if (!x || !padding) return []
  const { amounts } = padding
  const rank = x.dims.length
  return [{ type: x.type, dims: x.dims.map((d, axis) => d + (amounts[axis] ?? 0) + (amounts[axis + rank] ?? 0)) }]
}

export const layoutShapes: Readonly<Record<string, ShapeRule>> = {
  Concat: concat,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: flatten,
  Pad: pad,
  Reshape: reshape,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
}
