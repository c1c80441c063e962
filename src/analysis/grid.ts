import { intAttribute, intsAttribute } from '../graph/attributes'
import type { Known } from '../graph/shapes'
import { has } from '../graph/traits'
import type { Node } from '../graph/types'
import type { Wiring } from '../graph/wiring'

/**
 * How the elements of a value lie over the picture: [c, y, x] stands at offset + c·strides[0] + y·strides[1] +
 * x·strides[2] of its row-major data. Feature maps are [1, C, H, W] or [1, H, W, C], tokens [1, skip + H·W, C].
 */
export interface Grid {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly offset: number
  readonly strides: readonly [channel: number, row: number, column: number]
}

/**
 * What an axis of a value runs over; `places` are the H·W places in one, after tokens that have none; `other` are the
 * tokens that attention compares each token with.
 */
type Axis = 'one' | 'channel' | 'height' | 'width' | 'places' | 'other'

interface Places {
  readonly height: number
  readonly width: number
  /** Tokens before the first place: a class token. */
  readonly skip: number
}

interface Meaning {
  readonly axes: readonly Axis[]
  readonly places?: Places | undefined
  /** Inputs whose every place is worked on by itself, and stays where it is. */
  readonly aligned: readonly string[]
}

export interface GridReading {
  readonly grids: ReadonlyMap<string, Grid>
  /** Values whose places the target does not read: of them only the class token goes on. */
  readonly unread: ReadonlySet<string>
}

type Dims = readonly number[]

/** One node with what is known around it. */
interface Scope {
  readonly node: Node
  readonly dims: Dims
  readonly dimsOf: (input: number) => Dims | undefined
  readonly meaningOf: (input: number) => Meaning | undefined
  readonly integers: (input: number, attribute: string) => Dims | undefined
}

const CHANNELS_FIRST: readonly Axis[] = ['one', 'channel', 'height', 'width']
const CHANNELS_LAST: readonly Axis[] = ['one', 'height', 'width', 'channel']

/**
 * Follows from the picture on which axis of every value is height, width and channels, through reshapes,
 * transpositions, concatenated class tokens and windows of attention.
 *
 * @param image the network's input
 * @param target the value that is explained
 */
export function readGrids(
  wiring: Wiring,
  shapes: ReadonlyMap<string, Known>,
  image: { readonly name: string; readonly layout: 'nchw' | 'nhwc' },
  target: string,
): GridReading {
  const dimsOf = (value: string) => shapes.get(value)?.dims
  const meanings = new Map<string, Meaning>()
  /** The last value before this one whose axes are known: windows of attention are put together to its shape again. */
  const homes = new Map<string, string>()
  meanings.set(image.name, { axes: image.layout === 'nchw' ? CHANNELS_FIRST : CHANNELS_LAST, aligned: [] })
  homes.set(image.name, image.name)
  for (const node of wiring.nodes) {
    const home = node.inputs.map(input => homes.get(input)).find(found => found !== undefined)
    for (const output of node.outputs) {
      const dims = dimsOf(output)
      if (!dims || wiring.parameters.has(output)) continue
      const scope: Scope = {
        node,
        dims,
        dimsOf: i => dimsOf(node.inputs[i] ?? ''),
        meaningOf: i => meanings.get(node.inputs[i] ?? ''),
        integers: (i, name) => intsAttribute(node, name) ?? shapes.get(node.inputs[i] ?? '')?.content,
      }
      const same = home !== undefined && equal(dimsOf(home) ?? [], dims) ? meanings.get(home) : undefined
      const meaning = meaningOf(scope) ?? (same && { ...same, aligned: [] })
      if (meaning) meanings.set(output, meaning)
      const here = meaning ? output : home
      if (here !== undefined) homes.set(output, here)
    }
  }
  const grids = new Map<string, Grid>()
  for (const [value, meaning] of meanings) {
    const grid = gridOf(meaning, dimsOf(value) ?? [])
    if (grid) grids.set(value, grid)
  }
  return { grids, unread: unreadPlaces(wiring, meanings, target) }
}

const equal = (a: Dims, b: Dims): boolean => a.length === b.length && a.every((size, i) => size === b[i])

function meaningOf(scope: Scope): Meaning | undefined {
  const { node, dims } = scope
  if (has(node, 'channelsFirst') && dims.length === 4) return { axes: CHANNELS_FIRST, aligned: [node.inputs[0] ?? ''] }
  const first = scope.meaningOf(0)
  const from = scope.dimsOf(0)
  const aligned = [node.inputs[0] ?? '']
  if (node.op === 'Transpose') {
    if (!first) return undefined
    const order = intsAttribute(node, 'perm') ?? dims.map((_, i) => dims.length - 1 - i)
    return { ...first, axes: order.map(axis => first.axes[axis] ?? 'one'), aligned }
  }
  if (has(node, 'reshapes')) return first && from && regrouped(first, from, dims, aligned)
  if (node.op === 'MatMul' || node.op === 'Gemm' || node.op === 'Einsum') return product(scope)
  if (has(node, 'cuts', 'joins', 'resamples', 'reduces')) return cut(scope)
  const alike = node.inputs.filter((_, i) => scope.meaningOf(i) && equal(scope.dimsOf(i) ?? [], dims))
  const one = alike[0] === undefined ? undefined : scope.meaningOf(node.inputs.indexOf(alike[0]))
  return one && { ...one, aligned: node.inputs.filter((_, i) => scope.meaningOf(i)?.axes.length === dims.length) }
}

/** A product over the last axis of its first factor works on every place by itself. */
function product({ node, dims, meaningOf }: Scope): Meaning | undefined {
  const first = meaningOf(0)
  const last = first?.axes.at(-1)
  const perPlace = node.op !== 'Einsum' && (last === 'channel' || last === 'other') && !intAttribute(node, 'transA', 0)
  if (!first || !perPlace || first.axes.length !== dims.length) return undefined
  const made = meaningOf(1)?.axes.at(-1) ?? 'channel'
  const axes = first.axes.with(-1, made === 'channel' ? 'channel' : 'other')
  return { ...first, axes, aligned: [node.inputs[0] ?? ''] }
}

/** Axes after cutting or joining: the same, where no place is lost or moved. */
function cut(scope: Scope): Meaning | undefined {
  const { node, dims } = scope
  const index = node.inputs.findIndex((_, i) => scope.meaningOf(i))
  const meaning = scope.meaningOf(index)
  const from = scope.dimsOf(index)
  if (!meaning || !from || from.length !== dims.length) return undefined
  const aligned = node.inputs.filter((_, i) => scope.meaningOf(i))
  const axis = meaning.axes.indexOf('places')
  if (axis < 0 || from[axis] === dims[axis]) return { ...meaning, aligned }
  const places = meaning.places && shifted(scope, meaning.places, axis, index)
  return places && { ...meaning, places, aligned }
}

/** Where the places stand after tokens were put before them or taken away. */
function shifted(scope: Scope, places: Places, axis: number, index: number): Places | undefined {
  const { node, dims } = scope
  const along = (wanted: number | undefined) => wanted === axis || wanted === axis - dims.length
  let moved = 0
  if (node.op === 'Concat' && along(intAttribute(node, 'axis', 0)))
    for (let i = 0; i < index; i++) moved += scope.dimsOf(i)?.[axis] ?? 0
  else if (node.op === 'Slice') {
    const axes = scope.integers(3, 'axes') ?? dims.map((_, i) => i)
    const which = axes.findIndex(along)
    const start = scope.integers(1, 'starts')?.[which]
    if (which < 0 || start === undefined || start < 0 || (scope.integers(4, 'steps')?.[which] ?? 1) !== 1)
      return undefined
    moved = -start
  } else return undefined
  const skip = places.skip + moved
  return skip >= 0 && skip + places.height * places.width <= (dims[axis] ?? 0) ? { ...places, skip } : undefined
}

/** Axes after a reshape: dimensions are matched in the smallest groups of one product. */
function regrouped({ axes, places }: Meaning, from: Dims, to: Dims, aligned: string[]): Meaning | undefined {
  const found: Axis[] = []
  let merged = places
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const [firstIn, firstOut] = [i, j]
    let [left, right] = [from[i++] ?? 1, to[j++] ?? 1]
    while (left !== right) {
      if (left < right && i < from.length) left *= from[i++] ?? 1
      else if (left > right && j < to.length) right *= to[j++] ?? 1
      else return undefined
    }
    const ins = axes.slice(firstIn, i).filter((_, k) => (from[firstIn + k] ?? 1) > 1)
    const sizes = from.slice(firstIn, i).filter(size => size > 1)
    const outs = to.slice(firstOut, j).filter(size => size > 1)
    let labels: Axis[]
    if (equal(sizes, outs)) labels = ins
    else if (ins.every(axis => axis === 'channel')) labels = outs.map(() => 'channel')
    else if (ins.join() === 'height,width' && outs.length === 1) {
      labels = ['places']
      merged = { height: sizes[0] ?? 1, width: sizes[1] ?? 1, skip: 0 }
    } else if (ins.join() === 'places' && places?.skip === 0 && equal(outs, [places.height, places.width]))
      labels = ['height', 'width']
    else return undefined
    found.push(...to.slice(firstOut, j).map(size => (size > 1 ? (labels.shift() ?? 'one') : 'one')))
  }
  return { axes: found, places: merged, aligned }
}

function gridOf({ axes, places }: Meaning, dims: Dims): Grid | undefined {
  const stride = (axis: number) => dims.slice(axis + 1).reduce((product, size) => product * size, 1)
  const all = (kind: Axis) => axes.flatMap((axis, i) => (axis === kind ? [i] : []))
  const [[channel, ...others], heights, widths, tokens] = [all('channel'), all('height'), all('width'), all('places')]
  if (channel === undefined || others.length > 0) return undefined
  const channels = dims[channel] ?? 1
  const [row, column, token] = [heights[0], widths[0], tokens[0]]
  if (heights.length === 1 && widths.length === 1 && tokens.length === 0 && row !== undefined && column !== undefined)
    return {
      channels,
      height: dims[row] ?? 1,
      width: dims[column] ?? 1,
      offset: 0,
      strides: [stride(channel), stride(row), stride(column)],
    }
  if (heights.length + widths.length > 0 || tokens.length !== 1 || token === undefined || !places) return undefined
  const { height, width, skip } = places
  const step = stride(token)
  return { channels, height, width, offset: skip * step, strides: [stride(channel), width * step, step] }
}

const bearsPlaces = (meaning: Meaning | undefined): boolean =>
  meaning?.axes.some(axis => axis === 'places' || axis === 'height' || axis === 'width') === true

/** Goes back from the target: a place is read where it is mixed with others, or where a value of places is passed on. */
function unreadPlaces(wiring: Wiring, meanings: ReadonlyMap<string, Meaning>, target: string): Set<string> {
  const read = new Set([target])
  const reached = new Set([target])
  for (const node of [...wiring.nodes].reverse()) {
    if (node.op === 'Shape' || node.op === 'Size') continue
    const onward = node.outputs.filter(output => reached.has(output))
    for (const input of node.inputs) {
      if (onward.length === 0 || wiring.parameters.has(input)) continue
      reached.add(input)
      const passes = onward.some(output => {
        const meaning = meanings.get(output)
        if (meaning?.aligned.includes(input) && bearsPlaces(meaning)) return read.has(output)
        return !picksToken(node, input, meanings)
      })
      if (passes) read.add(input)
    }
  }
  return new Set([...reached].filter(value => bearsPlaces(meanings.get(value)) && !read.has(value)))
}

/** Whether a node takes tokens out from before the places. */
function picksToken(node: Node, input: string, meanings: ReadonlyMap<string, Meaning>): boolean {
  const meaning = meanings.get(input)
  const picks = node.op === 'Gather' || node.op === 'Slice' || node.op === 'Split'
  return picks && node.inputs[0] === input && meaning !== undefined && (meaning.places?.skip ?? 0) > 0
}

/** The values at the places of a grid, [C, H, W] row-major; the same array where they lie so already. */
export function planes(values: Float32Array, grid: Grid): Float32Array {
  const { channels, height, width, offset, strides } = grid
  const [channel, row, column] = strides
  const inOrder = offset === 0 && column === 1 && row === width && channel === width * height
  if (inOrder && values.length === channels * channel) return values
  const found = new Float32Array(channels * height * width)
  let to = 0
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) found[to++] = values[offset + c * channel + y * row + x * column] ?? Number.NaN
  return found
}
