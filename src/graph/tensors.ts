import type { ElementType, Tensor } from './types'

/** Bytes of one element; strings have none. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  float64: 8,
  bfloat16: 2,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
  string: 0,
  uint4: 0.5,
  int4: 0.5,
  float8e4m3fn: 1,
  float8e4m3fnuz: 1,
  float8e5m2: 1,
  float8e5m2fnuz: 1,
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, d) => product * d, 1)

export function floatTensor(dims: readonly number[], values: ArrayLike<number>): Tensor {
  return { type: 'float32', dims, bytes: new Uint8Array(Float32Array.from(values).buffer) }
}

export function intTensor(values: readonly number[], dims: readonly number[] = [values.length]): Tensor {
  return { type: 'int64', dims, bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) }
}

/** The integers of a small int32 or int64 tensor, or undefined for another type. Past 2^53 they are rounded. */
export function integersOf(tensor: Tensor): number[] | undefined {
  const view = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength)
  const count = sizeOf(tensor.dims)
  if (tensor.type === 'int64') return Array.from({ length: count }, (_, i) => Number(view.getBigInt64(8 * i, true)))
  if (tensor.type === 'int32') return Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true))
  return undefined
}
