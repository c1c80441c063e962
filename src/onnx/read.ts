import { fromBinary } from '@bufbuild/protobuf'
import { type AttributeProto, type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto } from 'onnx-buf'
import type { Graph } from '../graph/types'
import { AGAIN, bad, checkedVersion, type External, isExternal, whereabouts } from './external'
import { contextOf } from './functions'
import { readConstants, readNodes, readPort, readTold } from './nodes'
import { commonOpsets } from './opsets'
import { checkParts } from './parts'

/** The newest version of ONNX's operators that ONNX Runtime Web runs. */
const NEWEST_OPSET = 26

/**
 * Reads an ONNX file. Weights stay views into `bytes`, which must not change afterwards. Functions that the file brings
 * are expanded, sparse weights written out.
 *
 * @param external contents of the files that hold weights outside of the model, by their location
 * @throws HookscopeError `bad-model` where the bytes are no ONNX model, or one whose parts contradict each other.
 */
export function readOnnx(bytes: Uint8Array, external: External = new Map()): Graph {
  const file = fileOf(bytes)
  if (external.size > 0) return graphOf(file.decoded ?? decode(bytes), external)
  file.graph ??= graphOf(file.decoded ?? decode(bytes), external)
  file.decoded = undefined
  return file.graph
}

function graphOf({ model, graph }: Decoded, external: External): Graph {
  const opsets = commonOpsets(model, graph)
  const opset = opsets.get('') ?? 1
  if (opset > NEWEST_OPSET)
    throw bad(
      `The model file is of ONNX opset ${opset}, and the newest that can be run is ${NEWEST_OPSET}. Export it with opset 17 or 18.`,
    )
  const constants = readConstants(graph, external)
  const inputs = graph.input.filter(port => !constants.has(port.name)).map(readPort)
  const defaults = graph.input.filter(port => constants.has(port.name)).flatMap(port => readTold(port) ?? [])
  const twice = inputs.find((port, i) => inputs.findIndex(({ name }) => name === port.name) !== i)
  if (twice) throw bad(`There are two inputs called "${twice.name}". ${AGAIN}`)
  const valueInfo = [...graph.valueInfo, ...graph.output].flatMap(port => readTold(port) ?? [])
  return {
    name: graph.name,
    irVersion: checkedVersion(model.irVersion, 'the file'),
    opsets,
    producer: model.producerName,
    metadata: new Map(model.metadataProps.map(({ key, value }) => [key, value])),
    inputs,
    ...(defaults.length > 0 && { defaults }),
    outputs: graph.output.map(port => port.name),
    ...(valueInfo.length > 0 && { valueInfo }),
    nodes: readNodes(graph.node, contextOf(model, graph, external)),
    constants,
  }
}

/**
 * Locations of the files that hold weights outside of the model, relative to it.
 *
 * @throws HookscopeError `bad-model`, also for a location outside of the model's own folder
 */
export function externalFiles(bytes: Uint8Array): string[] {
  return [...new Set(fileOf(bytes).outside.map(tensor => whereabouts(tensor).location))]
}

type Tensors = GraphProto['initializer']

function tensorsIn(graph: GraphProto): Tensors {
  return [...graph.initializer, ...graph.sparseInitializer.flatMap(partsOf), ...tensorsOf(graph.node)]
}

function tensorsOf(nodes: readonly NodeProto[]): Tensors {
  return nodes.flatMap(node => node.attribute.flatMap(tensorsAt))
}

function tensorsAt({ t, g, sparseTensor }: AttributeProto): Tensors {
  return [...(t ? [t] : []), ...(g ? tensorsIn(g) : []), ...(sparseTensor ? partsOf(sparseTensor) : [])]
}

const partsOf = ({ values, indices }: GraphProto['sparseInitializer'][number]): Tensors =>
  [values, indices].flatMap(part => part ?? [])

/** The file's metadata, by its own keys. @throws HookscopeError `bad-model` */
export function readMetadata(bytes: Uint8Array): ReadonlyMap<string, string> {
  return fileOf(bytes).metadata
}

interface Decoded {
  readonly model: ModelProto
  readonly graph: GraphProto
}

/** The parts of a file that are asked for one by one. */
interface OnnxFile {
  /** Weights that other files hold. */
  readonly outside: Tensors
  readonly metadata: ReadonlyMap<string, string>
  /** Let go once its graph is read: of a long network it is most of what the reading keeps in memory. */
  decoded: Decoded | undefined
  /** Where no weights lie outside. */
  graph: Graph | undefined
}

/** A file is asked for its weights' places, its metadata and its graph: it is decoded once. */
const files = new WeakMap<Uint8Array, OnnxFile>()

function fileOf(bytes: Uint8Array): OnnxFile {
  const known = files.get(bytes)
  if (known) return known
  const decoded = decode(bytes)
  const { model, graph } = decoded
  const tensors = [...tensorsIn(graph), ...model.functions.flatMap(({ node }) => tensorsOf(node))]
  const metadata = new Map(model.metadataProps.map(({ key, value }) => [key, value]))
  const made = { outside: tensors.filter(isExternal), metadata, decoded, graph: undefined }
  files.set(bytes, made)
  return made
}

function decode(bytes: Uint8Array): Decoded {
  if (bytes.length === 0) throw bad(`The model file is empty. ${AGAIN}`)
  checkParts(bytes)
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
