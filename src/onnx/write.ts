import { create, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProtoSchema,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import type { Attribute, Body, Graph, Node, OpaquePort, Port, Tensor } from '../graph/types'
import { CODE_OF } from './element-types'

/**
 * A graph as an ONNX file.
 *
 * @param outputs types and shapes of outputs by name; the others are named only, and the engine infers them
 */
export function writeOnnx(graph: Graph, outputs: ReadonlyMap<string, Port> = new Map()): Uint8Array {
  return writeModel(graph, outputs, writeConstants(graph.constants))
}

/** A graph as an ONNX file without its weights, and these by the location that the file gives for each. */
export interface Apart {
  readonly model: Uint8Array
  readonly weights: ReadonlyMap<string, Uint8Array>
}

/** Smaller constants stay in the file: sizes and axes, which the engine reads before it loads weights. */
const LEAST_BYTES = 2 ** 12

/** As `writeOnnx`, with the weights beside the file. They are not copied. */
export function writeApart(graph: Graph): Apart {
  const weights = new Map<string, Uint8Array>()
  const initializers = [...graph.constants].map(([name, tensor]) => {
    if (tensor.bytes.length < LEAST_BYTES) return writeTensor(name, tensor)
    const location = `weight ${weights.size}`
    weights.set(location, tensor.bytes)
    return writePlace(name, tensor, location)
  })
  return { model: writeModel(graph, new Map(), initializers), weights }
}

function writeModel(graph: Graph, outputs: ReadonlyMap<string, Port>, initializer: TensorProto[]): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: BigInt(graph.irVersion),
      producerName: graph.producer,
      metadataProps: [...(graph.metadata ?? [])].map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      ),
      opsetImport: [...graph.opsets].map(([domain, version]) =>
        create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
      ),
      graph: create(GraphProtoSchema, {
        name: graph.name,
        input: graph.inputs.map(writePort),
        output: graph.outputs.map(name => writeOutput(name, outputs.get(name))),
        valueInfo: (graph.valueInfo ?? []).map(writePort),
        node: writeNodes(graph.nodes),
        initializer,
      }),
    }),
  )
}

const named = (name: string): ValueInfoProto => create(ValueInfoProtoSchema, { name })

const writeOutput = (name: string, port: Port | undefined): ValueInfoProto => (port ? writePort(port) : named(name))

const writeConstants = (constants: ReadonlyMap<string, Tensor>): TensorProto[] =>
  [...constants].map(([name, tensor]) => writeTensor(name, tensor))

function writePort(port: Port): ValueInfoProto {
  const dim = port.dims.map((size, axis) => {
    const denotation = port.denotation?.axes[axis] ?? ''
    if (typeof size === 'number')
      return create(TensorShapeProto_DimensionSchema, { denotation, value: { case: 'dimValue', value: BigInt(size) } })
    return create(TensorShapeProto_DimensionSchema, {
      denotation,
      ...(size && { value: { case: 'dimParam' as const, value: size } }),
    })
  })
  return create(ValueInfoProtoSchema, {
    name: port.name,
    type: create(TypeProtoSchema, {
      denotation: port.denotation?.type ?? '',
      value: {
        case: 'tensorType',
        value: create(TypeProto_TensorSchema, {
          elemType: CODE_OF[port.type],
          shape: create(TensorShapeProtoSchema, { dim }),
        }),
      },
    }),
  })
}

/** What was read of an input that is no tensor is written again, under the name that it has now. */
function writeBodyPort(port: Port | OpaquePort): ValueInfoProto {
  return 'message' in port ? { ...(port.message as ValueInfoProto), name: port.name } : writePort(port)
}

/** A name that another node of the graph has is left out: the engine takes each once. */
function writeNodes(nodes: readonly Node[]): NodeProto[] {
  const names = new Set<string>()
  return nodes.map(node => {
    const repeated = names.has(node.name)
    names.add(node.name)
    return writeNode(repeated ? { ...node, name: '' } : node)
  })
}

function writeNode(node: Node): NodeProto {
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.op,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: [...node.attributes].map(([name, attribute]) => writeAttribute(name, attribute)),
  })
}

const INT64_MAX = 2n ** 63n - 1n

/** Numbers past 2^53, such as an open end of a slice, stand for the largest and smallest int64. */
function toInt64(value: number): bigint {
  const exact = BigInt(value)
  if (exact > INT64_MAX) return INT64_MAX
  return exact < -INT64_MAX ? -INT64_MAX : exact
}

const latin = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, c => c.charCodeAt(0))

function writeAttribute(name: string, attribute: Attribute): AttributeProto {
  switch (attribute.kind) {
    case 'int':
      return create(AttributeProtoSchema, { name, type: Kind.INT, i: toInt64(attribute.value) })
    case 'float':
      return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: attribute.value })
    case 'string':
      return create(AttributeProtoSchema, { name, type: Kind.STRING, s: latin(attribute.value) })
    case 'ints':
      return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: attribute.value.map(toInt64) })
    case 'floats':
      return create(AttributeProtoSchema, { name, type: Kind.FLOATS, floats: [...attribute.value] })
    case 'strings':
      return create(AttributeProtoSchema, { name, type: Kind.STRINGS, strings: attribute.value.map(latin) })
    case 'tensor':
      return create(AttributeProtoSchema, { name, type: Kind.TENSOR, t: writeTensor('', attribute.value) })
    case 'graph':
      return create(AttributeProtoSchema, { name, type: Kind.GRAPH, g: writeBody(attribute.value) })
    case 'opaque':
      return attribute.value as AttributeProto
  }
}

function writeBody(body: Body) {
  return create(GraphProtoSchema, {
    name: body.name,
    input: body.inputs.map(writeBodyPort),
    node: writeNodes(body.nodes),
    output: body.outputs.map(named),
    initializer: writeConstants(body.constants),
  })
}

function writeTensor(name: string, tensor: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: tensor.dims.map(BigInt),
    dataType: CODE_OF[tensor.type],
    rawData: tensor.bytes as Uint8Array<ArrayBuffer>,
    stringData: tensor.strings?.map(latin) ?? [],
  })
}

function writePlace(name: string, { dims, type, bytes }: Tensor, location: string): TensorProto {
  const place = { location, offset: '0', length: `${bytes.length}` }
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: CODE_OF[type],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(place).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  })
}
