import { describe, expect, it } from 'vitest'
import { indexGraph } from '../../src/graph/graph-index'
import { hookPoints } from '../../src/graph/hook-points'
import { placeNodes } from '../../src/graph/modules'
import { inferShapes } from '../../src/graph/shapes'
import { GraphBuilder } from '../support/build'

/** One operator on the way from x to the output: it reads the value before it, unless `reads` says more. */
interface Step {
  readonly op: string
  readonly name?: string
  /** Name of its weight. */
  readonly weight?: string
  /** A number, counted from 900, where it has no name. */
  readonly value?: string
  readonly scopes?: readonly string[]
  readonly reads?: readonly string[]
}

function network(steps: readonly Step[]) {
  const g = new GraphBuilder()
  let last = g.input('x', [1, 2, 4, 4])
  steps.forEach(({ op, name = '', weight, value, scopes, reads }, i) => {
    const known = steps.slice(0, i).some(step => step.weight === weight)
    const parameters = weight === undefined ? [] : [known ? weight : g.weight([2, 2, 1, 1], undefined, weight)]
    const metadata = scopes ? { 'pkg.torch.onnx.name_scopes': `[${scopes.map(s => `'${s}'`).join(', ')}]` } : {}
    const outputs = [value ?? `${900 + i}`]
    last = g.node(op, [...(reads ?? [last]), ...parameters], {}, { name, outputs, metadata })
  })
  const graphIndex = indexGraph(g.output(last).build())
  return { graphIndex, shapes: inferShapes(graphIndex, new Map([['x', [1, 2, 4, 4]]])) }
}

/** Where each node is placed: `module:call / label`, the call only where it is not the first. */
const places = (steps: readonly Step[]): string[] =>
  [...placeNodes(network(steps).graphIndex).values()].map(
    ({ module, call, label }) => `${module}${call > 0 ? `:${call}` : ''} / ${label}`,
  )

const paths = (steps: readonly Step[]): string[] => {
  const { graphIndex, shapes } = network(steps)
  return hookPoints(graphIndex, shapes).flatMap(({ path, aliases }) => [path, ...aliases.map(alias => `= ${alias}`)])
}

const conv = (name: string, weight: string): Step => ({ op: 'Conv', name, weight })
const relu = (name: string): Step => ({ op: 'Relu', name })

const EXPORTERS: readonly { exporter: string; steps: readonly Step[]; expected: readonly string[] }[] = [
  {
    exporter: 'PyTorch 1.13 and later: slashes',
    steps: [
      conv('/features/features.1/conv/conv.0/conv.0.0/Conv', 'a'),
      conv('/layer4/layer4.1/conv2/Conv', 'b'),
      conv('/layer4/layer4.10/conv2/Conv', 'c'),
      { op: 'Add', name: '/layer4/layer4.1/Add', reads: ['900', '901'] },
      { op: 'Flatten', name: '/Flatten' },
    ],
    expected: [
      'features.1.conv.0.0 / Conv',
      'layer4.1.conv2 / Conv',
      'layer4.10.conv2 / Conv',
      'layer4.1 / Add',
      ' / Flatten',
    ],
  },
  {
    exporter: 'PyTorch, a module called again',
    steps: [
      relu('/layer1/layer1.0/relu/Relu'),
      conv('/layer1/layer1.0/conv2/Conv', 'a'),
      relu('/layer1/layer1.0/relu_1/Relu'),
      relu('/layer1/layer1.0/relu_2/Relu'),
    ],
    expected: ['layer1.0.relu / Relu', 'layer1.0.conv2 / Conv', 'layer1.0.relu:1 / Relu', 'layer1.0.relu:2 / Relu'],
  },
  {
    exporter: 'PyTorch, a whole block called again with its weights',
    steps: [
      conv('/head/conv/Conv', 'shared'),
      relu('/head/relu/Relu'),
      conv('/head_1/conv/Conv', 'shared'),
      relu('/head_1/relu/Relu'),
    ],
    expected: ['head.conv / Conv', 'head.relu / Relu', 'head.conv:1 / Conv', 'head.relu:1 / Relu'],
  },
  {
    exporter: 'PyTorch, names that only look like another call',
    steps: [
      conv('/Mixed_7b/Branch_0/Conv2d_0a_1x1/Conv', 'a'),
      conv('/Mixed_7b/Branch_1/Conv2d_0a_1x1/Conv', 'b'),
      conv('/Mixed_5b/branch5x5_1/conv/Conv', 'c'),
      conv('/Mixed_5b/branch5x5_2/conv/Conv', 'd'),
      conv('/conv/Conv', 'e'),
      conv('/conv_1/Conv', 'f'),
      relu('/act/Relu'),
      { op: 'Sigmoid', name: '/act_1/Sigmoid' },
    ],
    expected: [
      'Mixed_7b.Branch_0.Conv2d_0a_1x1 / Conv',
      'Mixed_7b.Branch_1.Conv2d_0a_1x1 / Conv',
      'Mixed_5b.branch5x5_1.conv / Conv',
      'Mixed_5b.branch5x5_2.conv / Conv',
      'conv / Conv',
      'conv_1 / Conv',
      'act / Relu',
      'act_1 / Sigmoid',
    ],
  },
  {
    exporter: 'PyTorch with dynamo: scopes in the metadata',
    steps: [
      {
        op: 'Conv',
        name: 'node_conv2d_19',
        weight: 'w',
        scopes: ['', 'layer4', 'layer4.1', 'layer4.1.conv2', 'conv2d_19'],
      },
      { op: 'Relu', name: 'node_relu_16', scopes: ['', 'layer4', 'layer4.1', 'layer4.1.relu', 'relu_16'] },
      {
        op: 'Conv',
        name: 'node_conv2d_20',
        weight: 'v',
        scopes: ['', 'layer4', 'layer4.1', 'layer4.1.conv3', 'conv2d_20'],
      },
      { op: 'Relu', name: 'node_relu_17', scopes: ['', 'layer4', 'layer4.1', 'layer4.1.relu', 'relu_17'] },
      { op: 'Conv', name: 'node_conv2d_21', weight: 'u', scopes: ['', 'Mixed_5b', 'Mixed_5b.branch_1', 'conv2d_21'] },
      { op: 'Conv', name: 'node_conv2d_22', weight: 't', scopes: ['', 'Mixed_5b', 'Mixed_5b.branch', 'conv2d_22'] },
      { op: 'Flatten', name: 'node_flatten', scopes: ['', 'flatten'] },
    ],
    expected: [
      'layer4.1.conv2 / Conv',
      'layer4.1.relu / Relu',
      'layer4.1.conv3 / Conv',
      'layer4.1.relu:1 / Relu',
      'Mixed_5b.branch_1 / Conv',
      'Mixed_5b.branch / Conv',
      ' / Flatten',
    ],
  },
  {
    exporter: 'PyTorch with dynamo: nodes without scopes take their neighbours’ or their parameter’s',
    steps: [
      { op: 'Conv', name: 'node_Conv_648', weight: 'conv1.weight' },
      { op: 'Relu', name: 'node_relu', scopes: ['', 'relu', 'relu'] },
      { op: 'Conv', name: 'node_Conv_649', weight: 'layer1.0.conv1.weight' },
      { op: 'Mul', name: 'node_Mul_7', reads: ['902', '902'] },
      { op: 'Relu', name: 'node_relu_1', scopes: ['', 'layer1', 'layer1.0', 'layer1.0.relu', 'relu_1'] },
      { op: 'Sigmoid', name: 'node_Sigmoid_8' },
      { op: 'Tanh', name: 'node_tanh', scopes: ['', 'layer1', 'layer1.1', 'tanh'] },
      { op: 'Tanh', name: 'node_Tanh_9' },
    ],
    expected: [
      'conv1 / Conv',
      'relu / Relu',
      'layer1.0.conv1 / Conv',
      'layer1.0 / Mul',
      'layer1.0.relu / Relu',
      'layer1 / Sigmoid',
      'layer1.1 / Tanh',
      'layer1.1 / Tanh_1',
    ],
  },
  {
    exporter: 'PyTorch before 1.13: numbers, and weights with names',
    steps: [
      conv('Conv_41', 'layer4.1.conv2.weight'),
      relu('Relu_42'),
      { op: 'BatchNormalization', name: 'BatchNormalization_43', weight: 'layer4.1.bn2.bias' },
      conv('Conv_44', '193'),
      conv('Conv_45', '196'),
    ],
    expected: ['layer4.1.conv2 / Conv', ' / Relu_0', 'layer4.1.bn2 / BatchNormalization', ' / Conv_0', ' / Conv_1'],
  },
  {
    exporter: 'tf2onnx, Keras',
    steps: [
      conv('StatefulPartitionedCall/resnet50/conv1_conv/Conv2D', 'a'),
      {
        ...relu('StatefulPartitionedCall/resnet50/conv5_block3_out/Relu'),
        value: 'StatefulPartitionedCall/resnet50/conv5_block3_out/Relu:0',
      },
    ],
    expected: ['resnet50.conv1_conv / Conv2D', 'resnet50.conv5_block3_out / Relu'],
  },
  {
    exporter: 'MXNet',
    steps: [
      { ...conv('resnetv15_stage1_conv0_fwd', 'resnetv15_stage1_conv0_weight'), value: 'resnetv15_stage1_conv0_fwd' },
      relu('resnetv15_stage1_relu0_fwd'),
    ],
    expected: ['resnetv15_stage1_conv0_fwd / Conv', 'resnetv15_stage1_relu0_fwd / Relu'],
  },
  {
    exporter: 'Caffe: names of values',
    steps: [
      { op: 'Conv', weight: 'conv1_1_w_0', value: 'conv1_1' },
      { op: 'Conv', name: '7', weight: 'conv1_2_w_0', value: 'conv1_2' },
      { op: 'Concat', name: '', reads: ['conv1_1', 'conv1_2'], value: 'inception_3a/output' },
    ],
    expected: ['conv1_1 / Conv', 'conv1_2 / Conv', 'inception_3a.output / Concat'],
  },
  {
    exporter: 'Paddle: names of values',
    steps: [
      { op: 'Conv', name: 'p2o.Conv.0', weight: 'conv2d_52.w_0', value: 'conv2d_52.tmp_0' },
      { op: 'Conv', name: 'Conv_0', weight: 'conv2d_53.w_0', value: 'conv2d_53.tmp_0' },
    ],
    expected: ['conv2d_52.tmp_0 / Conv', 'conv2d_53.tmp_0 / Conv'],
  },
  {
    exporter: 'none: operator and number',
    steps: [{ op: 'Conv', weight: 'w' }, { op: 'Relu' }, { op: 'Relu', name: 'relu.3' }],
    expected: [' / Conv_0', ' / Relu_0', ' / Relu_1'],
  },
  {
    exporter: 'hostile names',
    steps: [
      { op: '(', name: '(_1', value: '(' },
      { op: 'Relu', name: '/' },
      { op: 'Relu', name: '//' },
      { op: 'Relu', name: '///' },
    ],
    expected: [' / (_0', ' / Relu', ' / Relu_1', ' / Relu_2'],
  },
]

describe('module paths', () => {
  it.each(EXPORTERS)('$exporter', ({ steps, expected }) => {
    expect(places(steps)).toEqual(expected)
  })

  it('take no notice of nodes that parameters grow by', () => {
    const g = new GraphBuilder()
    const grown = g.node('Mul', [g.weight([2, 2, 1, 1]), g.weight([1])], {}, { name: '/conv/Mul' })
    g.node('Conv', [g.input('x', [1, 2, 4, 4]), grown], {}, { name: '/conv/Conv', outputs: ['y'] })
    const graphIndex = indexGraph(g.output('y').build())
    expect([...placeNodes(graphIndex).values()].map(place => place.label)).toEqual(['Conv'])
    expect(
      hookPoints(graphIndex, inferShapes(graphIndex, new Map([['x', [1, 2, 4, 4]]]))).map(point => point.path),
    ).toEqual(['conv'])
  })
})

it('what of a name would act on a terminal is written out', () => {
  expect(places([{ op: 'Relu', name: '/a\u001b[2J/b\u202e/Relu' }])).toEqual(['a\\u001b[2J.b\\u202e / Relu'])
})

describe('hook points', () => {
  it('a composite stands for the last value that leaves it, its operators for themselves', () => {
    const steps: Step[] = [
      conv('/block/unit/Conv', 'a'),
      relu('/block/unit/Relu'),
      { op: 'Add', name: '/block/Add', reads: ['901', 'x'] },
      relu('/Relu'),
    ]
    expect(paths(steps)).toEqual(['block.unit.Conv', 'block.unit', '= block.unit.Relu', 'block', '= block.Add', 'Relu'])
  })

  it('a module called twice is its last call', () => {
    const steps = [relu('/b/relu/Relu'), conv('/b/conv/Conv', 'a'), relu('/b/relu_1/Relu')]
    expect(paths(steps)).toEqual([
      ...['b.relu:0', '= b.relu:0.Relu', 'b.conv', '= b.conv.Conv'],
      ...['b.relu:1', '= b.relu', '= b.relu:1.Relu', 'b'],
    ])
  })

  it('the network’s output leaves its module though nothing reads it', () => {
    expect(paths([conv('/head/conv/Conv', 'a'), relu('/head/act/Relu')])).toContain('head')
  })

  it('two functional operators of one type in a module are told apart', () => {
    const scopes = (last: string) => ['', 'layer1', last]
    const steps: Step[] = [
      { op: 'Relu', name: 'node_relu', scopes: scopes('relu') },
      { op: 'Conv', name: 'node_conv', weight: 'w', scopes: ['', 'layer1', 'layer1.conv', 'conv2d'] },
      { op: 'Relu', name: 'node_relu_1', scopes: scopes('relu_1') },
    ]
    expect(paths(steps)).toEqual(['layer1.Relu', 'layer1.conv', '= layer1.conv.Conv', 'layer1', '= layer1.Relu_1'])
  })

  it('integers and values of unknown shape are none', () => {
    const { graphIndex, shapes } = network([{ op: 'Shape', name: '/Shape' }])
    expect(hookPoints(graphIndex, shapes)).toEqual([])
    const mystery = network([relu('/a/Relu'), { op: 'Mystery', name: '/b/Mystery' }])
    expect(hookPoints(mystery.graphIndex, mystery.shapes).map(({ path }) => path)).toEqual(['a'])
  })
})
