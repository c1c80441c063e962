import { ELEMENT_BYTES, sizeOf } from './tensors'
import type { ElementType, Tensor } from './types'

type Read = (view: DataView, at: number) => number

const READ: Readonly<Partial<Record<ElementType, Read>>> = {
  float32: (view, at) => view.getFloat32(at, true),
  float16: (view, at) => fromHalf(view.getUint16(at, true)),
  float64: (view, at) => view.getFloat64(at, true),
  int8: (view, at) => view.getInt8(at),
  int16: (view, at) => view.getInt16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  int64: (view, at) => Number(view.getBigInt64(at, true)),
  uint8: (view, at) => view.getUint8(at),
  uint16: (view, at) => view.getUint16(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  bool: (view, at) => view.getUint8(at),
}

/** All elements as numbers, truths as 0 and 1; undefined for other types or too few bytes. Past 2^53 they are rounded. */
export function numbersOf({ type, dims, bytes }: Tensor): number[] | undefined {
  const read = READ[type]
  const count = sizeOf(dims)
  const size = ELEMENT_BYTES[type]
  if (!read || bytes.byteLength < count * size) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, i) => read(view, i * size))
}

/** A tensor of one of the types that gradients have; undefined for another. */
export function floatsAs(type: ElementType, dims: readonly number[], values: ArrayLike<number>): Tensor | undefined {
  const array = typed(type, values)
  return array && { type, dims, bytes: new Uint8Array(array.buffer) }
}

function typed(type: ElementType, values: ArrayLike<number>) {
  if (type === 'float32') return Float32Array.from(values)
  if (type === 'float64') return Float64Array.from(values)
  return type === 'float16' ? Uint16Array.from(values, toHalf) : undefined
}

/** IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

/** Rounded to the nearest, half to even. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  const exponent = Math.max(Math.floor(Math.log2(size || 1e-30)), -14)
  const steps = size / 2 ** (exponent - 10)
  const floor = Math.floor(steps)
  const rest = steps - floor
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
  return sign | (exponent === -14 ? rounded : ((exponent + 14) << 10) + rounded)
}
