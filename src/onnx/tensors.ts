import type { SparseTensorProto, TensorProto } from 'onnx-buf'
import { ELEMENT_BYTES, integersOf, sizeOf } from '../graph/tensors'
import type { ElementType, Tensor } from '../graph/types'
import { TYPE_OF } from './element-types'
import { AGAIN, bad, type External, isExternal, outsideBytes } from './external'

/** @throws HookscopeError `bad-model` where the weight has another size than it claims */
export function readTensor(tensor: TensorProto, external: External): Tensor {
  const where = tensor.name || 'a constant'
  const type = elementType(tensor.dataType, where)
  const dims = tensor.dims.map(d => checkedSize(d, where))
  if (type === 'string') return readStrings(tensor, dims, where)
  const bytes = isExternal(tensor)
    ? outsideBytes(tensor, external)
    : tensor.rawData.length > 0
      ? tensor.rawData
      : packed(tensor, type)
  const expected = bytesFor(dims, type)
  if (bytes.length !== expected)
    throw bad(`The weight "${where}" has ${bytes.length} bytes where its shape asks for ${expected}. ${AGAIN}`)
  // A file that Node read is a Buffer, whose slice() copies nothing.
  return { type, dims, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) }
}

const bytesFor = (dims: readonly number[], type: ElementType): number => Math.ceil(sizeOf(dims) * ELEMENT_BYTES[type])

function readStrings(tensor: TensorProto, dims: readonly number[], where: string): Tensor {
  const strings = tensor.stringData.map(latin)
  if (strings.length !== sizeOf(dims))
    throw bad(`"${where}" has ${strings.length} texts where its shape asks for ${sizeOf(dims)}. ${AGAIN}`)
  return { type: 'string', dims, bytes: new Uint8Array(0), strings }
}

/** Bytes as characters of one byte each, so that text of any encoding survives. */
export function latin(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += String.fromCharCode(byte)
  return out
}

/** Bytes of the largest weight that is written out of a sparse one. */
const LARGEST = 2 ** 31

/**
 * A sparse weight with its zeros. Its indices are places in row-major order, [n], or one index an axis, [n, rank].
 *
 * @throws HookscopeError `bad-model` where an index lies outside of the shape
 */
export function readSparse(sparse: SparseTensorProto, external: External): Tensor {
  const where = sparse.values?.name || 'a constant'
  if (!sparse.values || !sparse.indices) throw bad(`The sparse weight "${where}" has no values. ${AGAIN}`)
  const values = readTensor(sparse.values, external)
  const indices = readTensor(sparse.indices, external)
  const dims = sparse.dims.map(d => checkedSize(d, where))
  const size = ELEMENT_BYTES[values.type]
  const [count, total] = [sizeOf(values.dims), sizeOf(dims)]
  if (size < 1 || total * size > LARGEST)
    throw bad(`The sparse weight "${where}" cannot be written out. Export it dense.`)
  const flat = indices.dims.length < 2
  const numbers = integersOf(indices)
  if (numbers?.length !== count * (flat ? 1 : dims.length))
    throw bad(`The sparse weight "${where}" has ${count} values and indices of [${indices.dims.join(', ')}]. ${AGAIN}`)
  const bytes = new Uint8Array(total * size)
  for (let i = 0; i < count; i++) {
    const index = flat ? [numbers[i] ?? 0] : numbers.slice(i * dims.length, (i + 1) * dims.length)
    const fits = flat ? (index[0] ?? 0) < total : index.every((at, axis) => at < (dims[axis] ?? 0))
    if (!fits || index.some(at => at < 0))
      throw bad(`The sparse weight "${where}" has a value at [${index.join(', ')}], outside of its shape. ${AGAIN}`)
    const place = flat ? (index[0] ?? 0) : index.reduce((sum, at, axis) => sum * (dims[axis] ?? 1) + at, 0)
    bytes.set(values.bytes.subarray(i * size, (i + 1) * size), place * size)
  }
  return { type: values.type, dims, bytes }
}

export function checkedSize(size: bigint, where: string): number {
  if (size < 0n || size > 0x7fffffffn) throw bad(`"${where}" claims a dimension of ${size}. ${AGAIN}`)
  return Number(size)
}

export function elementType(code: number, where: string): ElementType {
  const type = TYPE_OF.get(code)
  if (!type) throw bad(`"${where}" has the element type ${code}, which is not supported. Export it as float32.`)
  return type
}

/** The typed fields of TensorProto, as raw little-endian bytes. onnx.proto tells which type sits in which field. */
function packed(tensor: TensorProto, type: ElementType): Uint8Array {
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
    default:
      // Of 4 bits each int32 holds a byte with two of them
      return ELEMENT_BYTES[type] <= 1
        ? bytesOf(Uint8Array.from(tensor.int32Data))
        : bytesOf(Uint16Array.from(tensor.int32Data))
  }
}
