import { int, intAttribute } from './attributes'
import { CODE_OF_TYPE, TYPE_OF_CODE } from './element-codes'
import { fromHalf } from './elements'
import { floatTensor } from './tensors'
import type { Attribute, Body, ElementType, Graph, Node, Port, Tensor } from './types'

const OTHER_FLOATS: ReadonlySet<ElementType> = new Set(['float16', 'bfloat16', 'float64'])

/**
 * A network that computes in float16, bfloat16 or float64, computing in float32 instead: pictures, gradients and maps
 * are float32 everywhere else, and ONNX Runtime Web runs few float16 operators without casts of its own. A file that only keeps its
 * weights in float16 stays as it is.
 */
export function widened(graph: Graph): Graph {
  const computes = graph.inputs.some(port => OTHER_FLOATS.has(port.type)) || graph.nodes.some(castsAway)
  return computes ? { ...graph, ...widenedBody(graph) } : graph
}

const target = (node: Node): ElementType | undefined => TYPE_OF_CODE.get(intAttribute(node, 'to', 0))

function castsAway(node: Node): boolean {
  const to = node.op === 'Cast' ? target(node) : undefined
  return to !== undefined && OTHER_FLOATS.has(to)
}

function widenedBody<T extends Pick<Body, 'inputs' | 'nodes' | 'constants'>>(body: T): T {
  return {
    ...body,
    inputs: body.inputs.map((port): Port => (OTHER_FLOATS.has(port.type) ? { ...port, type: 'float32' } : port)),
    nodes: body.nodes.map(widenedNode),
    constants: new Map([...body.constants].map(([name, tensor]) => [name, widenedTensor(tensor)])),
  }
}

function widenedNode(node: Node): Node {
  const attributes = new Map([...node.attributes].map(([name, value]) => [name, widenedAttribute(value)]))
  if (castsAway(node)) attributes.set('to', int(CODE_OF_TYPE.float32 ?? 1))
  return { ...node, attributes }
}

function widenedAttribute(attribute: Attribute): Attribute {
  if (attribute.kind === 'tensor') return { kind: 'tensor', value: widenedTensor(attribute.value) }
  return attribute.kind === 'graph' ? { kind: 'graph', value: widenedBody(attribute.value) } : attribute
}

function widenedTensor(tensor: Tensor): Tensor {
  if (!OTHER_FLOATS.has(tensor.type)) return tensor
  const { buffer } = tensor.bytes.slice()
  if (tensor.type === 'float64') return floatTensor(tensor.dims, new Float64Array(buffer))
  const bits = new Uint16Array(buffer)
  if (tensor.type === 'float16') return floatTensor(tensor.dims, Float32Array.from(bits, fromHalf))
  const words = Uint32Array.from(bits, half => half * 2 ** 16)
  return { ...tensor, type: 'float32', bytes: new Uint8Array(words.buffer) }
}
