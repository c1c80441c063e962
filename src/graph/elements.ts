import { HookscopeError } from '../errors'
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

/** The ends of the integer types; past 2^53 they are rounded. */
const ENDS: Readonly<Partial<Record<ElementType, readonly [low: number, high: number]>>> = {
  uint8: [0, 2 ** 8 - 1],
  int8: [-(2 ** 7), 2 ** 7 - 1],
  uint16: [0, 2 ** 16 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  uint32: [0, 2 ** 32 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint64: [0, 2 ** 53],
  int64: [-(2 ** 53), 2 ** 53],
  bool: [0, 1],
}

/** The nearest number that the type has, half to even as ONNX rounds. */
export function nearestOf(type: ElementType, value: number): number {
  const ends = ENDS[type]
  if (!ends) return value
  const floor = Math.floor(value)
  const rest = value - floor
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
  return Math.min(Math.max(rounded, ends[0]), ends[1])
}

const ARRAYS: Readonly<Partial<Record<ElementType, NumberArray>>> = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  bool: Uint8Array,
}

type Numbers =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
type NumberArray = new (length: number) => Numbers

/** Numbers as the elements of a type that networks are fed, rounded to the nearest that it has. */
export function elementsOf(type: ElementType, values: ArrayLike<number>) {
  const near = (value: number) => nearestOf(type, value)
  if (type === 'float16') return Uint16Array.from(values, toHalf)
  if (type === 'int64') return BigInt64Array.from(Array.from(values, value => BigInt(near(value))))
  if (type === 'uint64') return BigUint64Array.from(Array.from(values, value => BigInt(near(value))))
  const Made = ARRAYS[type]
  if (!Made) return undefined
  const array = new Made(values.length)
  for (let i = 0; i < values.length; i++) array[i] = near(values[i] ?? 0)
  return array
}

/** @throws HookscopeError `unsupported-op` for a type that no number has */
export function typedTensor(type: ElementType, dims: readonly number[], values: ArrayLike<number>): Tensor {
  if (type === 'string') return { type, dims, bytes: new Uint8Array(0) }
  const array = elementsOf(type, values)
  if (!array) throw new HookscopeError('unsupported-op', `Values of type ${type} cannot be fed. Export it as float32.`)
  return { type, dims, bytes: new Uint8Array(array.buffer) }
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
