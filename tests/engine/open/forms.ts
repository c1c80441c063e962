import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  AttributeProtoSchema,
  FunctionProtoSchema,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  SparseTensorProtoSchema,
  TensorProto_DataType as Type,
  TypeProto_MapSchema,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import { int } from '../../../src/graph/attributes'
import { intTensor } from '../../../src/graph/tensors'
import type { Graph } from '../../../src/graph/types'
import { writeOnnx } from '../../../src/onnx/write'
import { attribute, tensor } from '../../onnx/model'
import type { GraphBuilder } from '../../support/build'
import { body, CHANNELS, fileOf, float, type Made, port } from './files'

/** A file, its protobuf changed as exporters and tools write it. */
const changed = (graph: Graph, change: (model: ModelProto) => void): Uint8Array => {
  const model = fromBinary(ModelProtoSchema, writeOnnx(graph))
  change(model)
  return toBinary(ModelProtoSchema, model)
}

const plain = (middle: Made['middle'] = (g, f) => g.node('Neg', [f])): Graph => fileOf({ name: 'forms', middle })

const node = (
  opType: string,
  input: string[],
  output: string[],
  parts: Partial<Pick<NodeProto, 'domain' | 'attribute' | 'name' | 'overload'>> = {},
) => create(NodeProtoSchema, { opType, input, output, ...parts })

const opset = (domain: string, version: number) =>
  create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) })

type FunctionParts = Parameters<typeof create<typeof FunctionProtoSchema>>[1]

const called = (name: string, parts: FunctionParts) =>
  create(FunctionProtoSchema, { name, domain: 'my.ops', opsetImport: [opset('', 17), opset('my.ops', 1)], ...parts })

/** In place of the Neg in the middle of a plain file: a call of a function. */
function calling(call: Partial<NodeProto>, functions: ReturnType<typeof called>[], more?: (model: ModelProto) => void) {
  return changed(plain(), model => {
    model.irVersion = 10n
    model.opsetImport.push(opset('my.ops', 1))
    model.functions.push(...functions)
    const negative = model.graph?.node.find(({ opType }) => opType === 'Neg')
    if (negative) Object.assign(negative, { domain: 'my.ops', ...call })
    more?.(model)
  })
}

const number = (name: string, f: number) => attribute({ name, type: Kind.FLOAT, f })
const reference = (name: string, refAttrName: string, type = Kind.FLOAT) =>
  create(AttributeProtoSchema, { name, type, refAttrName })

const leaky = called('Leak', {
  input: ['a'],
  output: ['b'],
  attribute: ['slope'],
  node: [node('LeakyRelu', ['a'], ['t'], { attribute: [reference('alpha', 'slope')] }), node('Sin', ['t'], ['b'])],
})

interface Form {
  readonly name: string
  readonly bytes: () => Uint8Array
  /** The same network in a form that ONNX Runtime takes by itself, where it does not take this one. */
  readonly like?: () => Uint8Array
}

export const FUNCTIONS: readonly (Form & { readonly paths: RegExp })[] = [
  {
    name: 'an attribute that the call gives',
    bytes: () => calling({ opType: 'Leak', name: '/block/leak/Leak', attribute: [number('slope', 0.3)] }, [leaky]),
    paths: /^block\.leak\.Leak$/m,
  },
  { name: 'an attribute that nobody gives', bytes: () => calling({ opType: 'Leak' }, [leaky]), paths: /^Leak_0$/m },
  {
    name: 'an attribute with a value of its own',
    bytes: () => calling({ opType: 'Leak' }, [{ ...leaky, attribute: [], attributeProto: [number('slope', 0.7)] }]),
    paths: /^Leak_0\.LeakyRelu$/m,
  },
  {
    name: 'a function in a function, called twice',
    bytes: () =>
      calling({ opType: 'Twice', name: 'twice' }, [
        leaky,
        called('Twice', {
          input: ['x'],
          output: ['y'],
          attribute: [],
          node: [
            node('Leak', ['x'], ['t'], { domain: 'my.ops', name: 'first', attribute: [number('slope', 0.5)] }),
            node('Leak', ['t'], ['y'], { domain: 'my.ops', name: 'second' }),
          ],
        }),
      ]),
    paths: /^twice\.first$/m,
  },
  {
    name: 'attributes handed on from a function to one inside',
    bytes: () =>
      calling({ opType: 'Outer', attribute: [number('deep', 0.9)] }, [
        leaky,
        called('Outer', {
          input: ['x'],
          output: ['y'],
          attribute: ['deep'],
          node: [node('Leak', ['x'], ['y'], { domain: 'my.ops', attribute: [reference('slope', 'deep')] })],
        }),
      ]),
    paths: /Leak/,
  },
  {
    name: 'an input that is left out, an output that nobody reads, and one that is an input',
    bytes: () =>
      calling(
        { opType: 'Odd', input: ['f'], output: ['', 'same', 'neg'] },
        [
          called('Odd', {
            input: ['x', 'low'],
            output: ['unread', 'x', 'clipped'],
            node: [node('Exp', ['x'], ['unread']), node('Clip', ['x', 'low'], ['clipped'])],
          }),
        ],
        model => {
          const identity = model.graph?.node.find(({ output }) => output[0] === 'm')
          if (identity) Object.assign(identity, { opType: 'Add', input: ['same', 'neg'] })
        },
      ),
    like: () => writeOnnx(plain((g, f) => g.node('Add', [f, g.node('Clip', [f])]))),
    paths: /Odd_0/,
  },
  {
    name: 'two functions of one name that overload tells apart',
    bytes: () =>
      calling({ opType: 'Leak', overload: 'soft' }, [
        leaky,
        { ...leaky, overload: 'soft', node: [node('Softplus', ['a'], ['b'])] },
      ]),
    paths: /Leak_0\.Softplus|^Leak_0$/m,
  },
  {
    name: 'the version of an older operator set, where nothing differs',
    bytes: () => calling({ opType: 'Leak' }, [{ ...leaky, opsetImport: [opset('', 14)] }]),
    paths: /Leak/,
  },
  {
    name: 'an If inside that reads what the function made',
    bytes: () => {
      const made = writeOnnx(
        plain((g, f) =>
          g.node('If', [g.node('Greater', [g.node('ReduceMean', [f], { keepdims: 0 }), g.weight([], [0.1])])], {
            then_branch: body([], ['t'], inner => inner.node('Neg', [f], {}, { outputs: ['t'] })),
            else_branch: body([], ['t'], inner => inner.node('Exp', [f], {}, { outputs: ['t'] })),
          }),
        ),
      )
      const branch = fromBinary(ModelProtoSchema, made).graph?.node.find(({ opType }) => opType === 'If')
      return calling({ opType: 'Choose', input: ['f', 'x'] }, [
        called('Choose', {
          input: ['f', 'again'],
          output: ['out'],
          node: [
            node('ReduceMean', ['f'], ['mean'], { attribute: [attribute({ name: 'keepdims', type: Kind.INT })] }),
            node('Cast', ['mean'], ['condition'], { attribute: [attribute({ name: 'to', type: Kind.INT, i: 9n })] }),
            node('If', ['condition'], ['out'], branch && { attribute: branch.attribute }),
          ],
        }),
      ])
    },
    paths: /Choose_0/,
  },
]

/** Each calls the one before twice: 2^n nodes. */
const doubling = Array.from({ length: 24 }, (_, k) =>
  called(`F${k}`, {
    input: ['x'],
    output: ['y'],
    node:
      k === 0
        ? [node('Relu', ['x'], ['y'])]
        : [
            node(`F${k - 1}`, ['x'], ['t'], { domain: 'my.ops' }),
            node(`F${k - 1}`, ['t'], ['y'], { domain: 'my.ops' }),
          ],
  }),
)

export const REFUSED: readonly { readonly name: string; readonly bytes: () => Uint8Array; readonly says: RegExp }[] = [
  {
    name: 'one that calls itself',
    bytes: () =>
      calling({ opType: 'Again' }, [
        called('Again', { input: ['x'], output: ['y'], node: [node('Again', ['x'], ['y'], { domain: 'my.ops' })] }),
      ]),
    says: /^The function "Again" calls itself\./,
  },
  {
    name: 'functions that become millions of nodes',
    bytes: () => calling({ opType: 'F23' }, doubling),
    says: /^The functions of the file become more than 250000 nodes\./,
  },
  {
    name: 'one of an older operator set, where an operator had another form',
    bytes: () =>
      calling(
        { opType: 'Old' },
        [
          called('Old', {
            opsetImport: [opset('', 10)],
            input: ['x'],
            output: ['y'],
            node: [node('Clip', ['x'], ['y'], { attribute: [number('max', 1)] })],
          }),
        ],
        model => model.graph?.node.push(node('Clip', ['y'], ['clipped'])),
      ),
    says: /^Parts of the file are of ONNX opset 17, but the function "Old" is of 10, where Clip has another form\./,
  },
]

const sparseOf = (name: string) =>
  create(SparseTensorProtoSchema, {
    values: tensor({ name, dims: [3n], dataType: Type.FLOAT, floatData: [1.5, -2, 0.5] }),
    indices: tensor({
      name: `${name} places`,
      dims: [3n, 2n],
      dataType: Type.INT64,
      int64Data: [0n, 1n, 2n, 2n, 4n, 3n],
    }),
    dims: [5n, BigInt(CHANNELS)],
  })

/** The weight of the linear layer, [5, 4], in another form. */
function withHead(replace: (model: ModelProto, name: string) => void): Uint8Array {
  return changed(plain(), model => {
    const gemm = model.graph?.node.find(({ opType }) => opType === 'Gemm')
    const name = gemm?.input[1] ?? ''
    if (model.graph) model.graph.initializer = model.graph.initializer.filter(weight => weight.name !== name)
    replace(model, name)
  })
}

const constantNode = (model: ModelProto, name: string, parts: Parameters<typeof attribute>[0]) =>
  model.graph?.node.unshift(node('Constant', [], [name], { attribute: [attribute(parts)] }))

const FOUR = [7, -8, 3, -1, 0, 5, -6, 2, 1, 4, -3, -2, 6, -7, 3, 2, 1, -1, 5, 0]

export const FORMS: readonly Form[] = [
  {
    name: 'a sparse weight',
    bytes: () => withHead((model, name) => model.graph?.sparseInitializer.push(sparseOf(name))),
  },
  {
    name: 'a sparse constant',
    bytes: () =>
      withHead((model, name) => {
        const sparseTensor = sparseOf('')
        sparseTensor.values = tensor({ name: '', dims: [3n], dataType: Type.FLOAT, floatData: [1.5, -2, 0.5] })
        constantNode(model, name, { name: 'sparse_value', type: Kind.SPARSE_TENSOR, sparseTensor })
      }),
  },
  {
    name: 'constants as value_floats, value_ints, value_float and value_int',
    bytes: () =>
      withHead((model, name) => {
        const floats = Array.from({ length: 20 }, (_, i) => Math.sin(i))
        model.graph?.node.unshift(
          node('Reshape', ['floats', 'ints'], [`${name} plain`]),
          node('Mul', [`${name} plain`, 'twice'], [name]),
        )
        constantNode(model, 'floats', { name: 'value_floats', type: Kind.FLOATS, floats })
        constantNode(model, 'ints', { name: 'value_ints', type: Kind.INTS, ints: [5n, 4n] })
        constantNode(model, 'two', { name: 'value_int', type: Kind.INT, i: 2n })
        model.graph?.node.unshift(
          node('Cast', ['two'], ['twice'], { attribute: [attribute({ name: 'to', type: Kind.INT, i: 1n })] }),
        )
        constantNode(model, 'text', { name: 'value_string', type: Kind.STRING, s: Uint8Array.of(104, 105) })
        constantNode(model, 'texts', { name: 'value_strings', type: Kind.STRINGS, strings: [Uint8Array.of(97)] })
      }),
  },
  ...(
    [
      ['int4', Type.INT4, -8],
      ['uint4', Type.UINT4, 0],
    ] as const
  ).map(([type, code, least]) => ({
    name: `weights of ${type}, two a byte`,
    bytes: () =>
      withHead((model, name) => {
        const nibbles = FOUR.map(value => (value - (least === 0 ? -8 : 0)) & 15)
        const rawData = Uint8Array.from(
          { length: 10 },
          (_, i) => (nibbles[2 * i] ?? 0) | ((nibbles[2 * i + 1] ?? 0) << 4),
        )
        model.irVersion = 10n
        model.opsetImport = [opset('', 21)]
        model.graph?.initializer.push(
          tensor({ name: 'packed', dims: [5n, 4n], dataType: code, rawData }),
          tensor({ name: 'scale', dims: [], dataType: Type.FLOAT, floatData: [0.1] }),
        )
        model.graph?.node.unshift(node('DequantizeLinear', ['packed', 'scale'], [name]))
      }),
  })),
  ...(
    [
      ['float16', Type.FLOAT16, { int32Data: FOUR.map(value => (value < 0 ? 0xbc00 : 0x3c00) + Math.abs(value)) }],
      ['bfloat16', Type.BFLOAT16, { int32Data: FOUR.map(value => (value < 0 ? 0xbf80 : 0x3f80) + Math.abs(value)) }],
      ['float64', Type.DOUBLE, { doubleData: FOUR.map(value => value / 7) }],
      ['int8', Type.INT8, { int32Data: FOUR }],
    ] as const
  ).map(([type, code, field]) => ({
    name: `a weight of ${type} and a Cast`,
    bytes: () =>
      withHead((model, name) => {
        const values = Object.fromEntries(Object.entries(field).map(([key, list]) => [key, [...list]]))
        model.graph?.initializer.push(tensor({ name: 'other', dims: [5n, 4n], dataType: code, ...values }))
        model.graph?.node.unshift(
          node('Cast', ['other'], [name], { attribute: [attribute({ name: 'to', type: Kind.INT, i: 1n })] }),
        )
      }),
  })),
  {
    name: 'IR version 3, weights among the inputs',
    bytes: () => {
      const graph = plain()
      const weights = [...graph.constants].map(([name, { type, dims }]) => port(name, type, dims))
      return writeOnnx({ ...graph, irVersion: 3, opsets: new Map([['', 9]]), inputs: [...graph.inputs, ...weights] })
    },
  },
  {
    name: 'the domain ai.onnx',
    bytes: () =>
      changed(plain(), model => {
        for (const it of model.opsetImport) it.domain = 'ai.onnx'
        for (const it of model.graph?.node ?? []) it.domain = 'ai.onnx'
      }),
  },
  {
    name: 'nodes out of order, all of one name',
    bytes: () =>
      changed(plain(), model => {
        for (const it of model.graph?.node.reverse() ?? []) it.name = 'node'
      }),
    like: () => writeOnnx(plain()),
  },
  {
    name: 'outputs that are an input, a weight and a copy of a copy',
    bytes: () => {
      const graph = plain()
      const [weight = ''] = graph.constants.keys()
      const copies = plain((g, f) => g.node('Identity', [g.node('Identity', [f])]))
      return writeOnnx({ ...copies, outputs: ['y', 'x', weight] })
    },
  },
  {
    name: 'nodes that nothing reads',
    bytes: () =>
      writeOnnx(
        plain((g, f) => {
          g.node('NonZero', [f])
          g.node('Tan', [g.node('Flatten', [f])])
          return g.node('Neg', [f])
        }),
      ),
  },
  {
    name: 'optional outputs that are left out',
    bytes: () =>
      writeOnnx(
        plain((g, f) => {
          g.node('Dropout', [f, '', ''], {}, { outputs: ['dropped', ''] })
          g.node('LayerNormalization', ['dropped', g.weight([12])], {}, { outputs: ['normal', '', 'deviation'] })
          g.node('MaxPool', ['dropped'], { kernel_shape: [2, 2], strides: [2, 2] }, { outputs: ['pooled', ''] })
          return g.node('Neg', ['pooled'])
        }),
      ),
  },
  {
    name: 'an output that is a sequence of maps, as ZipMap gives it',
    bytes: () =>
      changed(plain(), model => {
        model.opsetImport.push(opset('ai.onnx.ml', 3))
        const labels = attribute({ name: 'classlabels_int64s', type: Kind.INTS, ints: [0n, 1n, 2n, 3n, 4n] })
        model.graph?.node.push(node('ZipMap', ['y'], ['maps'], { domain: 'ai.onnx.ml', attribute: [labels] }))
        const scores = create(TypeProtoSchema, {
          value: { case: 'tensorType', value: create(TypeProto_TensorSchema, { elemType: Type.FLOAT }) },
        })
        const map = create(TypeProtoSchema, {
          value: { case: 'mapType', value: create(TypeProto_MapSchema, { keyType: 7, valueType: scores }) },
        })
        const type = create(TypeProtoSchema, {
          value: { case: 'sequenceType', value: create(TypeProto_SequenceSchema, { elemType: map }) },
        })
        model.graph?.output.push(create(ValueInfoProtoSchema, { name: 'maps', type }))
      }),
  },
  {
    name: 'double, in an If and behind a Cast inside',
    bytes: () =>
      writeOnnx(
        plain((g, f) => {
          const condition = g.node('Greater', [g.node('ReduceMean', [f], { keepdims: 0 }), g.weight([], [0.1])])
          const branch = (op: string) =>
            body([], [`${op} out`], inner => {
              inner.node('Cast', [f], { to: 11 }, { outputs: [`${op} in`] })
              inner.node(op, [`${op} in`], {}, { outputs: [`${op} made`] })
              inner.node('Cast', [`${op} made`], { to: 1 }, { outputs: [`${op} out`] })
            })
          return g.node('If', [condition], { then_branch: branch('Sin'), else_branch: branch('Exp') })
        }),
      ),
  },
  {
    name: 'an If whose condition a size tells, and one in its branch',
    bytes: () => writeOnnx(plain(decided)),
  },
]

/** torch.squeeze(2) of what has no such axis of size 1, as PyTorch's exporter writes it. */
function decided(g: GraphBuilder, f: string): string {
  const size = g.node('Gather', [g.node('Shape', [f]), g.constant('two', intTensor([2], []))], { axis: int(0) })
  const isOne = g.node('Equal', [size, g.constant('one', intTensor([1], []))])
  const inner = body([], ['e2'], b => b.node('LeakyRelu', [f], { alpha: float(0.3) }, { outputs: ['e2'] }))
  const never = body([], ['n'], b => b.node('Neg', [f], {}, { outputs: ['n'] }))
  return g.node('If', [isOne], {
    then_branch: body([], ['t'], b => b.node('Squeeze', [f], {}, { outputs: ['t'] })),
    else_branch: body([], ['e'], b =>
      b.node('If', [isOne], { then_branch: never, else_branch: inner }, { outputs: ['e'] }),
    ),
  })
}
