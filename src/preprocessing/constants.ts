import { floatAttribute, intAttribute, tensorAttribute } from '../graph/attributes'
import { integersOf, sizeOf } from '../graph/tensors'
import { has, keepsElements } from '../graph/traits'
import type { Tensor } from '../graph/types'
import type { Wiring } from '../graph/wiring'

/** The numbers of a constant, or of one that is only cast or reshaped; undefined for anything else. */
export function constantFloats(wiring: Wiring, name: string): readonly number[] | undefined {
  const value = original(wiring, name)
  const tensor = wiring.graph.constants.get(value)
  if (tensor) return numbers(tensor)
  const node = wiring.producer.get(value)
  if (!node || !wiring.parameters.has(value)) return undefined
  if (node.op !== 'Constant') return undefined
  if (node.attributes.has('value_float')) return [floatAttribute(node, 'value_float', 0)]
  if (node.attributes.has('value_int')) return [intAttribute(node, 'value_int', 0)]
  const constant = tensorAttribute(node, 'value')
  return constant && numbers(constant)
}

/** The value before it was cast or reshaped. */
function original(wiring: Wiring, name: string): string {
  let value = name
  for (let node = wiring.producer.get(value); node; node = wiring.producer.get(value)) {
    if (!wiring.parameters.has(value) || !(keepsElements(node) || has(node, 'converts'))) break
    value = node.inputs[0] ?? ''
  }
  return value
}

export function constantInts(wiring: Wiring, value: string): readonly number[] | null {
  const found = constantFloats(wiring, value)
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
