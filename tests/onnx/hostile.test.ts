import { create, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProtoSchema,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TensorProto_DataType as Type,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { externalFiles, readOnnx } from '../../src/onnx/read'
import { outside, refusal, tensor } from './model'

const port = (name: string, dims: readonly (number | string)[], elemType = Type.FLOAT): ValueInfoProto => {
  const dim = dims.map(size =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === 'number' ? { case: 'dimValue', value: BigInt(size) } : { case: 'dimParam', value: size },
    }),
  )
  const value = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, { dim }) })
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value } }) })
}

const step = (
  opType: string,
  input: string[],
  output: string[],
  parts: { attribute?: AttributeProto[] } = {},
): NodeProto => create(NodeProtoSchema, { opType, name: `/${opType}`, input, output, ...parts })

const many = (name: string, ...dims: number[]): TensorProto =>
  tensor({
    name,
    dims: dims.map(BigInt),
    dataType: Type.FLOAT,
    rawData: new Uint8Array(4 * dims.reduce((a, b) => a * b, 1)),
  })

const integers = (name: string, values: readonly number[]): TensorProto =>
  tensor({ name, dims: [BigInt(values.length)], dataType: Type.INT64, int64Data: values.map(BigInt) })

interface Parts {
  readonly input?: ValueInfoProto[]
  readonly node?: NodeProto[]
  readonly initializer?: TensorProto[]
  readonly output?: string[]
  readonly opset?: bigint
}

/** A small image classifier, with parts of it exchanged. */
function network({ input, node, initializer, output = ['y'], opset = 17n }: Parts = {}): Uint8Array {
  const graph = create(GraphProtoSchema, {
    input: input ?? [port('x', [1, 3, 8, 8])],
    output: output.map(name => create(ValueInfoProtoSchema, { name })),
    initializer: initializer ?? [many('w', 4, 3, 3, 3)],
    node: node ?? [
      step('Conv', ['x', 'w'], ['c']),
      step('GlobalAveragePool', ['c'], ['p']),
      step('Flatten', ['p'], ['y']),
    ],
  })
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: '', version: opset })]
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }))
}

it('the network that all others here are made of is one', () => {
  expect(readNetwork(network()).layout).toMatchObject({ classes: 4, layer: 'Conv' })
})

const HOSTILE: readonly { name: string; parts: Parts; says: RegExp }[] = [
  {
    name: 'a cycle',
    parts: { node: [step('Add', ['x', 'b'], ['a']), step('Relu', ['a'], ['b']), step('Flatten', ['b'], ['y'])] },
    says: /^(Add|Relu) "\/\1" depends on its own output: the graph has a cycle\./,
  },
  {
    name: 'a missing initializer',
    parts: { initializer: [] },
    says: /^Conv "\/Conv" reads "w", which nothing in the file makes\./,
  },
  {
    name: 'two weights of one name',
    parts: { initializer: [many('w', 4, 3, 3, 3), many('w', 4, 3, 3, 3)] },
    says: /^There are two weights called "w"\./,
  },
  {
    name: 'two inputs of one name',
    parts: { input: [port('x', [1, 3, 8, 8]), port('x', [1, 3, 8, 8])] },
    says: /^There are two inputs called "x"\./,
  },
  {
    name: 'a value that is made twice',
    parts: { node: [step('Conv', ['x', 'w'], ['c']), step('Relu', ['x'], ['c'])] },
    says: /^The value "c" is made twice, the second time by Relu "\/Relu"\./,
  },
  {
    name: 'an opset from the future',
    parts: { opset: 99n },
    says: /^The model file is of ONNX opset 99, and the newest/,
  },
  {
    name: 'a claim of 3 GB in a small file, of a weight',
    parts: { initializer: [tensor({ name: 'w', dims: [800_000_000n], dataType: Type.FLOAT })] },
    says: /^The weight "w" has 0 bytes where its shape asks for 3200000000\./,
  },
  {
    name: 'a claim of 3 GB in a small file, of a constant that is filled',
    parts: {
      initializer: [integers('size', [1, 3, 16384, 16384])],
      node: [step('ConstantOfShape', ['size'], ['f']), step('Add', ['x', 'f'], ['y'])],
    },
    says: /^ConstantOfShape "\/ConstantOfShape" makes a value of \[1, 3, 16384, 16384\], more than 2 GB\./,
  },
  {
    name: 'a claim of 3 GB in a small file, of the picture',
    parts: { input: [port('x', [1, 3, 16384, 16384])] },
    says: /^Its input "x" is float32 \[1, 3, 16384, 16384\], larger than any picture/,
  },
  {
    name: 'a weight that does not fit',
    parts: { initializer: [many('w', 4, 2, 3, 3)] },
    says: /^Conv "\/Conv" is given \[1, 3, 8, 8\], \[4, 2, 3, 3\], which do not fit together\./,
  },
  {
    name: 'text',
    parts: { input: [port('ids', ['batch', 'sequence'], Type.INT64)], node: [step('Cast', ['ids'], ['y'])] },
    says: /^Its input "ids" is int64 \[batch, sequence\], no picture: this is no image classifier\./,
  },
  {
    name: 'text with a mask',
    parts: {
      input: [port('input_ids', [1, 8], Type.INT64), port('attention_mask', [1, 8], Type.INT64)],
    },
    says: /^None of its inputs is a picture \("input_ids" int64 \[1, 8\], "attention_mask" int64 \[1, 8\]\): this is no image classifier\./,
  },
  {
    name: 'audio',
    parts: { input: [port('wave', [1, 16000])], node: [step('Relu', ['wave'], ['y'])] },
    says: /^Its input "wave" is float32 \[1, 16000\], no picture/,
  },
  {
    name: 'grey pictures to weights for colour',
    parts: { input: [port('x', [1, 1, 28, 28])] },
    says: /^Conv .* is given \[1, 1, 28, 28\], \[4, 3, 3, 3\], which do not fit together\./,
  },
  {
    name: 'detection',
    parts: {
      node: [step('Conv', ['x', 'w'], ['c']), step('Reshape', ['c', 'boxes'], ['y'])],
      initializer: [many('w', 4, 3, 3, 3), integers('boxes', [1, 36, 4])],
    },
    says: /^None of its outputs is a row of classes \("y" \[1, 36, 4\]\): this is no image classifier\./,
  },
  {
    name: 'as many boxes as the picture shows in place of classes',
    parts: { node: [step('Conv', ['x', 'w'], ['c']), step('NonMaxSuppression', ['c'], ['y'])] },
    says: /^The size of the output "y" changes with the picture: NonMaxSuppression "\/NonMaxSuppression" gives as much/,
  },
  {
    name: 'classes from a picture that is never looked at',
    parts: { node: [step('Flatten', ['x'], ['f']), step('Gemm', ['f', 'w'], ['y'])], initializer: [many('w', 192, 4)] },
    says: /^The network has no layer with a height and a width before its classes/,
  },
  ...['__proto__', 'constructor', 'toString'].map(op => ({
    name: `an operator called ${op}`,
    parts: { node: [step(op, ['x'], ['y'])] },
    says: new RegExp(`cannot be told: ${op} "/${op}" is the first`),
  })),
]

describe('a hostile file is refused in a sentence that names what is wrong', () => {
  it.each(HOSTILE)('$name', ({ parts, says }) => {
    expect(refusal(() => readNetwork(network(parts)))).toMatch(says)
  })

  it('bodies within bodies without end', () => {
    let inner = create(GraphProtoSchema, { name: 'innermost', node: [step('Relu', ['x'], ['r'])] })
    for (let i = 0; i < 60; i++) {
      const attribute = create(AttributeProtoSchema, { name: 'then_branch', type: Kind.GRAPH, g: inner })
      inner = create(GraphProtoSchema, {
        name: `body ${i}`,
        node: [step('If', ['x'], ['r'], { attribute: [attribute] })],
      })
    }
    const attribute = create(AttributeProtoSchema, { name: 'then_branch', type: Kind.GRAPH, g: inner })
    const node = [step('If', ['x'], ['y'], { attribute: [attribute] })]
    expect(refusal(() => readNetwork(network({ node })))).toMatch(/no ONNX file, or it is cut off/)
  })
})

/** Where time grew with the square of what is many here, each took minutes. */
describe('a file is read before the time limit here', () => {
  const chain = (length: number, op: string, name: (i: number) => string): NodeProto[] => [
    step('Conv', ['x', 'w'], ['v0']),
    ...Array.from({ length }, (_, i) =>
      create(NodeProtoSchema, { opType: op, name: name(i), input: [`v${i}`], output: [`v${i + 1}`] }),
    ),
    step('GlobalAveragePool', [`v${length}`], ['p']),
    step('Flatten', ['p'], ['y']),
  ]
  it.each<[string, NodeProto[]]>([
    ['of 10,000 nodes', chain(10_000, 'Relu', i => `/layer${i % 100}/layer${i % 100}.${i}/Relu`)],
    ['of 10,000 nodes that change nothing', chain(10_000, 'Identity', () => '')],
    ['with a name of 20,000 modules', chain(3, 'Relu', i => `${'/a'.repeat(20_000)}/Relu_${i}`)],
    ['with a name of 20,000 numbers', chain(3, 'Relu', i => `/a${'_1'.repeat(20_000)}_${i}/Relu`)],
  ])(
    '%s',
    (_, node) => {
      expect(readNetwork(network({ node })).layout.layer).not.toBe('')
    },
    60_000,
  )
})

describe('a file of many small parts is refused before it is built', () => {
  const model = (graph: Uint8Array) => concat([0x3a, ...varint(graph.length)], graph)
  const concat = (...parts: ArrayLike<number>[]) => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    parts.reduce((at, part) => {
      whole.set(part, at)
      return at + part.length
    }, 0)
    return whole
  }
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >> 7)])
  const repeated = (count: number, part: readonly number[]) =>
    Uint8Array.from({ length: count * part.length }, (_, i) => part[i % part.length] ?? 0)
  /** A node of one byte of operator and one of output. */
  const node = [0x0a, 6, 0x22, 1, 65, 0x12, 1, 65]

  it.each([
    ['five million empty nodes', repeated(5_000_000, [0x0a, 0]), /^A node in the model file is empty/],
    ['two million nodes', repeated(2_000_000, node), /^The model file has more than 1,500,000 parts/],
    ['two million empty weights', repeated(2_000_000, [0x2a, 0]), /^The model file has more than 1,500,000 parts/],
    [
      'a node of a million inputs',
      concat([0x0a, ...varint(2_000_006)], node.slice(2), repeated(1_000_000, [0x0a, 0])),
      /^A part of the model file \(Node\) has more than 131,072 entries/,
    ],
    [
      'an attribute of a million numbers',
      concat(
        [0x0a, ...varint(1_000_014)],
        node.slice(2),
        [0x2a, ...varint(1_000_004)],
        [0x42, ...varint(1_000_000)],
        repeated(1_000_000, [1]),
      ),
      /^A part of the model file \(Attribute\) has more than 131,072 entries/,
    ],
  ])('%s', (_, graph, says) => {
    const before = process.memoryUsage().rss
    expect(refusal(() => readOnnx(model(graph)))).toMatch(says)
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6)
  })
})

describe('weights outside of the file', () => {
  const weight = (location: string, more = {}) => [
    tensor({ name: 'w', dims: [4n, 3n, 3n, 3n], dataType: Type.FLOAT, ...outside(location, more) }),
  ]
  const values = Float32Array.from({ length: 108 }, (_, i) => i)
  const file = new Uint8Array(Float32Array.of(7, ...values, 7).buffer)

  it('are read where they lie', () => {
    const bytes = network({ initializer: weight('./w.bin', { offset: '4', length: '432' }) })
    expect(externalFiles(bytes)).toEqual(['w.bin'])
    const { constants } = readOnnx(bytes, new Map([['w.bin', file]]))
    expect(constants.get('w')?.bytes).toEqual(new Uint8Array(values.buffer))
    expect(constants.get('w')?.bytes.buffer).toBe(file.buffer)
    expect(externalFiles(network())).toEqual([])
  })

  it('that are not given are asked for by name', () => {
    const bytes = network({ initializer: weight('deep/w.bin') })
    expect(externalFiles(bytes)).toEqual(['deep/w.bin'])
    expect(refusal(() => readNetwork(bytes))).toMatch(
      /"w" is stored outside the file, in "deep\/w\.bin"\. Give that file/,
    )
  })

  it.each([
    '',
    '/etc/passwd',
    '../w.bin',
    'a/../../w.bin',
    'C:\\w.bin',
    '\\\\host\\w.bin',
    'a\\..\\..\\w.bin',
    'w\0.bin',
  ])('are not looked for outside of the model’s folder: %j', location => {
    const bytes = network({ initializer: weight(location) })
    for (const read of [externalFiles, readOnnx, readNetwork])
      expect(refusal(() => read(bytes))).toMatch(/^The weight "w" is stored in ".*", outside of the model's folder\./s)
  })

  it.each([
    { offset: '-4' },
    { length: '-1' },
    { offset: 'x' },
    { offset: 'NaN' },
    { offset: '1e3' },
    { length: '' },
    { offset: '9007199254740993' },
  ])('at a place that is no number are refused: %j', more => {
    const bytes = network({ initializer: weight('w.bin', more) })
    for (const read of [externalFiles, readOnnx])
      expect(refusal(() => read(bytes))).toMatch(
        /^The weight "w" is stored in "w\.bin" with the (offset|length) ".*", which/,
      )
  })

  it.each([{ offset: '4', length: '100000' }, { offset: '999999999999999' }])(
    'past the ends of their file are refused: %j',
    more => {
      const bytes = network({ initializer: weight('w.bin', more) })
      expect(refusal(() => readOnnx(bytes, new Map([['w.bin', file]])))).toMatch(
        /^The weight "w" is stored at .* of "w\.bin", which has 440 bytes\./,
      )
    },
  )
})
