import { readFileSync } from 'node:fs'
import { create, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  NodeProtoSchema,
  SparseTensorProtoSchema,
  type TensorProto,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TensorProto_DataType as Type,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { readNetwork } from '../../src/analysis/analyze'
import { planNetwork } from '../../src/engine/plan'
import { HookscopeError } from '../../src/errors'
import { int, ints } from '../../src/graph/attributes'
import type { Node } from '../../src/graph/types'
import { readOnnx } from '../../src/onnx/read'
import { writeOnnx } from '../../src/onnx/write'
import { modelOf } from '../families/fixtures'
import { modelBytes } from '../support/golden'
import { attribute, file, outside, refusal, tensor } from './model'

const picture = new URL('../golden/pictures/chelsea.png', import.meta.url)

const FILES: readonly { name: string; bytes: () => Uint8Array; says: RegExp }[] = [
  { name: 'an empty file', bytes: () => new Uint8Array(0), says: /^The model file is empty\./ },
  {
    name: 'the first half of a real file',
    bytes: () => modelBytes('resnet18').subarray(0, 5_000_000),
    says: /no ONNX file, or it is cut off/,
  },
  {
    name: 'a real file less its last byte',
    bytes: () => modelBytes('resnet18').slice(0, -1),
    says: /no ONNX file, or it is cut off/,
  },
  {
    name: 'text',
    bytes: () => new TextEncoder().encode('<!doctype html><title>Not found</title>'),
    says: /no ONNX file|no graph/,
  },
  { name: 'a PNG', bytes: () => new Uint8Array(readFileSync(picture)), says: /no ONNX file|no graph/ },
  { name: 'zeros', bytes: () => new Uint8Array(64), says: /no ONNX file|no graph/ },
  {
    name: 'a model without a graph',
    bytes: () => toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })),
    says: /holds no graph/,
  },
  { name: 'a graph without a node', bytes: () => file({ graph: { node: [] } }), says: /holds no graph/ },
]

const weight = (parts: Parameters<typeof tensor>[0]) =>
  file({ initializer: [tensor({ name: 'conv1.weight', dataType: Type.FLOAT, ...parts })] })

const sparse = (dims: bigint[], indices: TensorProto | undefined) => {
  const values = tensor({ name: 'thin', dims: [1n], dataType: Type.FLOAT, floatData: [1] })
  return file({
    graph: { sparseInitializer: [create(SparseTensorProtoSchema, { values, dims, ...(indices && { indices }) })] },
  })
}

const WEIGHTS: readonly { name: string; bytes: () => Uint8Array; says: RegExp }[] = [
  {
    name: 'dims of 2^62',
    bytes: () => weight({ dims: [2n ** 62n, 1n] }),
    says: /^"conv1\.weight" claims a dimension of 4611686018427387904\./,
  },
  { name: 'negative dims', bytes: () => weight({ dims: [-1n], floatData: [1] }), says: /claims a dimension of -1\./ },
  {
    name: 'dims whose product passes any memory',
    bytes: () => weight({ dims: [2n ** 31n - 1n, 2n ** 31n - 1n], floatData: [1] }),
    says: /has 4 bytes where its shape asks for/,
  },
  {
    name: 'too few raw bytes',
    bytes: () => weight({ dims: [2n, 2n], rawData: new Uint8Array(15) }),
    says: /"conv1\.weight" has 15 bytes where its shape asks for 16\./,
  },
  {
    name: 'too many values',
    bytes: () => weight({ dims: [1n], floatData: [1, 2] }),
    says: /has 8 bytes where its shape asks for 4\./,
  },
  { name: 'no values', bytes: () => weight({ dims: [2n] }), says: /has 0 bytes where its shape asks for 8\./ },
  {
    name: 'data outside the file',
    bytes: () => weight({ dims: [2n], ...outside('weights.bin') }),
    says: /"conv1\.weight" is stored outside the file, in "weights\.bin"\. Give that file along with the model/,
  },
  {
    name: 'an unknown element type',
    bytes: () => weight({ dims: [1n], dataType: 99 }),
    says: /element type 99, which is not supported/,
  },
  {
    name: 'a type of four bits with a byte for each',
    bytes: () => weight({ dims: [4n], dataType: Type.INT4, rawData: new Uint8Array(4) }),
    says: /has 4 bytes where its shape asks for 2\./,
  },
  {
    name: 'a sparse one without indices',
    bytes: () => sparse([], undefined),
    says: /^The sparse weight "thin" has no values/,
  },
  {
    name: 'a sparse one with a value outside of its shape',
    bytes: () => sparse([2n, 2n], tensor({ dims: [1n, 2n], dataType: Type.INT64, int64Data: [0n, 2n] })),
    says: /^The sparse weight "thin" has a value at \[0, 2\], outside of its shape/,
  },
  {
    name: 'a sparse one with fewer indices than values',
    bytes: () => sparse([2n, 2n], tensor({ dims: [0n], dataType: Type.INT64 })),
    says: /^The sparse weight "thin" has 1 values and indices of \[0\]/,
  },
  {
    name: 'a sparse one that is too large to be written out',
    bytes: () => sparse([2n ** 20n, 2n ** 20n], tensor({ dims: [1n], dataType: Type.INT64, int64Data: [0n] })),
    says: /^The sparse weight "thin" cannot be written out/,
  },
  {
    name: 'a broken constant in an attribute',
    bytes: () =>
      file({
        attribute: [
          attribute({ name: 'value', type: Kind.TENSOR, t: tensor({ name: '', dims: [3n], dataType: Type.FLOAT }) }),
        ],
      }),
    says: /^The weight "a constant" has 0 bytes/,
  },
]

const input = (value: Parameters<typeof create<typeof TypeProtoSchema>>[1]) =>
  file({ graph: { input: [create(ValueInfoProtoSchema, { name: 'x', type: create(TypeProtoSchema, value) })] } })

const tensorInput = (elemType: number, size: bigint) => {
  const dim = [create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value: size } })]
  const shape = create(TensorShapeProtoSchema, { dim })
  return input({ value: { case: 'tensorType', value: create(TypeProto_TensorSchema, { elemType, shape }) } })
}

const INPUTS: readonly { name: string; bytes: () => Uint8Array; says: RegExp }[] = [
  { name: 'without a type', bytes: () => input({}), says: /^The input "x" is no tensor\./ },
  {
    name: 'that is a sequence',
    bytes: () => input({ value: { case: 'sequenceType', value: create(TypeProto_SequenceSchema) } }),
    says: /is no tensor/,
  },
  { name: 'of negative size', bytes: () => tensorInput(Type.FLOAT, -5n), says: /^"x" claims a dimension of -5\./ },
  { name: 'of 2^62', bytes: () => tensorInput(Type.FLOAT, 2n ** 62n), says: /claims a dimension of/ },
  { name: 'of an unknown type', bytes: () => tensorInput(77, 1n), says: /^"x" has the element type 77/ },
]

describe('a file that is none is refused in a sentence', () => {
  it.each(FILES)('$name', ({ bytes, says }) => {
    expect(refusal(() => readOnnx(bytes()))).toMatch(says)
  })
})

describe('a weight is refused by name', () => {
  it.each(WEIGHTS)('$name', ({ bytes, says }) => {
    expect(refusal(() => readOnnx(bytes()))).toMatch(says)
  })
})

describe('an input is refused by name', () => {
  it.each(INPUTS)('$name', ({ bytes, says }) => {
    expect(refusal(() => readOnnx(bytes()))).toMatch(says)
  })
})

/** Small files as PyTorch's exporter wrote them, with their weights. */
const SMALL_FILES = [
  ['squeezenet', 'opset17'],
  ['mobilenet_v3_small', 'opset11-bn'],
  ['vit', 'opset17'],
] as const

type ByteChange = (bytes: Uint8Array, at: number, amount: number, byte: number) => Uint8Array

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

const BYTE_CHANGES: readonly ByteChange[] = [
  (bytes, at, _, byte) => (bytes.length > 0 ? bytes.with(at, byte) : bytes),
  (bytes, at, amount) => (bytes.length > 0 ? bytes.with(at, (bytes[at] ?? 0) ^ (1 << (amount % 8))) : bytes),
  (bytes, at, amount) => joined(bytes.subarray(0, at), bytes.subarray(at + amount)),
  (bytes, at, amount, byte) => joined(bytes.subarray(0, at), new Uint8Array(amount).fill(byte), bytes.subarray(at)),
  (bytes, at, amount) => joined(bytes.subarray(0, at + amount), bytes.subarray(at)),
  (bytes, at) => bytes.subarray(0, at),
]

/** Sizes, paddings, axes and steps that no exporter writes. */
const NONSENSE = [0, -1, 3, 65, -(2 ** 31), 2 ** 31, 2 ** 62]

const OPS = [
  'Conv',
  'MaxPool',
  'Reshape',
  'Slice',
  'Unsqueeze',
  'Concat',
  'Gather',
  'Pad',
  'Constant',
  'MatMul',
  'If',
  '(',
]

/** Turns one node into nonsense that is still protobuf: `pick` chooses what, `value` what it becomes. */
const NODE_CHANGES: readonly ((node: Node, pick: number, value: number) => Node)[] = [
  (node, pick) => ({ ...node, op: OPS[pick % OPS.length] ?? '' }),
  (node, pick) => ({ ...node, inputs: node.inputs.filter((_, i) => i !== pick % 3) }),
  (node, pick) => ({ ...node, inputs: [...node.inputs, node.inputs[pick % node.inputs.length] ?? ''].reverse() }),
  (node, pick) => ({ ...node, outputs: pick % 2 ? [] : ['', ...node.outputs] }),
  (node, pick) => ({ ...node, name: ['', '/', '//_1', '/a_1/_1', '[', node.name.slice(1)][pick % 6] ?? '' }),
  (node, pick, value) => ({
    ...node,
    attributes: new Map(
      ['axis', 'group', 'kernel_shape', 'strides', 'pads', 'dilations', 'axes', 'perm', 'transB', 'keepdims'].map(
        (name, i) => {
          const was = node.attributes.get(name)
          const list = was?.kind === 'ints' ? was.value.with(pick % was.value.length, value) : [value, value]
          return [name, i % 2 === pick % 2 && was?.kind === 'ints' ? ints(list) : (was ?? int(value))]
        },
      ),
    ),
  }),
]

function survives(bytes: Uint8Array): 'read' | 'refused' {
  try {
    planNetwork(readNetwork(bytes))
    return 'read'
  } catch (error) {
    if (!(error instanceof HookscopeError)) throw error
    expect(error.message).toMatch(/\.$/)
    return 'refused'
  }
}

describe('a real file with random damage is read or refused in a sentence, never anything else, in little time', () => {
  const RUNS = { numRuns: 150, seed: 20261123 }
  const amount = fc.integer({ min: 1, max: 40 })

  it.each(SMALL_FILES)('of the bytes of %s, %s', (family, variant) => {
    const whole = modelOf(family, variant)
    const change = fc.tuple(fc.nat(BYTE_CHANGES.length - 1), fc.nat(), amount, fc.nat(255))
    const outcomes = new Set<string>()
    const damaged = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), changes => {
      const bytes = changes.reduce((bytes, [kind, at, size, byte]) => {
        return BYTE_CHANGES[kind]?.(bytes, at % Math.max(bytes.length, 1), size, byte) ?? bytes
      }, whole)
      outcomes.add(survives(bytes))
    })
    fc.assert(damaged, RUNS)
    expect(outcomes).toEqual(new Set(['read', 'refused']))
  })

  it.each(SMALL_FILES)('of the nodes of %s, %s', (family, variant) => {
    const graph = readOnnx(modelOf(family, variant))
    const change = fc.tuple(fc.nat(NODE_CHANGES.length - 1), fc.nat(), fc.nat(), fc.constantFrom(...NONSENSE))
    const outcomes = new Set<string>()
    const damaged = fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
      const nodes = changes.reduce<readonly Node[]>((nodes, [kind, at, pick, value]) => {
        const node = nodes[at % nodes.length]
        const made = node && NODE_CHANGES[kind]?.(node, pick, value)
        return made ? nodes.with(at % nodes.length, made) : nodes
      }, graph.nodes)
      outcomes.add(survives(writeOnnx({ ...graph, nodes })))
    })
    fc.assert(damaged, RUNS)
    expect(outcomes).toEqual(new Set(['read', 'refused']))
  })

  it('a node that was made nonsense is refused by name', () => {
    const node = create(NodeProtoSchema, { opType: 'Relu', name: '/relu', input: ['lost'], output: ['y'] })
    const dim = [1n, 3n, 8n, 8n].map(value =>
      create(TensorShapeProto_DimensionSchema, { value: { case: 'dimValue', value } }),
    )
    const shape = create(TensorShapeProtoSchema, { dim })
    const type = create(TypeProtoSchema, {
      value: { case: 'tensorType', value: create(TypeProto_TensorSchema, { elemType: Type.FLOAT, shape }) },
    })
    const bytes = file({ graph: { node: [node], input: [create(ValueInfoProtoSchema, { name: 'x', type })] } })
    expect(refusal(() => readNetwork(bytes))).toMatch(/^Relu "\/relu" reads "lost"/)
  })
})
