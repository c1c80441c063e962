import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

interface Bounds {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly axes?: readonly number[]
  readonly steps?: readonly number[]
}

const slice = (name: string, dims: readonly number[], bounds: Bounds, opset = 17): GradientCase => ({
  name: `Slice: ${name}, opset ${opset}`,
  opset,
  build: g => {
    const x = g.input('x', dims)
    const { starts, ends, axes, steps } = bounds
    if (opset < 10) return g.node('Relu', [g.node('Slice', [x], { starts, ends, ...(axes && { axes }) })])
    const last = steps ? [axes ? g.ints(axes) : '', g.ints(steps)] : axes ? [g.ints(axes)] : []
    return g.node('Relu', [g.node('Slice', [x, g.ints(starts), g.ints(ends), ...last])])
  },
})

const pad = (name: string, pads: readonly number[], mode = 'constant', opset = 17): GradientCase => ({
  name: `Pad: ${name}, opset ${opset}`,
  opset,
  build: g => {
    const x = g.input('x', [2, 3, 4])
    const padded = opset < 11 ? g.node('Pad', [x], { pads, mode }) : g.node('Pad', [x, g.ints(pads)], { mode })
    return g.node('Tanh', [padded])
  },
})

const gather = (
  name: string,
  indices: readonly number[],
  dims: readonly number[],
  axis: number | undefined,
  opset = 17,
): GradientCase => ({
  name: `Gather: ${name}, opset ${opset}`,
  opset,
  build: g =>
    g.node('Tanh', [
      g.node('Gather', [g.input('x', [3, 4, 2]), g.ints(indices, dims)], axis === undefined ? {} : { axis }),
    ]),
})

const split = (name: string, sizes: readonly number[] | number, axis: number, opset: number): GradientCase => ({
  name: `Split: ${name}, opset ${opset}`,
  opset,
  build: g => {
    const x = g.input('x', [2, 7, 6].with(1, typeof sizes === 'number' && opset < 18 ? 6 : 7))
    const count = typeof sizes === 'number' ? sizes : sizes.length
    const outputs = Array.from({ length: count }, (_, i) => `part${i}`)
    const inputs = typeof sizes !== 'number' && opset >= 13 ? [x, g.ints(sizes)] : [x]
    const attributes = {
      axis,
      ...(typeof sizes !== 'number' && opset < 13 && { split: sizes }),
      ...(typeof sizes === 'number' && opset >= 18 && { num_outputs: count }),
    }
    g.node('Split', inputs, attributes, { outputs })
    const curved = outputs.map((part, i) => g.node('Tanh', [g.node('Mul', [part, g.weight([], [i + 0.5])])]))
    return g.node('Concat', curved.reverse(), { axis })
  },
})

export const indexingCases: readonly GradientCase[] = [
  ...[0, 1].flatMap(exclusive =>
    [0, 1].map(reverse => ({
      name: `CumSum: exclusive ${exclusive}, reverse ${reverse}`,
      build: (g: GraphBuilder) => g.node('CumSum', [g.input('x', [2, 4, 3]), g.ints([-2], [])], { exclusive, reverse }),
    })),
  ),
  ...[0, 1].flatMap(upper =>
    [undefined, -1, 1].map(k => ({
      name: `Trilu: upper ${upper}, k ${k ?? 'not given'}`,
      build: (g: GraphBuilder) =>
        g.node('Trilu', [g.input('x', [2, 3, 4]), ...(k === undefined ? [] : [g.ints([k], [])])], { upper }),
    })),
  ),
  ...[7, 9, 10, 11, 13, 17].map(opset =>
    slice('two axes', [4, 5, 3], { starts: [1, -4], ends: [3, -1], axes: [0, 1] }, opset),
  ),
  slice('axes by default, past the end', [3, 4], { starts: [1, 0], ends: [100, 3] }, 9),
  slice('of a negative axis to the end', [2, 3, 5], { starts: [2], ends: [2 ** 31], axes: [-1] }),
  slice('every second place', [2, 7], { starts: [0], ends: [7], axes: [1], steps: [2] }),
  slice('every second place from 1', [1, 6, 6], { starts: [1, 1], ends: [6, 6], axes: [1, 2], steps: [2, 2] }),
  slice('every third, the rest dropped', [8], { starts: [1], ends: [8], axes: [0], steps: [3] }),
  slice('one place of a long step', [5, 2], { starts: [1], ends: [5], axes: [0], steps: [7] }),
  slice('backwards', [2, 5], { starts: [-1], ends: [-100], axes: [1], steps: [-1] }),
  slice('backwards by 2 from within', [6, 2], { starts: [4], ends: [0], axes: [0], steps: [-2] }, 11),
  slice('with steps for all axes by default', [4, 6], { starts: [0, 1], ends: [4, 6], steps: [1, 2] }),
  {
    name: 'Slice: bounds from Shape arithmetic',
    build: g => {
      const x = g.input('x', [2, 6, 3])
      const size = g.node('Gather', [g.node('Shape', [x]), g.ints([1])])
      const half = g.node('Div', [size, g.ints([2])])
      const halves = [
        g.node('Slice', [x, g.ints([0]), half, g.ints([1])]),
        g.node('Slice', [x, half, size, g.ints([1])]),
      ]
      return g.node('Mul', halves)
    },
  },
  {
    name: 'Slice: rolled, as Swin shifts its windows',
    build: g => {
      const x = g.input('x', [1, 4, 4, 2])
      const part = (value: string, axis: number, from: number, to: number) =>
        g.node('Slice', [value, g.ints([from]), g.ints([to]), g.ints([axis])])
      const rolled = (value: string, axis: number) =>
        g.node('Concat', [part(value, axis, 1, 2 ** 40), part(value, axis, 0, 1)], { axis })
      return g.node('Mul', [rolled(rolled(x, 1), 2), x])
    },
  },
  ...[8, 10, 11, 13, 17].map(opset => pad('zeros around', [0, 1, 2, 1, 0, 3], 'constant', opset)),
  pad('nothing', [0, 0, 0, 0, 0, 0]),
  pad('less than before', [0, -1, 0, 0, 0, -2]),
  pad('more on one side, less on the other', [0, 2, -1, 0, -1, 1]),
  ...[10, 11, 17].flatMap(opset => ['reflect', 'edge'].map(mode => pad(mode, [0, 2, 3, 0, 1, 2], mode, opset))),
  pad('wrap', [0, 2, 3, 0, 1, 2], 'wrap', 19),
  {
    name: 'Pad: some axes by number',
    opset: 18,
    build: g => g.node('Pad', [g.input('x', [2, 3, 4]), g.ints([1, 0, 2, 1]), '', g.ints([-1, 1])]),
  },
  {
    name: 'Pad: with another value',
    build: g => g.node('Pad', [g.input('x', [2, 3]), g.ints([1, 1, 0, 2]), g.weight([], [3])]),
  },
  gather('one place', [1], [], 1),
  gather('the last place', [-1], [], 0, 11),
  gather('a list of one', [2], [1], 1),
  gather('places that repeat', [0, 2, 0, 0, -1], [5], 1, 9),
  gather('default axis', [2, 0, 2], [3], undefined),
  gather('a matrix of places', [0, 1, 1, 3, 3, 3], [2, 3], -2),
  gather('along the last axis', [1, 0, 1], [3], 2, 13),
  gather('every place, turned', [3, 2, 1, 0], [4], 1),
  {
    name: 'Gather: places that only a run tells',
    build: g => {
      const places = g.node('Cast', [g.node('Floor', [g.input('p', [2, 3], [0.5, 2.5, 1.5, -0.5, 2.5, 0.5])])], {
        to: 7,
      })
      return g.node('Tanh', [g.node('Gather', [g.input('x', [2, 3, 2]), places], { axis: 1 })])
    },
  },
  {
    name: 'Gather: many places',
    build: g => {
      const places = Array.from({ length: 70 }, (_, i) => (i * i) % 6)
      return g.node('Gather', [g.input('x', [2, 6]), g.ints(places)], { axis: 1 })
    },
  },
  ...[9, 11, 13, 17, 18].flatMap(opset => [split('uneven', [1, 4, 2], 1, opset), split('even', 3, -1, opset)]),
  split('the last smaller', 3, 1, 18),
  {
    name: 'Split: one part does not matter',
    build: g => {
      g.node('Split', [g.input('x', [2, 6]), g.ints([1, 2, 3])], { axis: 1 }, { outputs: ['a', 'b', 'c'] })
      return g.node('Concat', [g.node('Tanh', ['c']), 'a'], { axis: 1 })
    },
  },
  {
    name: 'Split: as ShuffleNet halves its channels',
    opset: 11,
    build: g => {
      g.node('Split', [g.input('x', [1, 4, 3, 3])], { axis: 1, split: [2, 2] }, { outputs: ['a', 'b'] })
      const moved = g.node('Conv', ['b', g.weight([2, 1, 3, 3])], { group: 2, pads: [1, 1, 1, 1] })
      const joined = g.node('Concat', ['a', moved], { axis: 1 })
      const groups = g.node('Reshape', [joined, g.ints([1, 2, 2, 3, 3])])
      return g.node('Reshape', [g.node('Transpose', [groups], { perm: [0, 2, 1, 3, 4] }), g.ints([1, -1, 3, 3])])
    },
  },
]
