import {
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type NodeProto,
  type ValueInfoProto,
} from 'onnx-buf'
import type { Attribute, Body, Node, OpaquePort, Port, Tensor } from '../graph/types'
import { TYPE_OF } from './element-types'
import { AGAIN, bad, type External } from './external'
import { checkedSize, elementType, latin, readSparse, readTensor } from './tensors'

/** Facts for reading a node. */
export interface Context {
  readonly external: External
  /** The file's own functions by `functionKey`. */
  readonly functions: ReadonlyMap<string, FunctionProto>
  /** The nodes of a function in place of its call. */
  readonly call: (call: Node, called: FunctionProto, context: Context) => Node[]
  /** Inside of a function: what its call gives for its attributes. */
  readonly given?: ReadonlyMap<string, Attribute>
  /** Functions that are being expanded, the outermost first. */
  readonly open: readonly FunctionProto[]
  /** Names of values around, which a function's own must not take. */
  readonly taken: Set<string>
  /** How many nodes functions may still become, and the calls so far of each function. */
  readonly budget: { left: number; readonly calls: Map<string, number> }
}

/** A function by domain, name and overload. */
export const functionKey = (domain: string, name: string, overload: string): string =>
  [ownDomain(domain), name, overload].join(' ')

export const ownDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain)

/** Nodes with each call of one of the file's functions in place of the function. */
export function readNodes(nodes: readonly NodeProto[], context: Context): Node[] {
  if (context.functions.size === 0) return nodes.map(proto => readNode(proto, context))
  return nodes.flatMap(proto => {
    const node = readNode(proto, context)
    const called = context.functions.get(functionKey(proto.domain, proto.opType, proto.overload))
    return called ? context.call(node, called, context) : [node]
  })
}

function readNode(node: NodeProto, context: Context): Node {
  const attributes = new Map<string, Attribute>()
  for (const attribute of node.attribute) {
    const read = attribute.refAttrName ? context.given?.get(attribute.refAttrName) : readAttribute(attribute, context)
    if (!read) continue
    const sparse = attribute.name === 'sparse_value' && read.kind === 'tensor'
    attributes.set(sparse ? 'value' : attribute.name, read)
  }
  return {
    name: node.name,
    op: node.opType,
    domain: ownDomain(node.domain),
    inputs: node.input,
    outputs: node.output,
    attributes: attributes.size > 0 ? attributes : NOTHING,
    metadata:
      node.metadataProps.length > 0 ? new Map(node.metadataProps.map(entry => [entry.key, entry.value])) : NOTHING,
  }
}

/** Most nodes have no metadata, many no attributes: they share this. */
const NOTHING = new Map<string, never>()

export function readAttribute(attribute: AttributeProto, context: Context): Attribute {
  switch (attribute.type) {
    case Kind.INT:
      return { kind: 'int', value: Number(attribute.i) }
    case Kind.FLOAT:
      return { kind: 'float', value: attribute.f }
    case Kind.STRING:
      return { kind: 'string', value: latin(attribute.s) }
    case Kind.INTS:
      return { kind: 'ints', value: attribute.ints.map(Number) }
    case Kind.FLOATS:
      return { kind: 'floats', value: attribute.floats }
    case Kind.STRINGS:
      return { kind: 'strings', value: attribute.strings.map(latin) }
    case Kind.TENSOR:
      return attribute.t
        ? { kind: 'tensor', value: readTensor(attribute.t, context.external) }
        : { kind: 'opaque', value: attribute }
    case Kind.SPARSE_TENSOR:
      return attribute.sparseTensor
        ? { kind: 'tensor', value: readSparse(attribute.sparseTensor, context.external) }
        : { kind: 'opaque', value: attribute }
    case Kind.GRAPH:
      return attribute.g
        ? { kind: 'graph', value: readBody(attribute.g, context) }
        : { kind: 'opaque', value: attribute }
    default:
      return { kind: 'opaque', value: attribute }
  }
}

function readBody(graph: GraphProto, context: Context): Body {
  return {
    name: graph.name,
    inputs: graph.input.map(readBodyPort),
    nodes: readNodes(graph.node, context),
    constants: readConstants(graph, context.external),
    outputs: graph.output.map(port => port.name),
  }
}

export function readConstants(graph: GraphProto, external: External): Map<string, Tensor> {
  const constants = new Map<string, Tensor>()
  const add = (name: string, tensor: Tensor) => {
    if (constants.has(name)) throw bad(`There are two weights called "${name}". ${AGAIN}`)
    constants.set(name, tensor)
  }
  for (const tensor of graph.initializer) add(tensor.name, readTensor(tensor, external))
  for (const sparse of graph.sparseInitializer) add(sparse.values?.name ?? '', readSparse(sparse, external))
  return constants
}

export function readPort(port: ValueInfoProto): Port {
  const type = port.type?.value
  if (type?.case !== 'tensorType')
    throw bad(`The input "${port.name}" is no tensor. Only networks over tensors are supported.`)
  const axes = type.value.shape?.dim ?? []
  const dims = axes.map(d => {
    if (d.value.case === 'dimValue') return checkedSize(d.value.value, port.name)
    return d.value.case === 'dimParam' ? d.value.value : ''
  })
  const denotation = { type: port.type?.denotation ?? '', axes: axes.map(axis => axis.denotation) }
  return {
    name: port.name,
    type: elementType(type.value.elemType, port.name),
    dims,
    ...([denotation.type, ...denotation.axes].some(Boolean) && { denotation }),
  }
}

/** Bodies may be handed sequences, and tensors of which nothing is said. */
function readBodyPort(port: ValueInfoProto): Port | OpaquePort {
  return readTold(port) ?? { name: port.name, message: port }
}

/** A value's type and shape in the file; undefined where it gives no shape, or one that no tensor can have. */
export function readTold(port: ValueInfoProto): Port | undefined {
  const type = port.type?.value
  if (type?.case !== 'tensorType' || !type.value.shape || !TYPE_OF.has(type.value.elemType)) return undefined
  const sizes = type.value.shape.dim.map(({ value }) => (value.case === 'dimValue' ? value.value : 0n))
  return sizes.every(size => size >= 0n && size <= 0x7fffffffn) ? readPort(port) : undefined
}
