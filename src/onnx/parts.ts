import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { ModelProtoSchema } from 'onnx-buf'
import { HookscopeError } from '../errors'
import { bad } from './external'

/**
 * Messages of a file: nodes, attributes, weights, dimensions. One takes two bytes of the file at least and some 800 of
 * memory; a network of 200,000 nodes has a million.
 */
const MOST_MESSAGES = 1_500_000

/** Entries of the lists of one message: inputs of a node, say. */
const MOST_ENTRIES = 2 ** 17

/** Bytes of a node that names its operator and one output, the least that a node can be. */
const SMALLEST_NODE = 6

/** Messages within messages: the decoder stops there too. */
const DEEPEST = 100

/**
 * Counts what a file would become in memory, before anything is made of it. Bytes that are no ONNX file pass: the decoder
 * says what is wrong with them.
 *
 * @throws HookscopeError `bad-model` for a file of many small parts
 */
export function checkParts(bytes: Uint8Array): void {
  try {
    countParts(new BinaryReader(bytes), bytes.length)
  } catch (cause) {
    if (cause instanceof HookscopeError) throw cause
  }
}

function countParts(reader: BinaryReader, whole: number): void {
  let messages = 0
  const count = (desc: DescMessage, end: number, depth: number): void => {
    const fields = fieldsOf(desc)
    let entries = 0
    while (reader.pos < end) {
      const [number, wire] = reader.tag()
      const field = fields.get(number)
      if (wire === WireType.LengthDelimited && field?.message && depth < DEEPEST) {
        const length = reader.uint32()
        if (field.message.name === 'NodeProto' && length < SMALLEST_NODE)
          throw bad('A node in the model file is empty: it names no operator. The file is damaged: export it again.')
        messages++
        if (!ROOMY.has(desc.name)) entries++
        count(field.message, reader.pos + length, depth + 1)
      } else {
        const from = reader.pos
        reader.skip(wire, number)
        if (!ROOMY.has(desc.name)) entries += entriesOf(field, wire, reader.pos - from)
      }
      if (messages > MOST_MESSAGES) throw tooMany('The model file', 'parts', MOST_MESSAGES)
      if (entries > MOST_ENTRIES)
        throw tooMany(`A part of the model file (${desc.name.replace('Proto', '')})`, 'entries', MOST_ENTRIES)
    }
  }
  count(ModelProtoSchema, whole, 0)
}

const tooMany = (what: string, parts: string, most: number): HookscopeError =>
  bad(`${what} has more than ${most.toLocaleString('en')} ${parts}, which no network has. Export it again.`)

/** Messages that may hold as much as the file: a graph its nodes, a weight its numbers. */
const ROOMY: ReadonlySet<string> = new Set(['ModelProto', 'GraphProto', 'FunctionProto', 'TensorProto'])

const LONG: ReadonlySet<ScalarType> = new Set([ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64])

/** Entries of a list that become objects of their own: texts, and integers of 64 bits, packed in a byte or more each. */
function entriesOf(field: DescField | undefined, wire: WireType, length: number): number {
  if (field?.fieldKind !== 'list' || field.listKind !== 'scalar') return 0
  return LONG.has(field.scalar) && wire === WireType.LengthDelimited ? length : 1
}

const cached = new Map<DescMessage, ReadonlyMap<number, DescField>>()

function fieldsOf(desc: DescMessage): ReadonlyMap<number, DescField> {
  const found = cached.get(desc) ?? new Map(desc.fields.map(field => [field.number, field]))
  cached.set(desc, found)
  return found
}
