import { floatAttribute, intAttribute, tensorAttribute } from '../graph/attributes'
import { numbersOf } from '../graph/elements'
import type { GraphIndex } from '../graph/graph-index'
import { atNode } from '../graph/numbers'
import { positiveAxis, SHAPE_RULES, type ValueInfo } from '../graph/shape-rules'
import { reducedAxes } from '../graph/shape-rules/reduce'
import { sizeOf } from '../graph/tensors'
import { has } from '../graph/traits'
import type { Node } from '../graph/types'

type Dims = readonly number[]

/** Numbers of a value, row-major, and for each the place of the one that it stands for in the value that was put in. */
export interface Traced {
  readonly dims: Dims
  readonly data: readonly number[]
  /** `NONE` of what stands for none: constants, sums, maxima. `SEVERAL` of what mixes two of them. */
  readonly from: readonly number[]
}

export const NONE = -1
export const SEVERAL = -2

/** Known values of a network, to find constants with. */
export interface Constants {
  readonly graphIndex: GraphIndex
  readonly shapes: ReadonlyMap<string, ValueInfo>
}

interface Evaluating extends Constants {
  /** Nodes whose bounds are left out. */
  readonly passed: ReadonlySet<Node>
}

/** Numbers of the largest value that is worked out. */
const LARGEST = 2 ** 18

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Exp: Math.exp,
  Log: Math.log,
  Neg: x => -x,
  Reciprocal: x => 1 / x,
  Relu: x => Math.max(x, 0),
  Sigmoid: x => 1 / (1 + Math.exp(-x)),
  Softplus: x => Math.log1p(Math.exp(x)),
  Sqrt: Math.sqrt,
  Tanh: Math.tanh,
}

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Div: (a, b) => a / b,
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  Max: Math.max,
  Min: Math.min,
  Mul: (a, b) => a * b,
  Pow: (a, b) => a ** b,
  Sub: (a, b) => a - b,
  Sum: (a, b) => a + b,
}

const REDUCTIONS: Readonly<Record<string, (x: readonly number[]) => number>> = {
  ReduceL1: x => x.reduce((sum, v) => sum + Math.abs(v), 0),
  ReduceLogSum: x => Math.log(total(x)),
  ReduceLogSumExp: x => {
    const most = largest(x)
    return most + Math.log(total(x.map(v => Math.exp(v - most))))
  },
  ReduceMax: x => largest(x),
  ReduceMean: x => total(x) / x.length,
  ReduceMin: x => -largest(x.map(v => -v)),
  ReduceSum: x => total(x),
}

const total = (x: readonly number[]): number => x.reduce((sum, v) => sum + v, 0)
const largest = (x: readonly number[]): number => x.reduce((most, v) => Math.max(most, v), Number.NEGATIVE_INFINITY)

/** Operators that bound every number by constants: inside the bounds nothing changes. */
const isBound = (node: Node, { graphIndex }: Evaluating): boolean =>
  (node.op === 'Max' || node.op === 'Min') &&
  node.inputs.filter(input => !graphIndex.parameters.has(input)).length === 1

/** Whether `evaluate` knows a node's operator. */
export const isKnown = (node: Node): boolean =>
  node.domain === '' &&
  (has(node, 'copies', 'reshapes', 'permutes', 'converts') ||
    [UNARY, BINARY, REDUCTIONS].some(table => Object.hasOwn(table, node.op)) ||
    OTHERS.has(node.op))

const OTHERS: ReadonlySet<string> = new Set(
  'Clip Concat DequantizeLinear Expand Gather LogSoftmax QuantizeLinear Slice Softmax Split Where'.split(' '),
)

/**
 * Works out some nodes with double precision. The rounding of a quantization is left out.
 *
 * @param nodes in the order of the network
 * @param start a value that they read, with its numbers
 * @returns undefined where a node is not known, or too large
 */
export function evaluate(
  nodes: readonly Node[],
  start: readonly [name: string, Traced],
  end: string,
  evaluating: Evaluating,
): Traced | undefined {
  const values = new Map<string, Traced>([start])
  const read = (name: string): Traced | undefined => values.get(name) ?? constant(name, evaluating)
  for (const node of nodes) {
    const inputs = node.inputs.map(read)
    if (node.inputs.some((name, i) => name !== '' && !inputs[i])) return undefined
    const outputs = atNode(node, () => work(node, inputs, evaluating))
    if (!outputs) return undefined
    node.outputs.forEach((name, i) => {
      const output = outputs[i]
      if (name && output) values.set(name, output)
    })
  }
  return values.get(end)
}

function constant(name: string, evaluating: Evaluating): Traced | undefined {
  const { graphIndex, shapes } = evaluating
  const node = graphIndex.producer.get(name)
  const known = shapes.get(name)
  const tensor =
    graphIndex.graph.constants.get(name) ?? (node?.op === 'Constant' ? tensorAttribute(node, 'value') : undefined)
  if (tensor && sizeOf(tensor.dims) <= LARGEST) return plain(tensor.dims, numbersOf(tensor) ?? [])
  if (known?.content) return plain(known.dims, known.content)
  if (!node || !graphIndex.parameters.has(name)) return undefined
  const inputs = node.inputs.map(input => constant(input, evaluating))
  return atNode(node, () => work(node, inputs, evaluating))?.[node.outputs.indexOf(name)]
}

const plain = (dims: Dims, data: readonly number[]): Traced => ({ dims, data, from: data.map(() => NONE) })

function work(node: Node, inputs: readonly (Traced | undefined)[], evaluating: Evaluating): Traced[] | undefined {
  const [x] = inputs
  if (!x || !isKnown(node) || x.data.length !== sizeOf(x.dims)) return undefined
  const { op } = node
  const moving = node.inputs.findIndex(name => !evaluating.graphIndex.parameters.has(name))
  if (op === 'Clip') return evaluating.passed.has(node) ? [x] : clipped(node, inputs)
  if (isBound(node, evaluating) && evaluating.passed.has(node) && inputs[moving]) return [inputs[moving]]
  if (has(node, 'copies', 'converts') || op === 'QuantizeLinear') return [x]
  if (op === 'DequantizeLinear') return [moving === 0 ? x : (dequantized(inputs) ?? x)]
  const unary = UNARY[op]
  if (unary) return [{ ...x, data: x.data.map(unary) }]
  const binary = BINARY[op]
  if (binary) return folded(inputs, numbers => numbers.reduce(binary))
  if (op === 'Where') return folded(inputs, ([condition, a = 0, b = 0]) => (condition ? a : b))
  if (op === 'Softmax' || op === 'LogSoftmax') return [softmaxed(node, x, evaluating.graphIndex.opset)]
  return op.startsWith('Reduce')
    ? reduced(node, inputs, evaluating.graphIndex.opset)
    : arranged(node, inputs, evaluating)
}

/** Bounds are attributes before opset 11. */
function clipped(node: Node, [x, low, high]: readonly (Traced | undefined)[]): Traced[] | undefined {
  const least = low?.data[0] ?? floatAttribute(node, 'min', Number.NEGATIVE_INFINITY)
  const most = high?.data[0] ?? floatAttribute(node, 'max', Number.POSITIVE_INFINITY)
  return x && [{ ...x, data: x.data.map(v => Math.min(Math.max(v, least), most)) }]
}

/** Per tensor; other scales come with weights alone. */
function dequantized([x, scale, zero]: readonly (Traced | undefined)[]): Traced | undefined {
  const [s] = scale?.data ?? []
  if (!x || s === undefined || scale?.data.length !== 1) return undefined
  return { ...x, data: x.data.map(v => (v - (zero?.data[0] ?? 0)) * s) }
}

/** Broadcasts, and works out number by number. */
function folded(inputs: readonly (Traced | undefined)[], op: (numbers: number[]) => number): Traced[] | undefined {
  const operands = inputs.filter(input => input !== undefined)
  const rank = Math.max(...operands.map(({ dims }) => dims.length))
  const dims = Array.from({ length: rank }, (_, axis) =>
    operands.reduce((size, x) => {
      const own = x.dims[axis - rank + x.dims.length] ?? 1
      return size === 1 ? own : size
    }, 1),
  )
  const size = sizeOf(dims)
  if (size > LARGEST) return undefined
  const places = operands.map(x => placesIn(x.dims, dims))
  const data = new Array<number>(size)
  const from = new Array<number>(size)
  for (let i = 0; i < size; i++) {
    const at = places.map(place => place(i))
    data[i] = op(operands.map((x, k) => x.data[at[k] ?? 0] ?? Number.NaN))
    from[i] = operands.reduce((origin, x, k) => joined(origin, x.from[at[k] ?? 0] ?? NONE), NONE)
  }
  return [{ dims, data, from }]
}

const joined = (a: number, b: number): number => (a === b || b === NONE ? a : a === NONE ? b : SEVERAL)

/** From a place in a value of `dims` to that in an operand which is broadcast to it. */
function placesIn(own: Dims, dims: Dims): (place: number) => number {
  const size = sizeOf(own)
  if (size === sizeOf(dims)) return place => place
  if (size === 1) return () => 0
  const shift = dims.length - own.length
  return place => {
    let rest = place
    let at = 0
    let stride = 1
    for (let axis = dims.length - 1; axis >= shift; axis--) {
      const length = dims[axis] ?? 1
      const mine = own[axis - shift] ?? 1
      if (mine > 1) at += (rest % length) * stride
      stride *= mine
      rest = Math.floor(rest / length)
    }
    return at
  }
}

/** Before opset 13 all axes from `axis` on count as one. */
function softmaxed(node: Node, x: Traced, opset: number): Traced {
  const axis = positiveAxis(intAttribute(node, 'axis', opset < 13 ? 1 : -1), x.dims.length)
  const length = opset < 13 ? sizeOf(x.dims.slice(axis)) : (x.dims[axis] ?? 1)
  const inner = opset < 13 ? 1 : sizeOf(x.dims.slice(axis + 1))
  const data = [...x.data]
  for (let group = 0; group < data.length / length; group++) {
    const first = Math.floor(group / inner) * length * inner + (group % inner)
    const places = Array.from({ length }, (_, k) => first + k * inner)
    const numbers = places.map(place => x.data[place] ?? Number.NaN)
    const most = largest(numbers)
    const sum = total(numbers.map(v => Math.exp(v - most)))
    places.forEach((place, k) => {
      const log = (numbers[k] ?? Number.NaN) - most - Math.log(sum)
      data[place] = node.op === 'Softmax' ? Math.exp(log) : log
    })
  }
  return { ...x, data }
}

function reduced(node: Node, inputs: readonly (Traced | undefined)[], opset: number): Traced[] | undefined {
  const [x] = inputs
  const op = REDUCTIONS[node.op]
  const axes = reducedAxes({ node, opset, inputs: inputs.map(asKnown) })
  if (!x || !op || !axes) return undefined
  const kept = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const place = placesIn(kept, x.dims)
  const parts = Array.from({ length: sizeOf(kept) }, (): number[] => [])
  const origins = new Array<number>(parts.length).fill(NONE)
  const alone = parts.length === x.data.length
  x.data.forEach((v, i) => {
    parts[place(i)]?.push(v)
    if (alone) origins[i] = x.from[i] ?? NONE
  })
  const keeps = intAttribute(node, 'keepdims', 1) === 1
  const dims = keeps ? kept : kept.filter((_, axis) => !axes.includes(axis))
  return [{ dims, data: parts.map(op), from: origins }]
}

/** Operators that only move numbers: as their shape rules move small constants. */
function arranged(
  node: Node,
  inputs: readonly (Traced | undefined)[],
  { graphIndex }: Evaluating,
): Traced[] | undefined {
  const rule = SHAPE_RULES[node.op]
  const { opset } = graphIndex
  const numbers = rule?.({ node, opset, inputs: inputs.map(asKnown) })
  const data = node.op === 'Concat' ? inputs : inputs.slice(0, 1)
  const origins = rule?.({
    node,
    opset,
    inputs: inputs.map((input, i) => asKnown(i < data.length && input ? { ...input, data: input.from } : input)),
  })
  return numbers?.map((known, i) => ({
    dims: known?.dims ?? [],
    data: known?.content ?? [],
    from: origins?.[i]?.content ?? [],
  }))
}

const asKnown = (x: Traced | undefined): ValueInfo | undefined =>
  x && { type: 'float64', dims: x.dims, content: x.data }
