import { intAttribute, tensorAttribute } from '../graph/attributes'
import { TYPE_OF_CODE } from '../graph/element-codes'
import { fromHalf } from '../graph/elements'
import { type GraphIndex, reads } from '../graph/graph-index'
import { inferNode, knownConstant, type ValueInfo } from '../graph/shapes'
import { integersOf, sizeOf } from '../graph/tensors'
import { has } from '../graph/traits'
import type { ElementType, Node, Tensor } from '../graph/types'
import { blended, dequantized, type Numbers } from './elementwise'

/** Parameters of a network as constants, and the nodes that work out those which are left to the engine. */
export interface Grown {
  readonly nodes: readonly Node[]
  readonly constants: ReadonlyMap<string, Tensor>
}

/**
 * Works out the values that files keep small: int8, float16, tables of few values. The numbers are ONNX Runtime's, bit for bit;
 * left to its constant folding, weights lie in memory several times while it loads them.
 */
export function grow(graphIndex: GraphIndex, parameters: ReadonlySet<string>): Grown {
  const needed = ancestors(graphIndex, parameters)
  /** Nodes that have not read a value yet; of what is kept one more. */
  const readers = new Map<string, number>()
  const count = (value: string, by: number) => readers.set(value, (readers.get(value) ?? 0) + by)
  for (const node of needed) for (const input of reads(node)) count(input, 1)
  for (const value of parameters) count(value, 1)
  const values = new Map<string, Tensor>()
  /** Those whose elements lie in memory that nothing else reads. */
  const own = new Set<Tensor>()
  const left: Node[] = []
  for (const node of needed) {
    for (const input of reads(node)) {
      const constant = graphIndex.graph.constants.get(input)
      if (constant) values.set(input, constant)
    }
    const [first = ''] = node.inputs
    const overwrites = own.has(values.get(first) ?? NOTHING) && readers.get(first) === 1
    const result = worked(node, graphIndex.opset, values, overwrites)
    const isFresh = FRESH.has(node.op) || (node.op === 'Cast' && result !== values.get(first))
    for (const input of reads(node)) own.delete(values.get(input) ?? NOTHING)
    if (result && isFresh) own.add(result)
    if (result) values.set(node.outputs[0] ?? '', result)
    else left.push(node)
    for (const input of reads(node)) {
      if (!result) count(input, 1)
      count(input, -1)
      if (readers.get(input) === 0) values.delete(input)
    }
  }
  for (const value of parameters) {
    const constant = graphIndex.graph.constants.get(value)
    if (constant) values.set(value, constant)
  }
  return { nodes: left.sort((a, b) => placeOf(graphIndex, a) - placeOf(graphIndex, b)), constants: values }
}

const NOTHING: Tensor = { type: 'float32', dims: [0], bytes: new Uint8Array(0) }

/** Operators whose result shares no memory with what they read, unless they overwrite it. */
const FRESH: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Gather', 'DequantizeLinear'])

const placeOf = ({ place }: GraphIndex, node: Node): number => place.get(node) ?? 0

/** The nodes that parameters come from, those of one parameter after those of another, so that little is held at a time. */
function ancestors(graphIndex: GraphIndex, parameters: ReadonlySet<string>): Set<Node> {
  const found = new Set<Node>()
  for (const parameter of parameters) {
    const here = new Set<Node>()
    const pending = [parameter]
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      const node = graphIndex.producer.get(value)
      if (!node || here.has(node) || found.has(node)) continue
      here.add(node)
      pending.push(...reads(node))
    }
    for (const node of [...here].sort((a, b) => placeOf(graphIndex, a) - placeOf(graphIndex, b))) found.add(node)
  }
  return found
}

/**
 * A node's only output; undefined where it is left to the engine.
 *
 * @param overwrites whether its first input is read by nobody after it
 */
function worked(
  node: Node,
  opset: number,
  values: ReadonlyMap<string, Tensor>,
  overwrites: boolean,
): Tensor | undefined {
  const { op, domain, outputs } = node
  if (domain !== '' || outputs.length !== 1) return undefined
  if (op === 'Constant') return tensorAttribute(node, 'value')
  const inputs = node.inputs.map(input => values.get(input))
  const [a, b, zero] = inputs
  if (!a || node.inputs.some((name, i) => name !== '' && !inputs[i])) return undefined
  if (op === 'Identity') return a
  if (has(node, 'reshapes')) return reshaped(node, opset, a, values)
  if (op === 'Cast') return cast(a, TYPE_OF_CODE.get(intAttribute(node, 'to', 0)))
  if (op === 'Gather' && b) return gathered(a, b, intAttribute(node, 'axis', 0))
  if (op === 'DequantizeLinear' && b) return widened(node, a, b, zero)
  return b && (op === 'Add' || op === 'Sub' || op === 'Mul') ? combined(op, a, b, overwrites) : undefined
}

function combined(op: 'Add' | 'Sub' | 'Mul', a: Tensor, b: Tensor, overwrites: boolean): Tensor | undefined {
  const [left, right] = [blendable(a), blendable(b)]
  if (!left || !right) return undefined
  const made = blended(op, { dims: a.dims, data: left }, { dims: b.dims, data: right }, overwrites)
  return made && tensorOf(a.type, made.dims, made.data)
}

/** Elements of the types that the walk works with. */
function blendable(x: Tensor): Float32Array | Int32Array | undefined {
  const data = x.type === 'float32' || x.type === 'int32' ? numbersIn(x) : undefined
  return data instanceof Float32Array || data instanceof Int32Array ? data : undefined
}

/** The same elements under the shape that the operator's rule tells. */
function reshaped(node: Node, opset: number, x: Tensor, values: ReadonlyMap<string, Tensor>): Tensor | undefined {
  const shapes = new Map<string, ValueInfo>()
  for (const input of node.inputs) {
    const tensor = values.get(input)
    if (tensor) shapes.set(input, knownConstant(tensor))
  }
  inferNode(node, opset, shapes)
  const dims = shapes.get(node.outputs[0] ?? '')?.dims
  return dims && { ...x, dims }
}

function cast(x: Tensor, to: ElementType | undefined): Tensor | undefined {
  if (x.type === to) return x
  const data = numbersIn(x)
  if (!data || (to !== 'float32' && !(to === 'int32' && isSmallInteger(data)))) return undefined
  return tensorOf(to, x.dims, to === 'float32' ? new Float32Array(data) : new Int32Array(data))
}

function gathered(x: Tensor, indices: Tensor, axis: number): Tensor | undefined {
  const [data, at] = [numbersIn(x), indices.type === 'int64' ? integersOf(indices) : numbersIn(indices)]
  const along = axis < 0 ? axis + x.dims.length : axis
  const size = x.dims[along]
  if (x.type !== 'float32' || !(data instanceof Float32Array) || !at || size === undefined) return undefined
  const inner = sizeOf(x.dims.slice(along + 1))
  const outer = sizeOf(x.dims.slice(0, along))
  const made = new Float32Array(outer * at.length * inner)
  if (outer * inner === 1 && !lookUp(data, at, made)) return undefined
  let to = 0
  for (let o = 0; outer * inner > 1 && o < outer; o++)
    for (let i = 0; i < at.length; i++) {
      const index = at[i] ?? 0
      const place = index < 0 ? index + size : index
      if (!(place >= 0 && place < size)) return undefined
      const from = (o * size + place) * inner
      for (let at = from; at < from + inner; at++) made[to++] = data[at] ?? 0
    }
  return tensorOf('float32', [...x.dims.slice(0, along), ...indices.dims, ...x.dims.slice(along + 1)], made)
}

/** Entries of a table. @returns false where a place is none of its */
function lookUp(table: Float32Array, places: ArrayLike<number>, made: Float32Array): boolean {
  const size = table.length
  for (let i = 0; i < made.length; i++) {
    const place = places[i] ?? 0
    const value = table[place < 0 ? place + size : place]
    if (value === undefined) return false
    made[i] = value
  }
  return true
}

/** One scale of all, or one a place of an axis; blocks are left to the engine. */
function widened(node: Node, x: Tensor, scale: Tensor, zero: Tensor | undefined): Tensor | undefined {
  const [data, scales, zeros] = [numbersIn(x), numbersIn(scale), zero && numbersIn(zero)]
  const isWhole = data && (isSmallInteger(data) || data instanceof Int32Array)
  if (!isWhole || scale.type !== 'float32' || !scales || (zero && (zero.type !== x.type || !zeros))) return undefined
  if (intAttribute(node, 'block_size', 0) !== 0 || node.attributes.has('output_dtype')) return undefined
  const axis = intAttribute(node, 'axis', 1)
  const along = axis < 0 ? axis + x.dims.length : axis
  const single = scales.length === 1
  if (zeros && zeros.length !== scales.length) return undefined
  if (!single && (scale.dims.length !== 1 || x.dims[along] !== scales.length)) return undefined
  const inner = single ? data.length : sizeOf(x.dims.slice(along + 1))
  return tensorOf('float32', x.dims, dequantized(data, scales, zeros, inner))
}

const isSmallInteger = (data: Numbers): boolean =>
  data instanceof Int8Array || data instanceof Uint8Array || data instanceof Int16Array || data instanceof Uint16Array

const tensorOf = (type: ElementType, dims: readonly number[], { buffer }: Numbers): Tensor => ({
  ...{ type, dims },
  bytes: new Uint8Array(buffer),
})

type View = new (buffer: ArrayBufferLike, offset: number, length: number) => Numbers

const VIEWS: Readonly<Partial<Record<ElementType, View>>> = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
}

/** All elements, without a copy where they lie as the machine reads them; undefined for other types. */
function numbersIn({ type, dims, bytes }: Tensor): Numbers | undefined {
  const count = sizeOf(dims)
  if (type === 'float16') return halves(numbersIn({ type: 'uint16', dims, bytes }) ?? [])
  const Made = VIEWS[type]
  if (!Made) return undefined
  const size = bytes.length / Math.max(count, 1)
  const whole = bytes.byteOffset % size === 0 ? bytes : bytes.slice()
  return new Made(whole.buffer, whole.byteOffset, count)
}

let ofHalf: Float32Array | undefined

/** float16 as float32, which holds each of its 65,536 values. */
function halves(bits: ArrayLike<number>): Float32Array {
  ofHalf ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => fromHalf(half))
  const made = new Float32Array(bits.length)
  for (let i = 0; i < made.length; i++) made[i] = ofHalf[bits[i] ?? 0] ?? 0
  return made
}
