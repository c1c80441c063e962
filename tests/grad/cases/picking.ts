import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

const topK = (name: string, attributes: Record<string, number>, k: number): GradientCase => ({
  name: `TopK: ${name}`,
  build: g => {
    g.node('TopK', [g.input('x', [2, 5, 3]), g.ints([k])], attributes, { outputs: ['y', 'places'] })
    return g.node('Tanh', ['y'])
  },
})

const gatherElements = (
  name: string,
  dims: readonly number[],
  axis: number,
  index: readonly number[],
): GradientCase => ({
  name: `GatherElements: ${name}`,
  build: g => g.node('GatherElements', [g.input('x', [3, 4]), g.ints(index, dims)], { axis }),
})

const gatherND = (
  name: string,
  x: readonly number[],
  dims: readonly number[],
  index: readonly number[],
  batch = 0,
) => ({
  name: `GatherND: ${name}`,
  build: (g: GraphBuilder) => g.node('GatherND', [g.input('x', x), g.ints(index, dims)], { batch_dims: batch }),
})

const scatter = (
  op: string,
  name: string,
  attributes: Record<string, number | string>,
  index: readonly number[],
  dims: readonly number[],
  updates = dims,
  opset = 18,
): GradientCase => ({
  name: `${op}: ${name}`,
  opset,
  build: g => g.node(op, [g.input('x', [3, 4]), g.ints(index, dims), g.input('u', updates)], attributes),
})

export const pickingCases: readonly GradientCase[] = [
  topK('the largest along an axis', { axis: 1 }, 3),
  topK('the smallest', { axis: -1, largest: 0 }, 2),
  topK('not sorted would be another order, all of them', { axis: 0 }, 2),
  gatherElements('some places more than once', [2, 4], 0, [0, 1, 2, 0, 2, 1, 2, -3]),
  gatherElements('fewer rows than there are', [2, 3], 1, [3, 3, 0, -1, 1, 1]),
  gatherND('single values', [3, 4], [4, 2], [0, 1, 2, 3, 0, 1, -1, -4]),
  gatherND('rows', [3, 4, 2], [2, 2, 1], [0, 2, 2, -1]),
  gatherND('in batches', [2, 3, 4], [2, 2, 1], [0, 2, 1, 1], 1),
  scatter('ScatterElements', 'written over', { axis: 1 }, [0, 3, 1, 2], [2, 2]),
  scatter('ScatterElements', 'negative places of all rows', { axis: 0 }, [0, -1, 2, 1], [1, 4]),
  scatter('ScatterElements', 'added, one place twice', { axis: 1, reduction: 'add' }, [0, 0, 1, 2], [2, 2]),
  {
    name: 'Scatter: the older name',
    opset: 10,
    build: g => g.node('Scatter', [g.input('x', [3, 4]), g.ints([0, 3, 1, 2], [2, 2]), g.weight([2, 2])], { axis: 1 }),
  },
  scatter('ScatterND', 'rows written over', {}, [2, 0], [2, 1], [2, 4]),
  scatter('ScatterND', 'single values, opset 13', {}, [0, 1, 2, -1], [2, 2], [2], 13),
  scatter('ScatterND', 'rows added, one twice', { reduction: 'add' }, [1, 1], [2, 1], [2, 4]),
  ...['mul', 'max', 'min'].flatMap(reduction => [
    scatter('ScatterElements', `${reduction}, one place twice`, { axis: 1, reduction }, [0, 0, 1, -1], [2, 2]),
    scatter('ScatterElements', `${reduction}, along rows, fewer columns`, { reduction }, [2, 0, 2, 0, 1, 2], [2, 3]),
    scatter('ScatterND', `rows, ${reduction}, one twice`, { reduction }, [1, -2], [2, 1], [2, 4]),
    scatter('ScatterND', `single values, ${reduction}`, { reduction }, [0, 1, 2, -1, 0, 1], [3, 2], [3]),
  ]),
  scatter('ScatterElements', 'mul, opset 16', { axis: 0, reduction: 'mul' }, [0, 0, 1, 2], [1, 4], [1, 4], 16),
  ...[-1, 0].map(axis => ({
    name: `OneHot: to its values, axis ${axis}`,
    build: (g: GraphBuilder) =>
      g.node('OneHot', [g.ints([0, 2, -1, 1], [2, 2]), g.ints([3], []), g.input('values', [2])], { axis }),
  })),
  {
    name: 'CenterCropPad: one axis cut, one padded',
    opset: 18,
    build: g => g.node('CenterCropPad', [g.input('x', [2, 5, 3]), g.ints([2, 6])], { axes: [1, -1] }),
  },
  {
    name: 'CenterCropPad: all axes, odd differences',
    opset: 18,
    build: g => g.node('CenterCropPad', [g.input('x', [4, 3]), g.ints([1, 6])]),
  },
  ...[
    { name: 'blocks that overlap', picture: [4, 5], count: 12, attributes: {} },
    { name: 'strides and pads', picture: [4, 4], count: 9, attributes: { strides: [2, 1], pads: [1, 0, 1, 0] } },
    { name: 'dilations', picture: [4, 5], count: 8, attributes: { dilations: [2, 1] } },
  ].map(({ name, picture, count, attributes }) => ({
    name: `Col2Im: ${name}`,
    opset: 18,
    build: (g: GraphBuilder) =>
      g.node('Col2Im', [g.input('x', [2, 8, count]), g.ints(picture), g.ints([2, 2])], attributes),
  })),
]
