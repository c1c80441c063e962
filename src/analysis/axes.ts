import { intAttribute, intsAttribute } from '../graph/attributes'
import { positiveAxis } from '../graph/shape-rules'
import { cutsOf } from '../graph/shape-rules/indexing'
import type { ValueInfo } from '../graph/shapes'
import { has } from '../graph/traits'
import type { Node } from '../graph/types'
import { type Placed, stretched, turned } from './places'

/**
 * The meaning of an axis of a value; `places` are the H·W places in one, among tokens that have none; `other` are the
 * tokens that attention compares each token with. A height or width that is cut into windows leaves the windows as
 * `height` and the rows inside of each as `inner height`.
 */
export type Axis = 'one' | 'channel' | 'height' | 'width' | 'inner height' | 'inner width' | 'places' | 'other'

/** The H·W places along an axis of tokens. */
export interface Tokens {
  readonly height: number
  readonly width: number
  /** Tokens before the first place: a class token. */
  readonly skip: number
}

/** The known meaning of a value's axes. */
export interface Meaning {
  readonly axes: readonly Axis[]
  readonly tokens?: Tokens | undefined
  /** Inputs whose every place is worked on by itself, and stays where it is. */
  readonly aligned: readonly string[]
  /** Where its places lie on the network's input. */
  readonly placed: Placed
}

export type Dims = readonly number[]

/** One node with what is known around it. */
export interface Scope {
  readonly node: Node
  readonly opset: number
  readonly inputs: readonly (ValueInfo | undefined)[]
  /** Which output is asked for, and its shape. */
  readonly output: number
  readonly dims: Dims
  readonly meaningOf: (input: number) => Meaning | undefined
  /** The numbers of a constant input, however many. */
  readonly numbersOf: (input: number) => readonly number[] | undefined
}

/** A meaning whose places have not been followed yet. */
export type Axes = Omit<Meaning, 'placed'> & { readonly placed?: Placed | undefined }

const CHANNELS_FIRST: readonly Axis[] = ['one', 'channel', 'height', 'width']
const CHANNELS_LAST: readonly Axis[] = ['one', 'height', 'width', 'channel']

export const equal = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a === b || (a.length === b.length && a.every((size, i) => size === b[i]))

const dimsOf = ({ inputs }: Scope, input: number): Dims | undefined => inputs[input]?.dims

/** The axes of a node's output; `placed` only where the axes themselves tell it. */
export function axesOf(scope: Scope): Axes | undefined {
  const { node, dims } = scope
  const order = orderOf(node)
  if (order && dims.length === 4 && !isOverTokens(scope)) return { axes: order, aligned: [node.inputs[0] ?? ''] }
  const first = scope.meaningOf(0)
  const from = dimsOf(scope, 0)
  const aligned = [node.inputs[0] ?? '']
  if (has(node, 'permutes')) {
    if (!first) return undefined
    const order = intsAttribute(node, 'perm') ?? dims.map((_, i) => dims.length - 1 - i)
    return { ...first, axes: order.map(axis => first.axes[axis] ?? 'one'), aligned }
  }
  if (has(node, 'reshapes')) return first && from && regrouped(first, from, dims, aligned)
  if (node.op === 'MatMul' || node.op === 'Gemm' || node.op === 'Einsum') return product(scope)
  if (has(node, 'cuts', 'resamples', 'reduces') || joins(node) || CUTTING.has(node.op)) return cut(scope)
  if (order) return first && { ...first, aligned }
  const alike = node.inputs.findIndex((_, i) => scope.meaningOf(i) && equal(dimsOf(scope, i) ?? [], dims))
  const { axes, tokens } = scope.meaningOf(alike) ?? repeated(scope) ?? {}
  return (
    axes && { axes, tokens, aligned: node.inputs.filter((_, i) => scope.meaningOf(i)?.axes.length === dims.length) }
  )
}

/** Arithmetic that repeats the smaller of its inputs over the larger. */
const REPEATING: ReadonlySet<string> = new Set('Add Div Max Mean Min Mul Pow PRelu Sub Sum Where'.split(' '))

/** Places that are repeated for each channel, as a grey picture is less the mean of each colour. */
function repeated({ node, inputs, dims, meaningOf }: Scope): Pick<Meaning, 'axes' | 'tokens'> | undefined {
  if (node.domain !== '' || !REPEATING.has(node.op)) return undefined
  for (const [i, known] of inputs.entries()) {
    const meaning = meaningOf(i)
    if (!meaning || known?.dims.length !== dims.length) continue
    const grown = dims.flatMap((size, axis) => (size === known.dims[axis] ? [] : [axis]))
    const [axis, other] = grown
    const isChannel = axis !== undefined && other === undefined && meaning.axes[axis] === 'channel'
    if (isChannel) return { axes: meaning.axes, tokens: meaning.tokens }
  }
  return undefined
}

/** The order of a node's axes, where its definition says it. */
export function orderOf(node: Node): readonly Axis[] | undefined {
  if (node.op.startsWith('Nhwc')) return CHANNELS_LAST
  if (!has(node, 'channelsFirst') && !OVER_PICTURES.has(node.op)) return undefined
  return intAttribute(node, 'channels_last', 0) === 1 ? CHANNELS_LAST : CHANNELS_FIRST
}

/** As `channelsFirst`, in the forms that optimizers and quantization tools write, and others that no rule is for. */
const OVER_PICTURES: ReadonlySet<string> = new Set(
  'ConvInteger DeformConv FusedConv GlobalLpPool MaxUnpool QLinearAveragePool QLinearConv QLinearGlobalAveragePool'.split(
    ' ',
  ),
)

/** Operators that cut, fill or repeat along axes, beside `cuts`. */
export const CUTTING: ReadonlySet<string> = new Set(['CenterCropPad', 'Crop', 'Expand', 'Tile'])

/** Whether values are put one after another. */
export const joins = (node: Node): boolean => has(node, 'joins') || node.op === 'QLinearConcat'

/** Whether a convolution or normalisation works on every token by itself: [1, C, T, 1] with a kernel of 1. */
const isOverTokens = (scope: Scope): boolean =>
  scope.meaningOf(0)?.axes.join() === 'one,channel,places,one' &&
  equal(dimsOf(scope, 0)?.slice(2) ?? [], scope.dims.slice(2))

/** A product over the last axis of its first factor works on every place by itself. */
function product({ node, dims, meaningOf }: Scope): Axes | undefined {
  const first = meaningOf(0)
  const last = first?.axes.at(-1)
  const perPlace = node.op !== 'Einsum' && (last === 'channel' || last === 'other') && !intAttribute(node, 'transA', 0)
  if (!first || !perPlace || first.axes.length !== dims.length) return undefined
  const made = meaningOf(1)?.axes.at(-1) ?? 'channel'
  const axes = first.axes.with(-1, made === 'channel' ? 'channel' : 'other')
  return { ...first, axes, aligned: [node.inputs[0] ?? ''] }
}

/** Axes after cutting or joining: the same, and of tokens where their places are all kept. */
function cut(scope: Scope): Axes | undefined {
  const { node, dims } = scope
  const index = node.inputs.findIndex((_, i) => scope.meaningOf(i))
  const meaning = scope.meaningOf(index)
  const from = dimsOf(scope, index)
  if (!meaning || !from || from.length !== dims.length) return undefined
  const { axes } = meaning
  const aligned = node.inputs.filter((_, i) => scope.meaningOf(i))
  const axis = axes.indexOf('places')
  if (axis < 0 || from[axis] === dims[axis]) return { axes, tokens: meaning.tokens, aligned }
  const tokens = meaning.tokens && shifted(scope, meaning.tokens, axis, index)
  return tokens && { axes, tokens, aligned }
}

/** Where the places stand after tokens were put around them or taken away. */
function shifted(scope: Scope, tokens: Tokens, axis: number, index: number): Tokens | undefined {
  const { node, dims } = scope
  let moved = 0
  if (joins(node) && positiveAxis(intAttribute(node, 'axis', 0), dims.length) === axis)
    for (let i = 0; i < index; i++) moved += dimsOf(scope, i)?.[axis] ?? 0
  else {
    const [first, ...others] = tokensTaken(scope, axis) ?? []
    if (first === undefined || others.some((token, i) => token !== first + i + 1)) return undefined
    moved = -first
  }
  const skip = tokens.skip + moved
  return skip >= 0 && skip + tokens.height * tokens.width <= (dims[axis] ?? 0) ? { ...tokens, skip } : undefined
}

/** Which entries along an axis of its first input a node passes on, in their order; undefined where it cannot be told. */
export function tokensTaken(scope: Scope, axis: number): readonly number[] | undefined {
  const { node, inputs, output } = scope
  const size = dimsOf(scope, 0)?.[axis] ?? 0
  if (node.op === 'Slice') {
    const taken = cutsOf(scope)?.find(slice => slice.axis === axis)
    return taken && Array.from({ length: taken.count }, (_, i) => taken.from + i * taken.step)
  }
  const rank = dimsOf(scope, 0)?.length ?? 0
  if (positiveAxis(intAttribute(node, 'axis', 0), rank) !== axis) return undefined
  if (node.op === 'Gather') return scope.numbersOf(1)?.map(at => positiveAxis(at, size))
  if (node.op !== 'Split') return undefined
  const sizes = inputs[1]?.content ?? intsAttribute(node, 'split') ?? node.outputs.map(() => size / node.outputs.length)
  const start = sizes.slice(0, output).reduce((sum, part) => sum + part, 0)
  return Array.from({ length: sizes[output] ?? 0 }, (_, i) => start + i)
}

const INNER: ReadonlySet<Axis> = new Set(['channel', 'inner height', 'inner width'])

/** Axes after a reshape: dimensions are matched in the smallest groups of one product. */
function regrouped(meaning: Meaning, from: Dims, to: Dims, aligned: string[]): Axes | undefined {
  const found: Axis[] = []
  let { tokens, placed } = meaning
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const [firstIn, firstOut] = [i, j]
    let [left, right] = [from[i++] ?? 1, to[j++] ?? 1]
    while (left !== right) {
      if (left < right && i < from.length) left *= from[i++] ?? 1
      else if (left > right && j < to.length) right *= to[j++] ?? 1
      else return undefined
    }
    const ins = meaning.axes.slice(firstIn, i).filter((_, k) => (from[firstIn + k] ?? 1) > 1)
    const sizes = from.slice(firstIn, i).filter(size => size > 1)
    const outs = to.slice(firstOut, j).filter(size => size > 1)
    const [first, ...others] = ins
    let labels: readonly Axis[]
    if (equal(sizes, outs)) labels = ins
    else if (ins.every(axis => INNER.has(axis))) labels = outs.map(() => 'channel')
    else if ((ins.join() === 'height,width' || ins.join() === 'width,height') && outs.length === 1) {
      labels = ['places']
      tokens = { height: sizes[0] ?? 1, width: sizes[1] ?? 1, skip: 0 }
      if (first === 'width' && 'blocks' in placed) placed = turned(placed)
    } else if (ins.join() === 'places' && tokens?.skip === 0 && equal(outs, [tokens.height, tokens.width]))
      labels = ['height', 'width']
    else if ((first === 'height' || first === 'width') && canInclude(first, others)) {
      labels = outs.map((_, k): Axis => (k === 0 ? first : `inner ${first}`))
      const side = first === 'height' ? 'rows' : 'columns'
      if ('blocks' in placed) placed = stretched(placed, side, outs[0] ?? 1)
    } else return undefined
    const pending = [...labels]
    found.push(...to.slice(firstOut, j).map(size => (size > 1 ? (pending.shift() ?? 'one') : 'one')))
  }
  if (!meaning.axes.includes('channel') || found.includes('channel')) return { axes: found, tokens, placed, aligned }
  // A single channel has left no number behind: it is the only axis of one number beside the batch.
  const single = to.flatMap((size, axis) => (axis > 0 && size === 1 && found[axis] === 'one' ? [axis] : []))
  const [channel, another] = single
  if (from[meaning.axes.indexOf('channel')] !== 1 || channel === undefined || another !== undefined) return undefined
  return { axes: found.with(channel, 'channel'), tokens, placed, aligned }
}

/** Whether axes behind a height are parts of its cells: rows inside of windows, or channels that become rows. */
const canInclude = (first: 'height' | 'width', others: readonly Axis[]): boolean =>
  others.every(axis => axis === 'channel' || axis === `inner ${first}`)
