import { floatAttribute, intAttribute, tensorAttribute } from '../graph/attributes'
import type { GraphIndex } from '../graph/graph-index'
import { integersOf, sizeOf } from '../graph/tensors'
import { has, keepsElements } from '../graph/traits'
import type { Tensor } from '../graph/types'

/** The numbers of a constant, or of one that is only cast or reshaped; undefined for anything else. */
export function constantFloats(graphIndex: GraphIndex, name: string): readonly number[] | undefined {
  const value = original(graphIndex, name)
  const tensor = graphIndex.graph.constants.get(value)
  if (tensor) return numbers(tensor)
  const node = graphIndex.producer.get(value)
  if (!node || !graphIndex.parameters.has(value)) return undefined
  if (node.op !== 'Constant') return undefined
  if (node.attributes.has('value_float')) return [floatAttribute(node, 'value_float', 0)]
  if (node.attributes.has('value_int')) return [intAttribute(node, 'value_int', 0)]
  const constant = tensorAttribute(node, 'value')
  return constant && numbers(constant)
}

/** The value before it was cast or reshaped. */
function original(graphIndex: GraphIndex, name: string): string {
  let value = name
  for (let node = graphIndex.producer.get(value); node; node = graphIndex.producer.get(value)) {
    if (!graphIndex.parameters.has(value) || !(keepsElements(node) || has(node, 'converts'))) break
    value = node.inputs[0] ?? ''
  }
  return value
}

export function constantInts(graphIndex: GraphIndex, value: string): readonly number[] | null {
  const found = constantFloats(graphIndex, value)
  return found?.every(Number.isInteger) ? found : null
}

function numbers(tensor: Tensor): readonly number[] | undefined {
  const { bytes } = tensor
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const all = (read: (i: number) => number) => Array.from({ length: sizeOf(tensor.dims) }, (_, i) => read(i))
  if (tensor.type === 'float32') return all(i => view.getFloat32(4 * i, true))
  if (tensor.type === 'float64') return all(i => view.getFloat64(8 * i, true))
  if (tensor.type === 'float16') return all(i => half(view.getUint16(2 * i, true)))
  return integersOf(tensor)
}

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = (bits & 1023) / 1024
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent ? (1 + fraction) * 2 ** (exponent - 15) : fraction * 2 ** -14)
}
