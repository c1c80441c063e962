import { create, toBinary } from '@bufbuild/protobuf'
import {
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataType as Type,
} from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { floatTensor, integersOf, intTensor } from '../../src/graph/tensors'
import type { Attribute, Graph } from '../../src/graph/types'
import { readOnnx } from '../../src/onnx/read'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'
import { modelBytes } from '../support/golden'
import { attribute, file, tensor } from './model'

/** Every kind of attribute and port. */
function everything(): Graph {
  const inner = new GraphBuilder()
  inner.input('inside', [2])
  inner.node('Add', ['a', inner.weight([1], [3], 'three')], {}, { outputs: ['sum'] })
  const { inputs, nodes, constants } = inner.build()
  const branch: Attribute = { kind: 'graph', value: { name: 'b', inputs, nodes, constants, outputs: ['sum'] } }
  const g = new GraphBuilder(13)
  g.node(
    'Everything',
    [g.input('x', [1, 3, 4, 4]), '', g.weight([2, 2], [1, -2, 0.5, 1e-30])],
    {
      int: -3,
      far: { kind: 'int', value: 2 ** 63 },
      float: { kind: 'float', value: 0.25 },
      string: 'SAME_UPPER',
      bytes: { kind: 'string', value: '\u00ff\u0000\u00e9' },
      ints: [1, -1, 2 ** 40],
      none: [],
      floats: { kind: 'floats', value: [0.5, -1] },
      strings: { kind: 'strings', value: ['a', 'b'] },
      tensor: { kind: 'tensor', value: intTensor([7, 8], [2, 1]) },
    },
    { name: 'node', domain: 'com.example', outputs: ['a', '', 'b'] },
  )
  g.node('If', ['c'], { then_branch: branch, else_branch: branch }, { outputs: ['y'] })
  const graph = g.output('y').output('a').build()
  const ports: Graph['inputs'] = [
    ...graph.inputs,
    { name: 'c', type: 'bool', dims: [] },
    { name: 's', type: 'int64', dims: ['batch', '', 3] },
    {
      name: 'p',
      type: 'float32',
      dims: ['N', '', 3],
      denotation: { type: 'IMAGE', axes: ['DATA_BATCH', '', 'DATA_CHANNEL'] },
    },
  ]
  return {
    ...graph,
    metadata: new Map([['Image.BitmapPixelFormat', 'Bgr8']]),
    inputs: ports,
    opsets: new Map([
      ['', 13],
      ['com.example', 2],
    ]),
  }
}

describe('a graph, written and read', () => {
  it('is the same graph, and the same file when written again', () => {
    const graph = everything()
    const bytes = writeOnnx(graph)
    const read = readOnnx(bytes)
    expect(read).toEqual(graph)
    expect(Buffer.compare(writeOnnx(read), bytes)).toBe(0)
  })

  it('keeps attributes that the project does not look into', () => {
    const sparse = attribute({ name: 'odd', type: Kind.FLOATS, floats: [1] })
    const opaque = attribute({ name: 'what', type: Kind.TYPE_PROTOS })
    const bytes = file({ attribute: [sparse, opaque] })
    const read = readOnnx(bytes)
    expect(read.nodes[0]?.attributes.get('what')?.kind).toBe('opaque')
    expect(readOnnx(writeOnnx(read)).nodes).toEqual(read.nodes)
  })

  it('takes ends past 2^53 for the end of int64', () => {
    const ends = attribute({ name: 'ends', type: Kind.INTS, ints: [2n ** 63n - 1n, -(2n ** 63n), 5n] })
    const once = writeOnnx(readOnnx(file({ attribute: [ends] })))
    expect(readOnnx(once).nodes[0]?.attributes.get('ends')).toEqual({ kind: 'ints', value: [2 ** 63, -(2 ** 63), 5] })
    expect(Buffer.compare(writeOnnx(readOnnx(once)), once)).toBe(0)
  })

  it.each(['resnet18', 'alexnet'])('%s survives, weights bit by bit', id => {
    const graph = readOnnx(modelBytes(id))
    const again = readOnnx(writeOnnx(graph))
    expect({ ...again, constants: [...again.constants.keys()] }).toEqual({
      ...graph,
      constants: [...graph.constants.keys()],
    })
    for (const [name, { type, dims, bytes }] of graph.constants) {
      const other = again.constants.get(name)
      expect([other?.type, other?.dims]).toEqual([type, dims])
      expect(Buffer.compare(other?.bytes ?? new Uint8Array(0), bytes)).toBe(0)
    }
  })
})

describe('what is read', () => {
  it('names ONNX’s own domain by the empty string, in opsets and nodes', () => {
    const node = create(NodeProtoSchema, { opType: 'Relu', domain: 'ai.onnx', input: ['x'], output: ['y'] })
    const graph = readOnnx(file({ graph: { node: [node] } }))
    expect(graph.opsets.get('')).toBe(17)
    expect(graph.nodes[0]?.domain).toBe('')
  })

  it('leaves inputs out that only stand for an initializer, as files before IR 4 have them', () => {
    const weight = tensor({ dims: [1n], dataType: Type.FLOAT, floatData: [1] })
    const graph = readOnnx(file({ initializer: [weight], graph: { input: [{ name: 'w' }] } }))
    expect(graph.inputs).toEqual([])
  })

  it('keeps a node’s metadata', () => {
    const entry = create(StringStringEntryProtoSchema, { key: 'pkg.torch.onnx.name_scopes', value: "['', 'conv']" })
    const node = create(NodeProtoSchema, { opType: 'Relu', input: ['x'], output: ['y'], metadataProps: [entry] })
    const graph = readOnnx(file({ graph: { node: [node] } }))
    expect(graph.nodes[0]?.metadata).toEqual(new Map([['pkg.torch.onnx.name_scopes', "['', 'conv']"]]))
  })

  it('takes weights as views into the file, wherever they lie in it', () => {
    const bytes = new Uint8Array([0, ...writeOnnx(everything())]).subarray(1)
    expect(readOnnx(bytes).constants.get('w0')?.bytes.buffer).toBe(bytes.buffer)
    expect(
      integersOf({ ...intTensor([5, -6]), bytes: new Uint8Array([0, ...intTensor([5, -6]).bytes]).subarray(1) }),
    ).toEqual([5, -6])
  })

  it('of a file without a producer or a version is still a graph', () => {
    const node = create(NodeProtoSchema, { opType: 'Relu', input: ['x'], output: ['y'] })
    const model = create(ModelProtoSchema, { graph: create(GraphProtoSchema, { node: [node] }) })
    expect(readOnnx(toBinary(ModelProtoSchema, model))).toMatchObject({ producer: '', irVersion: 0 })
  })
})

const bytesOf = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer)

/** onnx.proto: which types sit in which field; small ones one element an int32. */
const FIELDS: readonly { type: string; code: Type; field: Parameters<typeof tensor>[0]; bytes: Uint8Array }[] = [
  { type: 'float32', code: Type.FLOAT, field: { floatData: [1.5, -2] }, bytes: bytesOf(Float32Array.of(1.5, -2)) },
  { type: 'float64', code: Type.DOUBLE, field: { doubleData: [1.5, -2] }, bytes: bytesOf(Float64Array.of(1.5, -2)) },
  {
    type: 'int64',
    code: Type.INT64,
    field: { int64Data: [2n ** 40n, -1n] },
    bytes: bytesOf(BigInt64Array.of(2n ** 40n, -1n)),
  },
  {
    type: 'uint64',
    code: Type.UINT64,
    field: { uint64Data: [2n ** 63n, 1n] },
    bytes: bytesOf(BigUint64Array.of(2n ** 63n, 1n)),
  },
  {
    type: 'uint32',
    code: Type.UINT32,
    field: { uint64Data: [2n ** 31n, 1n] },
    bytes: bytesOf(Uint32Array.of(2 ** 31, 1)),
  },
  { type: 'int32', code: Type.INT32, field: { int32Data: [-7, 7] }, bytes: bytesOf(Int32Array.of(-7, 7)) },
  { type: 'int16', code: Type.INT16, field: { int32Data: [-7, 300] }, bytes: bytesOf(Int16Array.of(-7, 300)) },
  { type: 'uint16', code: Type.UINT16, field: { int32Data: [7, 65535] }, bytes: bytesOf(Uint16Array.of(7, 65535)) },
  { type: 'int8', code: Type.INT8, field: { int32Data: [-7, 127] }, bytes: bytesOf(Int8Array.of(-7, 127)) },
  { type: 'uint8', code: Type.UINT8, field: { int32Data: [7, 255] }, bytes: Uint8Array.of(7, 255) },
  { type: 'bool', code: Type.BOOL, field: { int32Data: [0, 1] }, bytes: Uint8Array.of(0, 1) },
  {
    type: 'float16',
    code: Type.FLOAT16,
    field: { int32Data: [0x3c00, 0xc000] },
    bytes: bytesOf(Uint16Array.of(0x3c00, 0xc000)),
  },
  {
    type: 'bfloat16',
    code: Type.BFLOAT16,
    field: { int32Data: [0x3f80, 0] },
    bytes: bytesOf(Uint16Array.of(0x3f80, 0)),
  },
]

describe('a constant is the same from its typed field and from raw bytes', () => {
  it.each(FIELDS)('$type', ({ type, code, field, bytes }) => {
    const typed = readOnnx(file({ initializer: [tensor({ dims: [2n], dataType: code, ...field })] }))
    const raw = readOnnx(
      file({ initializer: [tensor({ dims: [2n], dataType: code, rawData: Uint8Array.from(bytes) })] }),
    )
    expect(typed.constants.get('w')).toEqual({ type, dims: [2], bytes })
    expect(raw.constants.get('w')).toEqual({ type, dims: [2], bytes })
    expect(readOnnx(writeOnnx(typed)).constants).toEqual(typed.constants)
  })

  it('and scalars, and those without an element', () => {
    const scalar = tensor({ dataType: Type.FLOAT, floatData: [2] })
    const nothing = tensor({ name: 'n', dims: [0n, 2n ** 31n - 1n], dataType: Type.INT64 })
    const { constants } = readOnnx(file({ initializer: [scalar, nothing] }))
    expect(constants.get('w')).toEqual(floatTensor([], [2]))
    expect(constants.get('n')?.bytes).toHaveLength(0)
  })
})
