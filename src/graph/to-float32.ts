import { int } from './attributes'
import { CODE_OF_TYPE, TYPE_OF_CODE } from './element-codes'
import { fromHalf } from './elements'
import { floatTensor } from './tensors'
import type { Attribute, Body, ElementType, Graph, Node, OpaquePort, Port, Tensor } from './types'

const OTHER_FLOATS: ReadonlySet<ElementType> = new Set(['float16', 'bfloat16', 'float64'])

/**
 * A network that computes in float16, bfloat16 or float64, computing in float32 instead: pictures, gradients and maps
 * are float32 everywhere else, and ONNX Runtime Web runs few float16 operators without casts of its own. A file that only keeps its
 * weights in float16 stays as it is.
 */
export function toFloat32(graph: Graph): Graph {
  const computes = graph.inputs.some(port => OTHER_FLOATS.has(port.type)) || graph.nodes.some(castsAway)
  if (!computes) return graph
  const { valueInfo } = graph
  return { ...graph, ...bodyToFloat32(graph), ...(valueInfo && { valueInfo: valueInfo.map(portToFloat32) }) }
}

/** Whether a node, or one inside of its bodies, makes such values out of others. */
function castsAway(node: Node): boolean {
  if ([...node.attributes].some(([name, value]) => namesOther(name, value))) return true
  return [...node.attributes.values()].some(it => it.kind === 'graph' && it.value.nodes.some(castsAway))
}

/** Attributes that name the element type of what a node makes. */
const TYPE_ATTRIBUTES: ReadonlySet<string> = new Set(['to', 'dtype', 'output_dtype', 'output_datatype'])

const namesOther = (name: string, attribute: Attribute): boolean =>
  attribute.kind === 'int' &&
  TYPE_ATTRIBUTES.has(name) &&
  OTHER_FLOATS.has(TYPE_OF_CODE.get(attribute.value) ?? 'float32')

function bodyToFloat32<T extends Pick<Body, 'inputs' | 'nodes' | 'constants'>>(body: T): T {
  return {
    ...body,
    inputs: body.inputs.map(portToFloat32),
    nodes: body.nodes.map(nodeToFloat32),
    constants: new Map([...body.constants].map(([name, tensor]) => [name, tensorToFloat32(tensor)])),
  }
}

function portToFloat32<P extends Port | OpaquePort>(port: P): P {
  return 'type' in port && OTHER_FLOATS.has(port.type) ? { ...port, type: 'float32' } : port
}

function nodeToFloat32(node: Node): Node {
  const attributes = [...node.attributes].map(([name, value]) => [name, attributeToFloat32(name, value)] as const)
  return { ...node, attributes: new Map(attributes) }
}

function attributeToFloat32(name: string, attribute: Attribute): Attribute {
  if (namesOther(name, attribute)) return int(CODE_OF_TYPE.float32 ?? 1)
  if (attribute.kind === 'tensor') return { kind: 'tensor', value: tensorToFloat32(attribute.value) }
  return attribute.kind === 'graph' ? { kind: 'graph', value: bodyToFloat32(attribute.value) } : attribute
}

function tensorToFloat32(tensor: Tensor): Tensor {
  if (!OTHER_FLOATS.has(tensor.type)) return tensor
  const { buffer } = tensor.bytes.slice()
  if (tensor.type === 'float64') return floatTensor(tensor.dims, new Float64Array(buffer))
  const bits = new Uint16Array(buffer)
  if (tensor.type === 'float16') return floatTensor(tensor.dims, Float32Array.from(bits, fromHalf))
  const words = Uint32Array.from(bits, half => half * 2 ** 16)
  return { ...tensor, type: 'float32', bytes: new Uint8Array(words.buffer) }
}
