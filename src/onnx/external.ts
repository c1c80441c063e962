import { type TensorProto, TensorProto_DataLocation } from 'onnx-buf'
import { HookscopeError } from '../errors'

/** Contents of the files that hold weights outside of the model, by the location that the model gives. */
export type External = ReadonlyMap<string, Uint8Array>

export const AGAIN = 'Check that the download is complete, or export it again.'

export const bad = (what: string, cause?: unknown): HookscopeError =>
  new HookscopeError('bad-model', what, cause === undefined ? undefined : { cause })

/** A version of the format or of operators, which is a small number. */
export function checkedVersion(version: bigint, of: string): number {
  if (version >= 0n && version < 2n ** 31n) return Number(version)
  throw bad(`The model file says that ${of} is of version ${version}. ${AGAIN}`)
}

export const isExternal = (tensor: TensorProto): boolean => tensor.dataLocation === TensorProto_DataLocation.EXTERNAL

/**
 * Where a weight lies outside of the model.
 *
 * @throws HookscopeError `bad-model` for a location outside of the model's own folder, and for places that are no numbers
 */
export function whereabouts(tensor: TensorProto): { location: string; offset: number; length: number | undefined } {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]))
  const location = (entries.get('location') ?? '').replace(/^(\.\/)+/, '')
  const parts = location.split(/[/\\]/)
  if (location === '' || /^([/\\]|[a-z]:)/i.test(location) || parts.includes('..') || location.includes('\0'))
    throw bad(
      `The weight "${tensor.name}" is stored in "${location}", outside of the model's folder. Export the model as one file.`,
    )
  const [offset = 0, length] = ['offset', 'length'].map(key => {
    const value = entries.get(key)
    if (value === undefined || /^\d{1,15}$/.test(value)) return value === undefined ? undefined : Number(value)
    throw bad(
      `The weight "${tensor.name}" is stored in "${location}" with the ${key} "${value}", which is no number of bytes. Export the model again.`,
    )
  })
  return { location, offset, length }
}

/** A view into the file that holds the weight. */
export function outsideBytes(tensor: TensorProto, external: External): Uint8Array {
  const { location, offset, length } = whereabouts(tensor)
  const file = external.get(location)
  if (!file)
    throw bad(
      `The weight "${tensor.name}" is stored outside the file, in "${location}". Give that file along with the model, or export it as one file.`,
    )
  const end = length === undefined ? file.length : offset + length
  if (!(offset >= 0 && offset <= end && end <= file.length))
    throw bad(
      `The weight "${tensor.name}" is stored at ${offset} to ${end} of "${location}", which has ${file.length} bytes. Check that it belongs to the model.`,
    )
  return file.subarray(offset, end)
}
