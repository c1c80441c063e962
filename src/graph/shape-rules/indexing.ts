import { intAttribute, intsAttribute } from '../attributes'
import { Misfit, positiveAxes, positiveAxis, positivePlace, UNFIT } from '../numbers'
import { indicesOf, isOpen, picked, type ShapeRule, type ShapeScope, withContent } from './value-info'

const gather: ShapeRule = ({ node, inputs: [x, index] }) => {
  if (!x || !index) return []
  const axis = positiveAxis(intAttribute(node, 'axis', 0), x.dims.length)
  const dims = [...x.dims.slice(0, axis), ...index.dims, ...x.dims.slice(axis + 1)]
  const { content } = index
  if (!content) return [{ type: x.type, dims }]
  const size = x.dims[axis] ?? 0
  const rank = index.dims.length
  return [
    picked(x, dims, at => {
      const place = at.slice(axis, axis + rank).reduce((flat, k, i) => flat * (index.dims[i] ?? 1) + k, 0)
      return [...at.slice(0, axis), positivePlace(content[place] ?? 0, size), ...at.slice(axis + rank)]
    }),
  ]
}

/** One axis of a Slice: places `from`, `from + step`, …, `count` of them. */
export interface Cut {
  readonly axis: number
  readonly from: number
  readonly step: number
  readonly count: number
}

/** The axes that a Slice cuts, its bounds clamped to the size as ONNX has it; undefined where they are no constants. */
export function cutsOf(scope: ShapeScope): Cut[] | undefined {
  const { node, inputs } = scope
  const [x] = inputs
  const starts = inputs[1]?.content ?? intsAttribute(node, 'starts')
  const ends = inputs[2]?.content ?? intsAttribute(node, 'ends')
  if (!x || !starts || !ends || [1, 2, 3, 4].some(i => isOpen(scope, i))) return undefined
  const written = inputs[3]?.content ?? intsAttribute(node, 'axes') ?? starts.map((_, i) => i)
  const axes = positiveAxes(written, x.dims.length)
  for (const bounds of [starts, ends, inputs[4]?.content])
    if (bounds && bounds.length !== axes.length)
      throw new Misfit(`cuts ${axes.length} axes and has ${bounds.length} bounds`)
  const steps = inputs[4]?.content ?? starts.map(() => 1)
  if (steps.includes(0)) throw new Misfit('cuts in steps of 0')
  return axes.map((axis, i) => {
    const n = x.dims[axis] ?? 0
    const step = steps[i] ?? 1
    const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v < 0 ? v + n : v, low), high)
    const from = clamp(starts[i] ?? 0, 0, step > 0 ? n : n - 1)
    const to = clamp(ends[i] ?? n, step > 0 ? 0 : -1, n)
    return { axis, from, step, count: Math.max(Math.ceil((to - from) / step), 0) }
  })
}

const slice: ShapeRule = scope => {
  const [x] = scope.inputs
  const cuts = cutsOf(scope)
  if (!x || !cuts) return []
  const dims = [...x.dims]
  for (const { axis, count } of cuts) dims[axis] = count
  return [
    picked(x, dims, index => {
      const source = [...index]
      for (const { axis, from, step } of cuts) source[axis] = from + (index[axis] ?? 0) * step
      return source
    }),
  ]
}

const gatherElements: ShapeRule = ({ inputs: [x, index] }) => (x && index ? [{ type: x.type, dims: index.dims }] : [])

const gatherND: ShapeRule = ({ node, inputs: [x, index] }) => {
  if (!x || !index) return []
  const depth = index.dims.at(-1) ?? 0
  const batch = intAttribute(node, 'batch_dims', 0)
  if (batch < 0 || batch >= index.dims.length || depth < 1 || batch + depth > x.dims.length)
    throw new Misfit(`indexes the axes ${batch} to ${batch + depth} of ${x.dims.length}`)
  return [{ type: x.type, dims: [...index.dims.slice(0, -1), ...x.dims.slice(batch + depth)] }]
}

const topK: ShapeRule = ({ node, inputs: [x, k] }) => {
  const count = k?.content?.[0] ?? (node.attributes.has('k') ? intAttribute(node, 'k', 0) : undefined)
  if (!x || count === undefined) return []
  const axis = positiveAxis(intAttribute(node, 'axis', -1), x.dims.length)
  const size = x.dims[axis] ?? 1
  if (!(count >= 0 && count <= size)) throw new Misfit(`picks the best ${count} of ${size} places`, UNFIT)
  const dims = x.dims.with(axis, count)
  return [
    { type: x.type, dims },
    { type: 'int64', dims },
  ]
}

/** A new axis of `depth` places; -1 puts it last. */
const oneHot: ShapeRule = ({ node, inputs: [x, depth, values] }) => {
  const count = depth?.content?.[0]
  if (!x || !values || count === undefined) return []
  const axis = positiveAxis(intAttribute(node, 'axis', -1), x.dims.length + 1)
  return [{ type: values.type, dims: x.dims.toSpliced(axis, 0, count) }]
}

/** Places that are not 0, one column each; known where the content is. */
const nonZero: ShapeRule = ({ inputs: [x] }) => {
  const { content } = x ?? {}
  if (!x || !content) return []
  const places = indicesOf(x.dims).filter((_, i) => content[i] !== 0)
  const rows = x.dims.flatMap((_, axis) => places.map(place => place[axis] ?? 0))
  return [withContent('int64', [x.dims.length, places.length], () => rows)]
}

const compress: ShapeRule = ({ node, inputs: [x, condition] }) => {
  if (!x || !condition?.content) return []
  const kept = condition.content.filter(value => value !== 0).length
  if (!node.attributes.has('axis')) return [{ type: x.type, dims: [kept] }]
  return [{ type: x.type, dims: x.dims.with(positiveAxis(intAttribute(node, 'axis', 0), x.dims.length), kept) }]
}

export const indexingShapes: Readonly<Record<string, ShapeRule>> = {
  Compress: compress,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  NonZero: nonZero,
  OneHot: oneHot,
  Slice: slice,
  TopK: topK,
}
