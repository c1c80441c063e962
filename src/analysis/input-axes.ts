import { intAttribute, intsAttribute } from '../graph/attributes'
import { integersOf } from '../graph/tensors'
import type { Graph, Node, Port } from '../graph/types'

/** The meaning of a dimension of the picture's input; a batch counts as `one`, whatever its size. */
export type InputAxis = 'one' | 'channel' | 'height' | 'width'

/** Which dimension of an input the first layer reads as channels, and how many it takes; null: none, of grey pictures. */
interface ReadChannels {
  readonly axis: number | null
  readonly count: number
}

/** Operators that leave every axis where it is. */
const KEEPS: ReadonlySet<string> = new Set([
  ...['Identity', 'Cast', 'Dropout', 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Neg', 'Clip', 'Max', 'Min', 'Relu'],
  ...['Pad', 'Slice', 'Resize', 'Upsample', 'QuantizeLinear', 'DequantizeLinear', 'ImageScaler'],
])
/** Which input tells how many channels there are, and which of its dimensions. */
const TELLS: Readonly<Record<string, readonly [input: number, axis: number]>> = {
  Conv: [1, 1],
  FusedConv: [1, 1],
  ConvInteger: [1, 1],
  QLinearConv: [3, 1],
  BatchNormalization: [1, 0],
  InstanceNormalization: [1, 0],
}
/** Channels are found near the input, or not at all. */
const MOST_NODES = 64

/** Follows an input to the first layer that tells its channels: ONNX has them second there. */
export function readChannelAxis(graph: Graph, port: Port): ReadChannels | undefined {
  const followed = new Map<string, readonly (number | null)[]>([[port.name, port.dims.map((_, axis) => axis)]])
  const readers = graph.nodes.filter(node => node.inputs.length > 0)
  let left = MOST_NODES
  for (const node of readers) {
    const [from = ''] = node.inputs.filter(name => followed.has(name))
    const axes = followed.get(from)
    if (!axes) continue
    if (left-- === 0) return undefined
    const place = Object.hasOwn(TELLS, node.op) ? TELLS[node.op] : undefined
    if (place && node.inputs[0] === from && axes.length === 4) {
      const count = weightDims(graph, node.inputs[place[0]] ?? '')?.[place[1]]
      const groups = place[1] === 1 ? intAttribute(node, 'group', 1) : 1
      const axis = axes[1]
      return count === undefined || axis === undefined ? undefined : { axis, count: count * groups }
    }
    const moved = move(graph, node, axes)
    if (moved) for (const output of node.outputs) followed.set(output, moved)
  }
  return undefined
}

function move(graph: Graph, node: Node, axes: readonly (number | null)[]): readonly (number | null)[] | undefined {
  if (KEEPS.has(node.op)) return axes
  if (node.op === 'Transpose') {
    const order = intsAttribute(node, 'perm') ?? axes.map((_, i) => axes.length - 1 - i)
    return order.map(from => axes[from] ?? null)
  }
  if (node.op !== 'Unsqueeze' && node.op !== 'Squeeze') return undefined
  const tensor = graph.constants.get(node.inputs[1] ?? '') ?? constantOf(graph, node.inputs[1] ?? '')
  const asked = intsAttribute(node, 'axes') ?? (tensor && integersOf(tensor))
  if (!asked) return undefined
  const rank = node.op === 'Unsqueeze' ? axes.length + asked.length : axes.length
  const places = new Set(asked.map(axis => (axis < 0 ? axis + rank : axis)))
  if (node.op === 'Squeeze') return axes.filter((_, i) => !places.has(i))
  const rest = [...axes]
  return Array.from({ length: rank }, (_, i) => (places.has(i) ? null : (rest.shift() ?? null)))
}

function constantOf(graph: Graph, value: string) {
  const node = graph.nodes.find(({ op, outputs }) => op === 'Constant' && outputs[0] === value)
  const attribute = node?.attributes.get('value')
  return attribute?.kind === 'tensor' ? attribute.value : undefined
}

/** Also of a weight that is kept in fewer bits. */
function weightDims(graph: Graph, value: string): readonly number[] | undefined {
  const tensor = graph.constants.get(value) ?? constantOf(graph, value)
  if (tensor) return tensor.dims
  const maker = graph.nodes.find(({ outputs }) => outputs.includes(value))
  const passes = maker && ['Identity', 'Cast', 'DequantizeLinear'].includes(maker.op)
  return passes ? weightDims(graph, maker.inputs[0] ?? '') : undefined
}

const isSmall = (size: number | string | undefined): boolean => typeof size === 'number' && size >= 1 && size <= 4
const isNumber = (size: number | string | undefined): size is number => typeof size === 'number' && size > 0

/**
 * The meaning of each dimension of an input: [N, C, H, W], [N, H, W, C], the same without N, [H, W] of grey pictures, and with
 * dimensions of 1 between. What the first layer reads goes before the sizes, and those before the names.
 *
 * @returns undefined where it can be no picture
 */
export function inputAxes(graph: Graph, port: Port, asked?: 'nchw' | 'nhwc'): readonly InputAxis[] | undefined {
  const { dims } = port
  if (dims.length === 2) return dims.every(size => isNumber(size) && size >= 8) ? ['height', 'width'] : undefined
  if (dims.length === 5) {
    const extra = [1, 2, 0].find(axis => dims[axis] === 1)
    if (extra === undefined) return undefined
    const rest = fourAxes(dims.toSpliced(extra, 1), asked, undefined)
    return rest.toSpliced(extra, 0, 'one')
  }
  const denoted = port.denotation?.axes.indexOf('DATA_CHANNEL') ?? -1
  const read = readChannelAxis(graph, port) ?? (denoted < 0 ? undefined : { axis: denoted, count: 3 })
  if (dims.length === 4) return fourAxes(dims, asked, read?.axis ?? undefined)
  return dims.length === 3 ? threeAxes(dims, asked, read) : undefined
}

const FIRST: readonly InputAxis[] = ['one', 'channel', 'height', 'width']
const LAST: readonly InputAxis[] = ['one', 'height', 'width', 'channel']

function fourAxes(dims: Port['dims'], asked: 'nchw' | 'nhwc' | undefined, read: number | undefined) {
  if (read === 1) return FIRST
  if (read === 3) return LAST
  return lastByLooks(dims.slice(1), asked) ? LAST : FIRST
}

function threeAxes(dims: Port['dims'], asked: 'nchw' | 'nhwc' | undefined, read: ReadChannels | undefined) {
  const grey: readonly InputAxis[] = ['one', 'height', 'width']
  if (read?.axis === null) return grey
  if (read?.axis === 0) return FIRST.slice(1)
  if (read?.axis === 2) return LAST.slice(1)
  if (lastByLooks(dims, asked)) return LAST.slice(1)
  return isNumber(dims[0]) && dims[0] > 1 ? FIRST.slice(1) : grey
}

/** Whether channels come last, of three dimensions without a batch. */
function lastByLooks([first, second, last]: Port['dims'], asked: 'nchw' | 'nhwc' | undefined): boolean {
  if (isSmall(first) !== isSmall(last)) return isSmall(last)
  // Pictures are square more often than not: [13, 64, 64] and [64, 64, 13].
  if (isNumber(first) && isNumber(second) && isNumber(last) && (first === second) !== (second === last))
    return first === second
  if (asked) return asked === 'nhwc'
  const names = (size: number | string | undefined) => /chan|^c$|depth|bands/i.test(`${size}`)
  return names(last) && !names(first)
}
