import { HookscopeError } from '../errors'
import { numbersOf } from '../graph/elements'
import { ELEMENT_BYTES, sizeOf } from '../graph/tensors'
import type { ElementType } from '../graph/types'

/** Whether a file holds a network's input itself, by its name. */
export const isTensorFile = (name: string): boolean => /\.(npy|f32)$/i.test(name)

/** Values as a file holds them; those of `.f32` have no shape. */
interface FileTensor {
  readonly dims: readonly number[] | null
  readonly values: Float32Array
}

/** NumPy's names of the types, after the byte order. */
const TYPES: Readonly<Record<string, ElementType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  b1: 'bool',
}

/**
 * Values of one picture as the network is fed them, from a `.npy` file (NumPy's format 1 to 3, in C order) or a `.f32` file
 * (little-endian float32 and nothing else).
 *
 * @param shape the network's input without its batch
 * @throws HookscopeError `bad-picture` where the file is no such tensor, or its shape is another
 */
export function readTensorFile(bytes: Uint8Array, name: string, shape: readonly number[]): Float32Array {
  const { dims, values } = /\.npy$/i.test(name) ? readNpy(bytes, name) : readPlain(bytes, name)
  const bare = (of: readonly number[]) => of.filter(size => size !== 1).join(' × ')
  if (values.length !== sizeOf(shape) || (dims && bare(dims) !== bare(shape)))
    throw new HookscopeError(
      'bad-picture',
      `${name} holds ${dims ? `[${dims.join(', ')}]` : `${values.length} numbers`} where the network takes [${shape.join(', ')}].`,
    )
  const stray = values.findIndex(value => !Number.isFinite(value))
  if (stray >= 0) throw new HookscopeError('bad-picture', `${name} holds ${values[stray]} at place ${stray}.`)
  return values
}

function readPlain(bytes: Uint8Array, name: string): FileTensor {
  if (bytes.length % 4 !== 0)
    throw new HookscopeError('bad-picture', `${name} has ${bytes.length} bytes, which are no float32 numbers.`)
  const values = numbersOf({ type: 'float32', dims: [bytes.length / 4], bytes }) ?? []
  return { dims: null, values: Float32Array.from(values) }
}

function readNpy(bytes: Uint8Array, name: string): FileTensor {
  const damaged = () => new HookscopeError('bad-picture', `${name} is no NumPy file, or it is cut off.`)
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY') throw damaged()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [start, length] = (bytes[6] ?? 1) < 2 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  const header = String.fromCharCode(...bytes.subarray(start, Math.min(start + length, start + 4096)))
  const [, order, code = ''] = /'descr'\s*:\s*'([<>|=])(\w+)'/.exec(header) ?? []
  const [, sizes] = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header) ?? []
  if (order === undefined || sizes === undefined) throw damaged()
  const type = Object.hasOwn(TYPES, code) ? TYPES[code] : undefined
  if (!type || order === '>' || /'fortran_order'\s*:\s*True/.test(header))
    throw new HookscopeError(
      'bad-picture',
      `${name} is ${order}${code}${type && order !== '>' ? ' in Fortran order' : ''}, which is not read. Save numpy.ascontiguousarray(x, "<f4").`,
    )
  const dims = sizes.split(',').flatMap(size => (size.trim() === '' ? [] : [Number(size)]))
  const data = bytes.subarray(start + length)
  if (data.length !== sizeOf(dims) * ELEMENT_BYTES[type]) throw damaged()
  return { dims, values: Float32Array.from(numbersOf({ type, dims, bytes: data }) ?? []) }
}
