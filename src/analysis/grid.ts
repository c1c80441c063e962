import { tensorAttribute } from '../graph/attributes'
import { numbersOf } from '../graph/elements'
import { type GraphIndex, reads } from '../graph/graph-index'
import type { ValueInfo } from '../graph/shapes'
import { standardForm } from '../graph/standard-form'
import { has } from '../graph/traits'
import { type Node, nodeLabel } from '../graph/types'
import type { Places } from '../image/types'
import { attentionValues } from './attention'
import { type Axis, axesOf, type Dims, equal, type Meaning, type Scope, tokensTaken } from './axes'
import type { InputAxis } from './input-axes'
import { follow } from './movement'
import { piecesOf } from './pieces'
import { type Placed, wholeInput } from './places'

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
  /** How the places lie over the network's input; stretched over all of it where this is not given. */
  readonly places?: Places
}

export interface GridReading {
  readonly grids: ReadonlyMap<string, Grid>
  /** Values whose places the target does not read: of them only the class token goes on. */
  readonly unread: ReadonlySet<string>
  /** Values over pairs of tokens: what each reads of each. */
  readonly attention: ReadonlySet<string>
}

/** The last value with a grid before another, and whether values were only put in another order since. */
interface Home {
  readonly value: string
  readonly ordered: boolean
}

/**
 * Follows from the picture on which axis of every value is height, width and channels, through reshapes,
 * transpositions, concatenated class tokens and windows of attention, and where on the picture its places lie.
 *
 * @param image the network's input
 * @param target the value that is explained
 */
export function readGrids(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  image: { readonly name: string; readonly axes: readonly InputAxis[] },
  target: string,
): GridReading {
  const meanings = new Map<string, Meaning>()
  const grids = new Map<string, Grid>()
  /** Windows of attention are put together to the shape of their home again. */
  const homes = new Map<string, Home>()
  const dimsOf = (value: string): Dims => shapes.get(value)?.dims ?? []
  const { axes } = image
  const size = [
    dimsOf(image.name)[axes.indexOf('height')] ?? 1,
    dimsOf(image.name)[axes.indexOf('width')] ?? 1,
  ] as const
  const lie = liesOn(size)
  const add = (value: string, meaning: Meaning, like?: string): boolean => {
    const before = like === undefined ? undefined : meanings.get(like)
    const isShared =
      before?.placed === meaning.placed && equal(before.axes, meaning.axes) && before.tokens === meaning.tokens
    const dims = dimsOf(value)
    const grid =
      isShared && like !== undefined && equal(dims, dimsOf(like)) ? grids.get(like) : gridOf(meaning, dims, lie)
    meanings.set(value, meaning)
    if (grid) grids.set(value, grid)
    return grid !== undefined
  }
  const scopeOf = (node: Node, output: number): Scope => ({
    node,
    opset: graphIndex.opset,
    inputs: node.inputs.map(input => shapes.get(input)),
    output,
    dims: dimsOf(node.outputs[output] ?? ''),
    meaningOf: i => meanings.get(node.inputs[i] ?? ''),
    numbersOf: i => constantNumbers(graphIndex, shapes, node.inputs[i] ?? ''),
  })
  add(image.name, { axes, aligned: [], placed: wholeInput(...size) })
  homes.set(image.name, { value: image.name, ordered: true })
  for (const written of graphIndex.nodes) {
    const node = standardForm(written)
    const from = reads(written).find(input => homes.has(input))
    const home = from === undefined ? undefined : homes.get(from)
    const ordered = home?.ordered === true && has(node, 'permutes', 'reshapes', 'copies')
    for (const [index, output] of node.outputs.entries()) {
      if (!shapes.has(output) || graphIndex.parameters.has(output)) continue
      const scope = scopeOf(node, index)
      const known = axesOf(scope)
      const meaning = known
        ? { ...known, placed: known.placed ?? follow(scope, known.axes) }
        : home && atHome(node, equal(dimsOf(home.value), scope.dims) ? meanings.get(home.value) : undefined, ordered)
      if (meaning && add(output, meaning, from)) homes.set(output, { value: output, ordered: true })
      else if (home) homes.set(output, { value: home.value, ordered })
    }
  }
  const attention = attentionValues(graphIndex, shapes, meanings)
  for (const value of attention) grids.delete(value)
  return { grids, unread: unreadPlaces(graphIndex, meanings, target, scopeOf), attention }
}

/** The meaning of a value that came back to the shape that it had: its places are where they were, unless they were put in order alone. */
function atHome(node: Node, meaning: Meaning | undefined, ordered: boolean): Meaning | undefined {
  if (!meaning) return undefined
  const placed = ordered ? { mixed: `${nodeLabel(node)} puts places in another order` } : meaning.placed
  return { ...meaning, placed, aligned: [] }
}

/** The numbers of a constant, however many. */
function constantNumbers(graphIndex: GraphIndex, shapes: ReadonlyMap<string, ValueInfo>, name: string) {
  const content = shapes.get(name)?.content
  if (content) return content
  const maker = graphIndex.producer.get(name)
  const tensor =
    graphIndex.graph.constants.get(name) ?? (maker?.op === 'Constant' ? tensorAttribute(maker, 'value') : undefined)
  return tensor && numbersOf(tensor)
}

function gridOf(meaning: Meaning, dims: Dims, lie: Lie): Grid | undefined {
  const { axes, tokens } = meaning
  const stride = (axis: number) => {
    let product = 1
    for (let i = axis + 1; i < dims.length; i++) product *= dims[i] ?? 1
    return product
  }
  const isOnce = (axis: Axis) => axes.includes(axis) && axes.indexOf(axis) === axes.lastIndexOf(axis)
  const channel = axes.indexOf('channel')
  const row = axes.indexOf('height')
  const column = axes.indexOf('width')
  const list = axes.indexOf('places')
  if ((channel >= 0 && !isOnce('channel')) || axes.some(axis => NO_MAP.has(axis))) return undefined
  // Grey pictures and sums over channels have one channel and no axis for it.
  if (channel < 0 && (row < 0 || column < 0)) return undefined
  const channels = channel < 0 ? 1 : (dims[channel] ?? 1)
  const across = channel < 0 ? (dims[row] ?? 1) * (dims[column] ?? 1) : stride(channel)
  if (isOnce('height') && isOnce('width') && list < 0)
    return {
      channels,
      height: dims[row] ?? 1,
      width: dims[column] ?? 1,
      offset: 0,
      strides: [across, stride(row), stride(column)],
      ...lie(meaning.placed),
    }
  if (row >= 0 || column >= 0 || !isOnce('places') || !tokens) return undefined
  const { height, width, skip } = tokens
  const step = stride(list)
  const strides = [across, width * step, step] as const
  return { channels, height, width, offset: skip * step, strides, ...lie(meaning.placed) }
}

const NO_MAP: ReadonlySet<Axis> = new Set(['other', 'inner height', 'inner width'])

/** How places lie on the input, as a grid says it. */
type Lie = (placed: Placed) => Pick<Grid, 'places'>

/** Most values share their places with others: each is worked out once. */
function liesOn(size: Places['size']): Lie {
  const known = new Map<Placed, Pick<Grid, 'places'>>()
  const lie: Lie = placed => {
    if ('mixed' in placed) return { places: { size, pieces: [], mixed: placed.mixed } }
    const places = piecesOf(placed, size)
    return places ? { places } : {}
  }
  return placed => {
    const found = known.get(placed) ?? lie(placed)
    known.set(placed, found)
    return found
  }
}

const bearsPlaces = (meaning: Meaning | undefined): boolean =>
  meaning?.axes.some(axis => axis === 'places' || axis === 'height' || axis === 'width') === true

/** Goes back from the target: a place is read where it is mixed with others, or where a value of places is passed on. */
function unreadPlaces(
  graphIndex: GraphIndex,
  meanings: ReadonlyMap<string, Meaning>,
  target: string,
  scopeOf: (node: Node, output: number) => Scope,
): Set<string> {
  const read = new Set([target])
  const reached = new Set([target])
  for (const node of graphIndex.nodes.toReversed()) {
    if (node.op === 'Shape' || node.op === 'Size' || !node.outputs.some(output => reached.has(output))) continue
    for (const input of reads(node)) {
      if (graphIndex.parameters.has(input)) continue
      reached.add(input)
      const passes = node.outputs.some((output, index) => {
        if (!reached.has(output)) return false
        const meaning = meanings.get(output)
        if (meaning?.aligned.includes(input) && bearsPlaces(meaning)) return read.has(output)
        return node.inputs[0] !== input || !leavesPlaces(scopeOf(node, index), meanings.get(input))
      })
      if (passes) read.add(input)
    }
  }
  return new Set([...reached].filter(value => bearsPlaces(meanings.get(value)) && !read.has(value)))
}

/** Whether a node takes tokens out from before or behind the places. */
function leavesPlaces(scope: Scope, meaning: Meaning | undefined): boolean {
  const { axes, tokens } = meaning ?? {}
  const axis = axes?.indexOf('places') ?? -1
  const taken = tokens && axis >= 0 && has(scope.node, 'cuts') ? tokensTaken(scope, axis) : undefined
  if (!tokens || !taken) return false
  return taken.every(token => token < tokens.skip || token >= tokens.skip + tokens.height * tokens.width)
}

/** The values at the places of a grid, [C, H, W] row-major; the same array where they lie so already. */
export function planes(values: Float32Array, grid: Grid): Float32Array {
  const { channels, height, width, offset, strides } = grid
  const [channel, row, column] = strides
  const inOrder = offset === 0 && column === 1 && row === width && channel === width * height
  if (inOrder) return values.length === channels * channel ? values : values.slice(0, channels * channel)
  const found = new Float32Array(channels * height * width)
  let to = 0
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) found[to++] = values[offset + c * channel + y * row + x * column] ?? Number.NaN
  return found
}

/**
 * `planes` back: values [C, H, W] at the places of a grid.
 *
 * @param whole what stands at all other places; the same array comes back where there are none
 */
export function unplaned(values: Float32Array, grid: Grid, whole: Float32Array): Float32Array {
  const { channels, height, width, offset, strides } = grid
  const [channel, row, column] = strides
  const inOrder = offset === 0 && column === 1 && row === width && channel === width * height
  if (inOrder && values.length === whole.length) return values
  const placed = whole.slice()
  let from = 0
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) placed[offset + c * channel + y * row + x * column] = values[from++] ?? 0
  return placed
}
