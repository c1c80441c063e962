import { floatAttribute, intAttribute, intsAttribute } from '../graph/attributes'
import type { GraphIndex } from '../graph/graph-index'
import type { Node } from '../graph/types'
import { constantFloats, constantInts } from './constants'

/** One channel of the input after arithmetic: scale · x[channel] + offset. */
interface Channel {
  readonly channel: number
  readonly scale: number
  readonly offset: number
}

/** Arithmetic that a file does on its input before its first layer. */
export interface Entry {
  /** In the order in which the first real node reads them. */
  readonly channels: readonly Channel[]
  /** The nodes that change values on the way. */
  readonly by: readonly Node[]
  /** The value that they leave, and the node that reads it. */
  readonly value: string
  readonly reader: Node | undefined
}

const KEEPS: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Transpose', 'Unsqueeze', 'Squeeze', 'Pad', 'Dropout'])
const CHANGES: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'BatchNormalization'])

/** Follows the channels of the input through scaling, shifting and reordering. */
export function readEntry(graphIndex: GraphIndex, input: string, count: number): Entry {
  const plain = Array.from({ length: count }, (_, channel) => ({ channel, scale: 1, offset: 0 }))
  const followed = new Map<string, readonly Channel[]>([[input, plain]])
  const by: Node[] = []
  let value = input
  for (const node of graphIndex.nodes) {
    if (!node.inputs.some(name => followed.has(name))) continue
    const results = follow(node, graphIndex, followed)
    if (!results) return { channels: followed.get(value) ?? plain, by, value, reader: node }
    results.forEach((channels, i) => {
      const output = node.outputs[i]
      if (!output) return
      followed.set(output, channels)
      if (channels.length === count) value = output
    })
    if (CHANGES.has(node.op)) by.push(node)
  }
  return { channels: plain, by: [], value: input, reader: undefined }
}

/** The channels of each output, or null where the node does more than scale, shift and reorder. */
function follow(
  node: Node,
  graphIndex: GraphIndex,
  followed: ReadonlyMap<string, readonly Channel[]>,
): (readonly Channel[])[] | null {
  const channels = followed.get(node.inputs[0] ?? '')
  if (node.op === 'Concat') {
    const parts = node.inputs.map(name => followed.get(name))
    return parts.every(part => part !== undefined) ? [parts.flat()] : null
  }
  if (CHANGES.has(node.op)) {
    const changed =
      node.op === 'BatchNormalization' ? normalised(node, graphIndex, channels) : shifted(node, graphIndex, followed)
    return changed && [changed]
  }
  if (!channels) return null
  if (KEEPS.has(node.op)) return [channels]
  if (node.op === 'Split') return channels.length === node.outputs.length ? channels.map(channel => [channel]) : null
  if (node.op !== 'Gather' && node.op !== 'Slice') return null
  const places = node.op === 'Gather' ? gathered(node, graphIndex) : sliced(node, graphIndex, channels.length)
  return places && [places.flatMap(i => channels.at(i) ?? [])]
}

/** Channels lie along the second axis, or the last. */
const isChannelAxis = (axis: number) => axis === 1 || axis === 3 || axis === -1 || axis === -3

/** The places that a Gather takes. */
function gathered(node: Node, graphIndex: GraphIndex): readonly number[] | null {
  return isChannelAxis(intAttribute(node, 'axis', 0)) ? constantInts(graphIndex, node.inputs[1] ?? '') : null
}

/** x ∘ constant, or constant ∘ x. */
function shifted(
  node: Node,
  graphIndex: GraphIndex,
  followed: ReadonlyMap<string, readonly Channel[]>,
): readonly Channel[] | null {
  const [a = '', b = ''] = node.inputs
  const channels = followed.get(a) ?? followed.get(b)
  const constant = constantFloats(graphIndex, followed.has(a) ? b : a)
  if (!channels || !constant || (constant.length !== 1 && constant.length !== channels.length)) return null
  const left = followed.has(a)
  if (node.op === 'Div' && !left) return null
  return channels.map(({ channel, scale, offset }, i) => {
    const c = constant[constant.length === 1 ? 0 : i] ?? 0
    if (node.op === 'Mul') return { channel, scale: scale * c, offset: offset * c }
    if (node.op === 'Div') return { channel, scale: scale / c, offset: offset / c }
    if (node.op === 'Add') return { channel, scale, offset: offset + c }
    return left ? { channel, scale, offset: offset - c } : { channel, scale: -scale, offset: c - offset }
  })
}

/** BatchNormalization: γ·(x − μ)/√(σ² + ε) + β */
function normalised(
  node: Node,
  graphIndex: GraphIndex,
  channels: readonly Channel[] | undefined,
): readonly Channel[] | null {
  const statistics = batchStatistics(node, graphIndex)
  if (!channels || !statistics) return null
  const { gamma, beta, mean, variance } = statistics
  return channels.map(({ channel, scale, offset }, i) => {
    const factor = (gamma[i] ?? 1) / Math.sqrt((variance[i] ?? 1) + floatAttribute(node, 'epsilon', 1e-5))
    return { channel, scale: scale * factor, offset: (offset - (mean[i] ?? 0)) * factor + (beta[i] ?? 0) }
  })
}

/** γ, β, mean and variance of a BatchNormalization, one a channel. */
export function batchStatistics(node: Node, graphIndex: GraphIndex) {
  const [gamma, beta, mean, variance] = node.inputs.slice(1, 5).map(name => constantFloats(graphIndex, name))
  return gamma && beta && mean && variance ? { gamma, beta, mean, variance } : null
}

/** The places that a Slice takes; its bounds are attributes before opset 10. */
function sliced(node: Node, graphIndex: GraphIndex, count: number): readonly number[] | null {
  const read = (name: string, place: number) =>
    intsAttribute(node, name) ?? constantInts(graphIndex, node.inputs[place] ?? '')
  const [start] = read('starts', 1) ?? []
  const [end] = read('ends', 2) ?? []
  const [axis = 0] = read('axes', 3) ?? []
  const [step = 1] = read('steps', 4) ?? []
  if (!isChannelAxis(axis)) return Array.from({ length: count }, (_, i) => i)
  if (start === undefined || end === undefined || step === 0) return null
  const places: number[] = []
  const at = (bound: number) => (bound < 0 ? bound + count : bound)
  for (let i = Math.min(at(start), count - 1); step > 0 ? i < at(end) && i < count : i >= 0 && i > at(end); i += step)
    places.push(i)
  return places
}
