import { describe, expect, it } from 'vitest'
import { float } from '../../src/graph/attributes'
import { indexGraph } from '../../src/graph/graph-index'
import { inferShapes } from '../../src/graph/shapes'
import { floatTensor, intTensor } from '../../src/graph/tensors'
import { GraphBuilder } from '../support/build'
import { runGraph } from '../support/execute'

interface ShapeCase {
  readonly name: string
  readonly opset?: number
  readonly build: (g: GraphBuilder) => void
}

/** Shape → Gather → Unsqueeze → Concat → Reshape, as PyTorch writes `x.view(x.size(0), -1)`. */
function view(g: GraphBuilder): void {
  const x = g.node('Relu', [g.input('x', [2, 3, 4, 5])])
  const size = g.node('Gather', [g.node('Shape', [x]), g.ints([0], [])], { axis: 0 })
  const unsqueeze = (value: string) =>
    g.opset < 13 ? g.node('Unsqueeze', [value], { axes: [0] }) : g.node('Unsqueeze', [value, g.ints([0])])
  const rest = g.node('Constant', [], { value: { kind: 'tensor', value: int64(-1) } })
  g.node('Reshape', [x, g.node('Concat', [unsqueeze(size), unsqueeze(rest)], { axis: 0 })])
}

const int64 = (value: number) =>
  ({ type: 'int64', dims: [], bytes: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer) }) as const

const each = (
  op: string,
  list: readonly Parameters<GraphBuilder['node']>[2][],
  dims: readonly number[],
  opset = 17,
): ShapeCase => ({
  name: `${op}, opset ${opset}`,
  opset,
  build: g => {
    g.input('x', dims)
    for (const attributes of list) g.node(op, ['x'], attributes)
  },
})

/** One node a list of integer inputs after x. */
const withInts = (
  op: string,
  dims: readonly number[],
  lists: readonly (readonly (readonly number[])[])[],
  attributes = {},
  opset = 17,
): ShapeCase => ({
  name: `${op} with inputs, opset ${opset}`,
  opset,
  build: g => {
    g.input('x', dims)
    for (const list of lists)
      g.node(op, ['x', ...list.map(values => (values.length > 0 ? g.ints(values) : ''))], attributes)
  },
})

const CASES: readonly ShapeCase[] = [
  ...[11, 13, 17].map(opset => ({ name: `a view by Shape arithmetic, opset ${opset}`, opset, build: view })),
  {
    name: 'arithmetic with sizes: half the height, a slice of the shape',
    build: g => {
      const x = g.node('Relu', [g.input('x', [2, 6, 8, 10])])
      const shape = g.node('Shape', [x])
      const tail = g.node('Slice', [shape, g.ints([-2]), g.ints([2 ** 31]), g.ints([0])])
      const half = g.node('Div', [tail, g.ints([2])])
      const twice = g.node('Mul', [g.node('Sub', [g.node('Add', [half, g.ints([3, 3])]), g.ints([3])]), g.ints([2])])
      const parts = g.node('Shape', [x], { start: 1, end: -2 })
      const merged = g.node('Concat', [g.ints([-1]), parts, g.node('Cast', [twice], { to: 7 })], { axis: -1 })
      g.node('Reshape', [x, merged])
      g.node('Reshape', [x, g.node('Squeeze', [g.node('Unsqueeze', [g.ints([0, -1]), g.ints([0])]), g.ints([0])])])
    },
  },
  {
    name: 'convolutions',
    build: g => {
      g.input('x', [2, 4, 9, 11])
      const w = g.weight([6, 2, 3, 2])
      g.node('Conv', ['x', w], { group: 2 })
      g.node('Conv', ['x', w], { group: 2, strides: [2, 3], pads: [2, 0, 1, 1], dilations: [2, 3] })
      for (const auto_pad of ['SAME_UPPER', 'SAME_LOWER', 'VALID']) {
        g.node('Conv', ['x', w], { group: 2, strides: [2, 3], auto_pad })
        g.node('Conv', ['x', w], { group: 2, strides: [4, 4], auto_pad })
      }
      const back = g.weight([4, 3, 3, 2])
      g.node('ConvTranspose', ['x', back])
      g.node('ConvTranspose', ['x', back], {
        strides: [2, 3],
        pads: [1, 0, 0, 1],
        output_padding: [1, 2],
        dilations: [2, 1],
      })
      g.node('ConvTranspose', ['x', g.weight([4, 3, 2, 2])], { group: 2, strides: [2, 2] })
    },
  },
  each(
    'Slice',
    [
      { starts: [1], ends: [3] },
      { axes: [1, -1], starts: [-3, 0], ends: [-1, 100] },
    ],
    [4, 5, 6],
    9,
  ),
  withInts(
    'Slice',
    [4, 5, 6],
    [
      [[1], [3]],
      [
        [-3, 0],
        [-1, 2 ** 40],
        [1, -1],
      ],
      [
        [0, -1],
        [5, -100],
        [2, 1],
        [2, -2],
      ],
      [[3], [1], [0]],
      [
        [-100, 2],
        [100, -4],
        [0, 2],
        [3, 1],
      ],
      [[4], [0], [1], [-3]],
    ],
  ),
  each('Transpose', [{}, { perm: [1, 2, 0] }, { perm: [2, 0, 1] }], [2, 3, 4]),
  each('Flatten', [{}, { axis: 0 }, { axis: 2 }, { axis: 3 }, { axis: -1 }], [2, 3, 4]),
  each('Squeeze', [{}, { axes: [1] }, { axes: [-1] }], [2, 1, 3, 1], 11),
  withInts('Squeeze', [2, 1, 3, 1], [[], [[1]], [[-1, 1]]]),
  each('Unsqueeze', [{ axes: [0] }, { axes: [1, 4] }, { axes: [-1] }], [2, 3, 4], 11),
  withInts('Unsqueeze', [2, 3], [[[0]], [[3, 0]], [[-1, -2]]]),
  withInts('Reshape', [2, 3, 4], [[[-1]], [[0, -1]], [[4, 0, 2]], [[1, 2, 3, 4, 1]]]),
  each('ReduceMean', [{}, { axes: [2, 3] }, { axes: [-1, -2], keepdims: 0 }, { keepdims: 0 }], [2, 3, 4, 5], 13),
  each('ReduceSum', [{ axes: [1] }, { axes: [0, -1], keepdims: 0 }], [2, 3, 4], 11),
  withInts('ReduceSum', [2, 3, 4], [[], [[1]], [[0, -1]]], { keepdims: 0 }),
  withInts('ReduceSum', [2, 3, 4], [[], [[2]]], { noop_with_empty_axes: 1 }, 13),
  withInts('ReduceMax', [2, 3, 4], [[[-2]]], {}, 18),
  each('Pad', [{ pads: [0, 1, 2, 0, 3, 0] }, { pads: [0, 0, -1, 0, 0, -1] }], [2, 3, 4], 9),
  withInts('Pad', [2, 3, 4], [[[0, 1, 2, 0, 3, 0]], [[0, 0, -1, 0, 0, 4]]]),
  withInts(
    'Pad',
    [2, 3, 4],
    [
      [[1, 2, 3, 4], [], [2, 0]],
      [[1, 2], [], [-2]],
    ],
    {},
    18,
  ),
  withInts('Gather', [4, 5, 6], [[[0, 1, 1]], [[-1]]], { axis: 1 }),
  {
    name: 'Gather by a scalar and by a matrix',
    build: g => {
      g.node('Gather', [g.input('x', [4, 5, 6]), g.ints([2], [])], { axis: -1 })
      g.node('Gather', ['x', g.ints([0, 1, 2, 3, 0, 1], [2, 3])])
    },
  },
  {
    name: 'products',
    build: g => {
      g.input('m', [3, 4])
      g.input('batch', [2, 1, 3, 4])
      g.input('v', [4])
      for (const [a, b] of [
        ['m', 'v'],
        ['v', 'v'],
        ['batch', 'v'],
        ['m', g.weight([4, 5])],
        ['batch', g.weight([6, 4, 5])],
        ['v', g.weight([2, 4, 5])],
      ])
        g.node('MatMul', [a ?? '', b ?? ''])
      g.node('Gemm', ['m', g.weight([4, 6]), g.weight([6])])
      g.node('Gemm', ['m', g.weight([6, 3])], { transA: 1, transB: 1, alpha: float(2) })
    },
  },
  {
    name: 'broadcasting',
    build: g => {
      g.input('x', [2, 1, 4])
      const y = g.input('y', [3, 1])
      for (const op of ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Sum', 'Mean']) g.node(op, ['x', y])
      const greater = g.node('Greater', ['x', g.weight([])])
      g.node('Where', [greater, y, g.weight([])])
      g.node('Max', ['x', y, g.weight([2, 3, 4])])
      g.node('Equal', ['x', y])
      g.node('Concat', ['x', g.weight([2, 5, 4]), 'x'], { axis: -2 })
    },
  },
  {
    name: 'one value in, one of its shape out',
    build: g => {
      g.input('x', [1, 3, 4, 4])
      const channels = [0, 1, 2].map(() => g.weight([3]))
      for (const op of ['Relu', 'Sigmoid', 'Tanh', 'Erf', 'Clip', 'Softmax', 'HardSwish', 'Identity', 'Round', 'Sign'])
        g.node(op, ['x'])
      g.node('BatchNormalization', ['x', ...channels, g.weight([3], [1, 2, 3])])
      g.node('PRelu', ['x', g.weight([3, 1, 1])])
      g.node('Dropout', ['x'], {}, { outputs: ['dropped', 'mask'] })
      g.node('Cast', ['x'], { to: 7 })
      g.node('GlobalAveragePool', ['x'])
      g.node('GlobalMaxPool', ['x'])
      g.node('MaxPool', ['x'], { kernel_shape: [2, 2] }, { outputs: ['pooled', 'places'] })
    },
  },
  {
    name: 'parts of a Split by attribute',
    opset: 11,
    build: g => {
      g.node('Split', [g.input('x', [2, 4, 3])], { split: [1, 2, 1], axis: 1 }, { outputs: ['a', 'b', 'c'] })
    },
  },
  {
    name: 'parts of a Split',
    opset: 13,
    build: g => {
      const x = g.input('x', [6, 7])
      g.node('Split', [x], {}, { outputs: ['a', 'b', 'c'] })
      g.node('Split', [x, g.ints([1, 4, 2])], { axis: -1 }, { outputs: ['d', 'e', 'f'] })
    },
  },
  {
    name: 'parts of a Split by number, the last smaller',
    opset: 18,
    build: g => {
      g.node('Split', [g.input('x', [6, 7])], { axis: 1, num_outputs: 3 }, { outputs: ['a', 'b', 'c'] })
      const shape = g.node('Shape', ['x'])
      g.node('Split', [shape, g.ints([1, 1])], {}, { outputs: ['rows', 'columns'] })
      g.node('ConstantOfShape', [g.node('Concat', ['columns', 'rows'], { axis: 0 })])
    },
  },
  {
    name: 'repeating',
    build: g => {
      g.input('x', [2, 1, 3])
      g.node('Expand', ['x', g.ints([4, 1])])
      g.node('Expand', ['x', g.ints([5, 1, 2, 3])])
      g.node('Tile', ['x', g.ints([2, 3, 1])])
      g.node('ConstantOfShape', [g.node('Expand', [g.ints([2]), g.ints([3])])])
      g.node('ConstantOfShape', [g.node('Tile', [g.ints([2, 5]), g.ints([2])])])
    },
  },
  {
    name: 'resizing',
    build: g => {
      g.input('x', [1, 2, 5, 7])
      const scales = (...list: number[]) => g.weight([list.length], list)
      g.node('Resize', ['x', '', scales(1, 1, 2, 1.5)])
      g.node('Resize', ['x', '', scales(1, 1, 0.3, 0.75)], { mode: 'linear' })
      g.node('Resize', ['x', '', '', g.ints([1, 2, 9, 3])])
    },
  },
  {
    name: 'resizing of some axes',
    opset: 18,
    build: g => {
      g.node('Resize', [g.input('x', [1, 2, 5, 7]), '', '', g.ints([9, 3])], { axes: [3, -2] })
      g.node('Resize', ['x', '', g.weight([1], [2])], { axes: [2] })
    },
  },
  {
    name: 'Upsample',
    opset: 9,
    build: g => {
      g.node('Upsample', [g.input('x', [1, 2, 5, 7]), g.weight([4], [1, 1, 2, 1.5])])
    },
  },
  {
    name: 'Einsum',
    build: g => {
      g.input('a', [2, 3, 4])
      g.input('b', [2, 4, 5])
      g.node('Einsum', ['a', 'b'], { equation: 'bij,bjk->bik' })
      g.node('Einsum', ['a', 'b'], { equation: '...ij, ...jk -> ...ki' })
      g.node('Einsum', ['a', 'b'], { equation: 'xij,xjk' })
      g.node('Einsum', ['a'], { equation: 'ijk->kji' })
      g.node('Einsum', ['a'], { equation: 'ijk->' })
    },
  },
  {
    name: 'places and extremes',
    build: g => {
      g.input('x', [2, 4, 3])
      g.node('ArgMax', ['x'], { axis: 1 })
      g.node('ArgMax', ['x'], { axis: -1, keepdims: 0 })
      g.node('TopK', ['x', g.ints([2])], { axis: 1 }, { outputs: ['most', 'where'] })
      g.node('GatherElements', ['x', g.ints([0, 1, 0, 1], [1, 4, 1])], { axis: 0 })
      g.node('GatherND', ['x', g.ints([0, 1, 1, 3], [2, 2])])
      g.node('ScatterND', ['x', g.ints([0, 1], [1, 2]), g.weight([1, 3])])
    },
  },
  {
    name: 'normalizations and blocks',
    opset: 18,
    build: g => {
      const x = g.input('x', [2, 8, 4, 6])
      g.node('LayerNormalization', [x, g.weight([4, 6])], { axis: 2 }, { outputs: ['y', 'mean', 'inverse'] })
      g.node('GroupNormalization', [x, g.weight([2]), g.weight([2])], { num_groups: 2 })
      g.node('InstanceNormalization', [x, g.weight([8]), g.weight([8])])
      g.node('LRN', [x], { size: 3 })
      g.node('DepthToSpace', [x], { blocksize: 2 })
      g.node('SpaceToDepth', [x], { blocksize: 2 })
      const whole = g.node('QuantizeLinear', [x, g.weight([], [0.1])])
      g.node('DequantizeLinear', [whole, g.weight([], [0.1])])
    },
  },
  {
    name: 'arithmetic with sizes: what a constant holds is followed through every operator',
    build: g => {
      const x = g.input('x', [2, 6, 8, 10])
      const shape = g.node('Shape', [x])
      const show = (value: string) => g.node('ConstantOfShape', [value])
      const last = g.node('Slice', [shape, g.ints([-1]), g.ints([-5]), g.ints([0]), g.ints([-2])])
      show(last)
      const real = g.node('Cast', [last], { to: 1 })
      const grown = g.node('Floor', [g.node('Mul', [real, g.weight([1], [0.37])])])
      show(g.node('Cast', [grown], { to: 7 }))
      show(g.node('Cast', [g.node('Ceil', [g.node('Div', [real, g.weight([], [3])])])], { to: 7 }))
      show(g.node('Cast', [g.node('Round', [g.node('Div', [real, g.weight([], [4])])])], { to: 7 }))
      show(g.node('Cast', [g.node('Sqrt', [real])], { to: 7 }))
      show(g.node('Div', [g.node('Neg', [last]), g.ints([-3])]))
      show(g.node('Mod', [last, g.ints([4])]))
      show(g.node('Max', [last, g.ints([7])]))
      show(g.node('Min', [last, g.ints([7])]))
      show(g.node('Where', [g.node('Greater', [last, g.ints([7])]), g.ints([1, 2]), last]))
      show(g.node('Where', [g.node('Not', [g.node('Equal', [last, g.ints([10])])]), g.ints([3]), last]))
      show(g.node('ReduceProd', [last], { keepdims: 1 }))
      show(g.node('ReduceSum', [last, g.ints([0])]))
      show(g.node('ReduceMax', [last], { keepdims: 1 }))
      show(g.node('Unsqueeze', [g.node('Size', [last]), g.ints([0])]))
      show(g.node('Range', [g.ints([1], []), g.ints([6], []), g.ints([2], [])]))
      show(g.node('Pow', [last, g.ints([2])]))
      show(g.node('Abs', [g.node('Sub', [last, g.ints([9])])]))
      const table = g.ints([1, 2, 3, 4, 5, 6], [3, 2])
      const flat = (value: string) => g.node('Reshape', [value, g.ints([-1])])
      show(flat(g.node('Transpose', [table])))
      show(flat(g.node('Slice', [table, g.ints([-1]), g.ints([-9]), g.ints([0]), g.ints([-1])])))
      show(flat(g.node('Concat', [table, g.ints([7, 8, 9], [3, 1])], { axis: 1 })))
      show(flat(g.node('Gather', [table, g.ints([1, 0])], { axis: 1 })))
      show(flat(g.node('ReduceSum', [table, g.ints([1])])))
      const threes = g.node('ConstantOfShape', [g.ints([2])], { value: { kind: 'tensor', value: intTensor([3]) } })
      show(threes)
      show(g.node('Constant', [], { value_ints: [2, 3] }))
      show(g.node('Cast', [g.node('Constant', [], { value_floats: { kind: 'floats', value: [2.5, 3] } })], { to: 7 }))
      show(g.node('Reshape', [g.node('Constant', [], { value_int: 4 }), g.ints([1])]))
    },
  },
  {
    name: 'padding as the older exporter writes it for odd amounts',
    opset: 11,
    build: g => {
      const x = g.input('x', [1, 2, 5, 6])
      const rest = g.node('ConstantOfShape', [g.ints([4])], { value: { kind: 'tensor', value: intTensor([0]) } })
      const all = g.node('Concat', [g.ints([1, 2, 0, 3]), rest], { axis: 0 })
      const pairs = g.node('Reshape', [all, g.ints([-1, 2])])
      const turned = g.node('Slice', [pairs, g.ints([-1]), g.ints([-(2 ** 40)]), g.ints([0]), g.ints([-1])])
      const sorted = g.node('Reshape', [g.node('Transpose', [turned], { perm: [1, 0] }), g.ints([-1])])
      g.node('Pad', [x, g.node('Cast', [sorted], { to: 7 })])
    },
  },
]

function inferred(g: GraphBuilder) {
  const graph = g.build()
  const values = graph.nodes.flatMap(node => node.outputs)
  const shapes = inferShapes(indexGraph(graph), new Map([...g.feeds].map(([name, { dims }]) => [name, dims])))
  return { graph, values, shapes }
}

async function expectEngineAgrees(g: GraphBuilder): Promise<void> {
  const { graph, values, shapes } = inferred(g)
  const real = await runGraph(graph, g.feeds, values, value => value.dims)
  expect(Object.fromEntries(values.map(name => [name, shapes.get(name)?.dims]))).toEqual(Object.fromEntries(real))
}

describe('shapes are those that the engine gives', () => {
  it.each(CASES)('$name', async ({ name, opset, build }) => {
    const g = new GraphBuilder(opset ?? 17, name)
    build(g)
    await expectEngineAgrees(g)
  })

  it.each([11, 17, 19])('two hundred pools drawn at random, opset %i', async opset => {
    const g = new GraphBuilder(opset, `pools ${opset}`)
    g.input('x', [1, 1, 13, 10])
    const pick = (from: number, to: number) => Math.floor(g.random(1, from, to)[0] ?? 0)
    const pair = (from: number, to: number) => [pick(from, to), pick(from, to)]
    for (let i = 0; i < 200; i++) {
      const kernel = pair(1, 5)
      const op = i % 2 === 0 ? 'MaxPool' : 'AveragePool'
      const ceil_mode = pick(0, 2)
      const pads = [...kernel, ...kernel].map(size => pick(0, size))
      const dilations = op === 'MaxPool' || opset >= 19 ? { dilations: pair(1, 3) } : {}
      const auto_pad = ['SAME_UPPER', 'SAME_LOWER', 'VALID'][pick(0, 3)] ?? ''
      // The engine refuses SAME where the stride is longer than the kernel.
      const shorter = kernel.map(size => pick(1, size + 1))
      if (i % 4 < 2) g.node(op, ['x'], { kernel_shape: kernel, strides: pair(1, 5), ceil_mode, pads, ...dilations })
      else g.node(op, ['x'], { kernel_shape: kernel, strides: shorter, auto_pad })
    }
    await expectEngineAgrees(g)
  })
})

describe('what cannot be told', () => {
  const known = (build: (g: GraphBuilder) => string) => {
    const g = new GraphBuilder()
    const value = build(g)
    return inferred(g).shapes.get(value)
  }

  it.each<[string, (g: GraphBuilder) => string]>([
    ['an operator without a rule', g => g.node('Mystery', [g.input('x', [2])])],
    ['an operator of another domain', g => g.node('Relu', [g.input('x', [2])], {}, { domain: 'com.example' })],
    ['what follows it', g => g.node('Relu', [g.node('Mystery', [g.input('x', [2])])])],
    [
      'a shape made from values',
      g => g.node('Reshape', [g.input('x', [4]), g.node('Cast', [g.input('y', [2])], { to: 7 })]),
    ],
    ['sizes that do not fit', g => g.node('Add', [g.input('x', [2]), g.input('y', [3])])],
    [
      'a slice or a padding over axes made from values',
      g => {
        const axes = g.node('Cast', [g.input('a', [1])], { to: 7 })
        g.node('Pad', [g.input('x', [2, 2]), g.ints([1, 1]), '', axes], {}, { outputs: ['padded'] })
        const sliced = g.node('Slice', ['x', g.ints([0]), g.ints([2]), g.ints([0]), axes])
        return g.node('Concat', [sliced, 'padded'], { axis: 0 })
      },
    ],
  ])('%s', (_, build) => {
    expect(known(g => build(g))).toBeUndefined()
  })

  it('constants past 64 elements are not followed, but their shapes are', () => {
    const g = new GraphBuilder()
    g.constant('many', floatTensor([65], new Float32Array(65)))
    g.ints(Array.from({ length: 65 }, (_, i) => i))
    const forty = g.ints(Array.from({ length: 40 }, (_, i) => i))
    const eighty = g.node('Concat', [forty, forty], { axis: 0 })
    expect(inferred(g).shapes.get(forty)?.content).toHaveLength(40)
    expect(inferred(g).shapes.get(eighty)).toEqual({ type: 'int64', dims: [80] })
    expect(inferred(g).shapes.get('many')?.dims).toEqual([65])
    expect(inferred(g).shapes.get('i1')?.content).toBeUndefined()
  })
})
