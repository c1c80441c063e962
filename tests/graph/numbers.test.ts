import { describe, expect, it } from 'vitest'
import { HookscopeError } from '../../src/errors'
import { indexGraph } from '../../src/graph/graph-index'
import { atNode } from '../../src/graph/numbers'
import { inferShapes } from '../../src/graph/shapes'
import { GraphBuilder } from '../support/build'

const named = { name: 'here', outputs: ['y'] }
const INT64 = 2 ** 63

type Build = (g: GraphBuilder) => unknown

const x = (g: GraphBuilder) => g.input('x', [1, 4, 6, 6])

/** What each operator's numbers may not be, and how the sentence goes on after the node. */
const REFUSED: readonly [string, Build, string, number?][] = [
  [
    'Slice',
    g => g.node('Slice', [x(g), g.ints([0]), g.ints([1]), g.ints([2147483647])], {}, named),
    'has the axis 2147483647, and its value has 4 axes',
  ],
  ['Slice', g => g.node('Slice', [x(g), g.ints([0]), g.ints([1]), g.ints([1e8])], {}, named), 'has the axis 100000000'],
  ['Slice', g => g.node('Slice', [x(g)], { starts: [0], ends: [1], axes: [-5] }, named), 'has the axis -5', 9],
  [
    'Slice',
    g => g.node('Slice', [x(g), g.ints([0, 0]), g.ints([1, 1]), g.ints([2, -2])], {}, named),
    'names an axis twice ([2, -2])',
  ],
  [
    'Slice',
    g => g.node('Slice', [x(g), g.ints([0]), g.ints([2]), g.ints([0]), g.ints([0])], {}, named),
    'cuts in steps of 0',
  ],
  [
    'Slice',
    g => g.node('Slice', [x(g), g.ints([0, 0]), g.ints([1]), g.ints([2, 3])], {}, named),
    'cuts 2 axes and has 1 bounds',
  ],
  [
    'Split',
    g => g.node('Split', [x(g), g.ints([2, -2])], { axis: 1 }, { name: 'here', outputs: ['y', 'z'] }),
    'has the sizes of its parts -2',
  ],
  [
    'Split',
    g => g.node('Split', [x(g), g.ints([3, 3])], { axis: 1 }, { name: 'here', outputs: ['y', 'z'] }),
    'splits 4 places into [3, 3]',
  ],
  [
    'Split',
    g => g.node('Split', [x(g), g.ints([4])], { axis: 1 }, { name: 'here', outputs: ['y', 'z'] }),
    'has 1 numbers for the sizes of its parts where 2 belong',
  ],
  ['Split', g => g.node('Split', [x(g)], { axis: 9 }, { name: 'here', outputs: ['y', 'z'] }), 'has the axis 9'],
  [
    'TopK',
    g => g.node('TopK', [x(g), g.ints([7])], {}, { name: 'here', outputs: ['y', 'z'] }),
    'picks the best 7 of 6 places',
  ],
  [
    'TopK',
    g => g.node('TopK', [x(g), g.ints([-1])], {}, { name: 'here', outputs: ['y', 'z'] }),
    'picks the best -1 of 6 places',
  ],
  [
    'TopK',
    g => g.node('TopK', [x(g), g.ints([1])], { axis: 4 }, { name: 'here', outputs: ['y', 'z'] }),
    'has the axis 4',
  ],
  ['Gather', g => g.node('Gather', [g.ints([1, 2]), g.ints([2])], {}, named), 'asks for place 2 of 2'],
  ['Gather', g => g.node('Gather', [x(g), g.ints([0])], { axis: INT64 }, named), 'has the axis 9223372036854776000'],
  ['GatherND', g => g.node('GatherND', [x(g), g.ints([0, 0, 0, 0, 0])], {}, named), 'indexes the axes 0 to 5 of 4'],
  ['ConstantOfShape', g => g.node('ConstantOfShape', [g.ints([-3])], {}, named), 'would make a value of [-3]'],
  [
    'ConstantOfShape',
    g => g.node('ConstantOfShape', [g.ints([2 ** 40])], {}, named),
    'would make a value of [1099511627776]',
  ],
  ['Unsqueeze', g => g.node('Unsqueeze', [x(g), g.ints([9])], {}, named), 'has the axis 9, and its value has 5 axes'],
  ['Unsqueeze', g => g.node('Unsqueeze', [x(g), g.ints([0, 0])], {}, named), 'names an axis twice'],
  ['Squeeze', g => g.node('Squeeze', [x(g), g.ints([4])], {}, named), 'has the axis 4'],
  ['Transpose', g => g.node('Transpose', [x(g)], { perm: [0, 1, 2, 2] }, named), 'names an axis twice'],
  ['Transpose', g => g.node('Transpose', [x(g)], { perm: [0, 1] }, named), 'has the order [0, 1] for 4 axes'],
  ['Concat', g => g.node('Concat', [x(g), 'x'], { axis: 4 }, named), 'has the axis 4'],
  ['Flatten', g => g.node('Flatten', [x(g)], { axis: 5 }, named), 'has the axis 5'],
  ['Reshape', g => g.node('Reshape', [x(g), g.ints([5, -1])], {}, named), 'would make a value of [5, 28.8]'],
  ['Reshape', g => g.node('Reshape', [x(g), g.ints([-1, -1])], {}, named), 'would make a value of'],
  ['Reshape', g => g.node('Reshape', [x(g), g.ints([1, 5])], {}, named), 'makes [1, 5] of [1, 4, 6, 6]'],
  ['Reshape', g => g.node('Reshape', [g.input('v', [4]), g.ints([4, 0])], {}, named), 'copies the axis 1 of 1'],
  ['Tile', g => g.node('Tile', [x(g), g.ints([1, -1, 1, 1])], {}, named), 'has its repetitions -1'],
  ['Pad', g => g.node('Pad', [x(g), g.ints([1, 1])], {}, named), 'has 2 numbers for its amounts where 8 belong'],
  [
    'Pad',
    g => g.node('Pad', [x(g), g.ints([0, 0, -4, 0, 0, 0, -4, 0])], {}, named),
    'would make a value of [1, 4, -2, 6]',
  ],
  ['DepthToSpace', g => g.node('DepthToSpace', [x(g)], { blocksize: 0 }, named), 'has the block size 0'],
  [
    'SpaceToDepth',
    g => g.node('SpaceToDepth', [x(g)], { blocksize: 4 }, named),
    'would make a value of [1, 64, 1.5, 1.5]',
  ],
  ['ReduceMean', g => g.node('ReduceMean', [x(g)], { axes: [7] }, named), 'has the axis 7'],
  ['ArgMax', g => g.node('ArgMax', [x(g)], { axis: -5 }, named), 'has the axis -5'],
  ['Resize', g => g.node('Resize', [x(g), '', '', g.ints([1, 4, -6, 6])], {}, named), 'has the size -6'],
  [
    'Resize',
    g => g.node('Resize', [x(g), '', g.weight([2], [1, 2])], {}, named),
    'resizes 4 axes and has 2 numbers for it',
  ],
  [
    'Range',
    g => g.node('Range', [g.ints([0], []), g.ints([4], []), g.ints([0], [])], {}, named),
    'counts in steps of 0',
  ],
  [
    'LayerNormalization',
    g => g.node('LayerNormalization', [x(g), g.weight([6])], { axis: 4 }, named),
    'has the axis 4',
  ],
  ['MaxPool', g => g.node('MaxPool', [x(g)], { kernel_shape: [9, 9] }, named), 'would make a value of [1, 4, -2, -2]'],
  ['MaxPool', g => g.node('MaxPool', [x(g)], { kernel_shape: [2, 2], strides: [0, 1] }, named), 'has the stride 0'],
  [
    'MaxPool',
    g => g.node('MaxPool', [x(g)], { kernel_shape: [2, 2], pads: [1, 1] }, named),
    'has 2 numbers for the padding where 4 belong',
  ],
  ['LpPool', g => g.node('LpPool', [x(g)], { kernel_shape: [2, -2] }, named), 'has the kernel size -2'],
  [
    'Conv',
    g => g.node('Conv', [x(g), g.weight([4, 4, 1, 1])], { dilations: [2 ** 31, 1] }, named),
    'has the dilation 2147483648',
  ],
  [
    'ConvTranspose',
    g => g.node('ConvTranspose', [x(g), g.weight([4, 4, 1, 1])], { strides: [-1, 1] }, named),
    'has the stride -1',
  ],
  [
    'ConvTranspose',
    g => g.node('ConvTranspose', [x(g), g.weight([4, 4, 1, 1])], { output_padding: [1] }, named),
    'has 1 numbers for the output padding where 2 belong',
  ],
]

describe('a number that cannot be is refused by its node, in little time', () => {
  it.each(REFUSED)(
    '%s %#: %3$s',
    (op, build, says, opset = 17) => {
      const g = new GraphBuilder(opset)
      build(g)
      const fed = new Map([...g.feeds].map(([name, { dims }]) => [name, dims]))
      const graphIndex = indexGraph(g.build())
      const work = () => inferShapes(graphIndex, fed)
      expect(work).toThrow(HookscopeError)
      expect(work).toThrow(`${op} "here" ${says}`)
    },
    10_000,
  )
})

it('open ends of a slice, past what a number holds, are the ends of the value', () => {
  const g = new GraphBuilder()
  g.node('Slice', [x(g), g.ints([-INT64, 1]), g.ints([2 ** 62, 2 ** 62]), g.ints([1, 2])], {}, named)
  const shapes = inferShapes(indexGraph(g.build()), new Map([['x', [1, 4, 6, 6]]]))
  expect(shapes.get('y')?.dims).toEqual([1, 4, 5, 6])
})

it('what nobody foresaw becomes a sentence that names the node, its cause kept', () => {
  const g = new GraphBuilder()
  g.node('Relu', [x(g)], {}, named)
  const [node] = g.build().nodes
  const fault = new RangeError('Invalid array length')
  const work = () =>
    node &&
    atNode(node, () => {
      throw fault
    })
  expect(work).toThrow(
    expect.objectContaining({
      name: 'HookscopeError',
      code: 'unsupported-op',
      message: 'Relu "here" cannot be worked out (Invalid array length). Export it in another form.',
      cause: fault,
    }),
  )
})
