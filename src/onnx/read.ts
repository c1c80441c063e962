import { fromBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf'
import { ELEMENT_BYTES, sizeOf } from '../graph/tensors'
import type { Attribute, Body, Graph, Node, Port, Tensor } from '../graph/types'
import { TYPE_OF } from './element-types'
import { bad, type External, isExternal, outsideBytes, whereabouts } from './external'

const AGAIN = 'Check that the download is complete, or export it again.'

/** The newest version of ONNX's operators that ONNX Runtime Web runs. */
const NEWEST_OPSET = 26

/**
 * Reads an ONNX file. Weights stay views into `bytes`, which must not change afterwards.
 *
 * @param external contents of the files that hold weights outside of the model, by their location
 * @throws HookscopeError `bad-model` where the bytes are no ONNX model, or one whose parts contradict each other.
 */
export function readOnnx(bytes: Uint8Array, external: External = new Map()): Graph {
  const { model, graph } = decode(bytes)
  const opsets = new Map(model.opsetImport.map(o => [o.domain === 'ai.onnx' ? '' : o.domain, Number(o.version)]))
  const opset = opsets.get('') ?? 1
  if (opset > NEWEST_OPSET)
    throw bad(
      `The model file is of ONNX opset ${opset}, and the newest that can be run is ${NEWEST_OPSET}. Export it with opset 17 or 18.`,
    )
  const constants = readConstants(graph, external)
  const inputs = graph.input.filter(port => !constants.has(port.name)).map(readPort)
  const twice = inputs.find((port, i) => inputs.findIndex(({ name }) => name === port.name) !== i)
  if (twice) throw bad(`There are two inputs called "${twice.name}". ${AGAIN}`)
  return {
    name: graph.name,
    irVersion: Number(model.irVersion),
    opsets,
    producer: model.producerName,
    metadata: new Map(model.metadataProps.map(({ key, value }) => [key, value])),
    inputs,
    outputs: graph.output.map(port => port.name),
    nodes: graph.node.map(node => readNode(node, external)),
    constants,
  }
}

/**
 * Locations of the files that hold weights outside of the model, relative to it.
 *
 * @throws HookscopeError `bad-model`, also for a location outside of the model's own folder
 */
export function externalFiles(bytes: Uint8Array): string[] {
  const { graph } = decode(bytes)
  const attributes = graph.node.flatMap(node => node.attribute.flatMap(({ t }) => t ?? []))
  const outside = [...graph.initializer, ...attributes].filter(isExternal)
  return [...new Set(outside.map(tensor => whereabouts(tensor).location))]
}

function decode(bytes: Uint8Array): { model: ModelProto; graph: GraphProto } {
  if (bytes.length === 0) throw bad(`The model file is empty. ${AGAIN}`)
  let model: ModelProto
  try {
    model = fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    throw bad(`The model file is no ONNX file, or it is cut off. ${AGAIN}`, cause)
  }
  const { graph } = model
  if (!graph || graph.node.length === 0) throw bad(`The model file holds no graph. ${AGAIN}`)
  return { model, graph }
}

function readConstants(graph: GraphProto, external: External): Map<string, Tensor> {
  const sparse = graph.sparseInitializer[0]
  if (sparse)
    throw bad(`The weight "${sparse.values?.name ?? ''}" is stored sparse, which is not supported. Export it dense.`)
  const constants = new Map<string, Tensor>()
  for (const tensor of graph.initializer) {
    if (constants.has(tensor.name)) throw bad(`There are two weights called "${tensor.name}". ${AGAIN}`)
    constants.set(tensor.name, readTensor(tensor, external))
  }
  return constants
}

function readPort(port: ValueInfoProto): Port {
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

function checkedSize(size: bigint, where: string): number {
  if (size < 0n || size > 0x7fffffffn) throw bad(`"${where}" claims a dimension of ${size}. ${AGAIN}`)
  return Number(size)
}

function elementType(code: number, where: string): Tensor['type'] {
  const type = TYPE_OF.get(code)
  if (!type) throw bad(`"${where}" has the element type ${code}, which is not supported. Export it as float32.`)
  return type
}

function readNode(node: NodeProto, external: External): Node {
  return {
    name: node.name,
    op: node.opType,
    domain: node.domain === 'ai.onnx' ? '' : node.domain,
    inputs: node.input,
    outputs: node.output,
    attributes: new Map(node.attribute.map(attribute => [attribute.name, readAttribute(attribute, external)])),
    metadata: new Map(node.metadataProps.map(entry => [entry.key, entry.value])),
  }
}

const text = (bytes: Uint8Array): string => {
  let out = ''
  for (const byte of bytes) out += String.fromCharCode(byte)
  return out
}

function readAttribute(attribute: AttributeProto, external: External): Attribute {
  switch (attribute.type) {
    case Kind.INT:
      return { kind: 'int', value: Number(attribute.i) }
    case Kind.FLOAT:
      return { kind: 'float', value: attribute.f }
    case Kind.STRING:
      return { kind: 'string', value: text(attribute.s) }
    case Kind.INTS:
      return { kind: 'ints', value: attribute.ints.map(Number) }
    case Kind.FLOATS:
      return { kind: 'floats', value: attribute.floats }
    case Kind.STRINGS:
      return { kind: 'strings', value: attribute.strings.map(text) }
    case Kind.TENSOR:
      return attribute.t
        ? { kind: 'tensor', value: readTensor(attribute.t, external) }
        : { kind: 'opaque', value: attribute }
    case Kind.GRAPH:
      return attribute.g
        ? { kind: 'graph', value: readBody(attribute.g, external) }
        : { kind: 'opaque', value: attribute }
    default:
      return { kind: 'opaque', value: attribute }
  }
}

function readBody(graph: GraphProto, external: External): Body {
  return {
    name: graph.name,
    inputs: graph.input.map(readPort),
    nodes: graph.node.map(node => readNode(node, external)),
    constants: readConstants(graph, external),
    outputs: graph.output.map(port => port.name),
  }
}

function readTensor(tensor: TensorProto, external: External): Tensor {
  const where = tensor.name || 'a constant'
  const type = elementType(tensor.dataType, where)
  const dims = tensor.dims.map(d => checkedSize(d, where))
  const bytes = isExternal(tensor)
    ? outsideBytes(tensor, external)
    : tensor.rawData.length > 0
      ? tensor.rawData
      : packed(tensor, type)
  const expected = sizeOf(dims) * ELEMENT_BYTES[type]
  if (type !== 'string' && bytes.length !== expected)
    throw bad(`The weight "${where}" has ${bytes.length} bytes where its shape asks for ${expected}. ${AGAIN}`)
  return { type, dims, bytes }
}

/** The typed fields of TensorProto, as raw little-endian bytes. onnx.proto tells which type sits in which field. */
function packed(tensor: TensorProto, type: Tensor['type']): Uint8Array {
  const bytesOf = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer)
  switch (type) {
    case 'float32':
      return bytesOf(Float32Array.from(tensor.floatData))
    case 'float64':
      return bytesOf(Float64Array.from(tensor.doubleData))
    case 'int64':
      return bytesOf(BigInt64Array.from(tensor.int64Data))
    case 'uint64':
    case 'uint32': {
      const values = tensor.uint64Data
      return type === 'uint64' ? bytesOf(BigUint64Array.from(values)) : bytesOf(Uint32Array.from(values, Number))
    }
    case 'int32':
      return bytesOf(Int32Array.from(tensor.int32Data))
    case 'string':
      return new Uint8Array(0)
    default:
      return ELEMENT_BYTES[type] === 1
        ? bytesOf(Uint8Array.from(tensor.int32Data))
        : bytesOf(Uint16Array.from(tensor.int32Data))
  }
}
