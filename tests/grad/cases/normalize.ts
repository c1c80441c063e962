import { float } from '../../../src/graph/attributes'
import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

const softmax = (
  op: string,
  name: string,
  dims: readonly number[],
  axis: number | undefined,
  opset: number,
): GradientCase => ({
  name: `${op}: ${name}, opset ${opset}`,
  opset,
  build: g => g.node(op, [g.input('x', dims)], axis === undefined ? {} : { axis }),
})

const layerNormalization = (name: string, axis: number | undefined, scale: readonly number[]): GradientCase[] => [
  {
    name: `LayerNormalization: ${name}, scale and bias as parameters`,
    build: g =>
      g.node('LayerNormalization', [g.input('x', [2, 3, 5]), g.weight(scale), g.weight(scale)], {
        ...(axis !== undefined && { axis }),
        epsilon: float(0.01),
      }),
  },
  {
    name: `LayerNormalization: ${name}, to scale and bias`,
    build: g => {
      const [x, weight, bias] = [g.input('x', [2, 3, 5]), g.input('scale', scale), g.input('bias', scale)]
      return g.node('LayerNormalization', [x, weight, bias], axis === undefined ? {} : { axis })
    },
  },
]

const channelwise = (
  op: string,
  name: string,
  dims: readonly number[],
  opset: number,
  channels: number,
  attributes = {},
): GradientCase => ({
  name: `${op}: ${name}, opset ${opset}`,
  opset,
  build: g =>
    g.node(op, [g.input('x', dims), g.weight([channels]), g.weight([channels])], {
      ...attributes,
      epsilon: float(0.02),
    }),
})

const lrn = (name: string, size: number, dims: readonly number[], opset = 13): GradientCase => ({
  name: `LRN: ${name}`,
  opset,
  build: (g: GraphBuilder) =>
    g.node('LRN', [g.input('x', dims)], { size, alpha: float(0.9), beta: float(0.6), bias: float(1.5) }),
})

const batchStatistics = (name: string, opset: number, dims: readonly number[]): GradientCase => ({
  name: `BatchNormalization: ${name}, opset ${opset}`,
  opset,
  build: g => {
    const rest = [1, 2, 3, 4].map(() => g.weight([dims[1] ?? 1], g.random(dims[1] ?? 1, 0.5, 2)))
    const outputs = opset < 14 ? ['y', 'a', 'b', 'c', 'd'] : ['y', 'mean', 'variance']
    const training = opset < 14 ? {} : { training_mode: 1 }
    return g.node(
      'BatchNormalization',
      [g.input('x', dims), ...rest],
      { ...training, epsilon: float(0.01) },
      { outputs },
    )
  },
})

export const normalizeCases: readonly GradientCase[] = [
  ...[1, 2].flatMap(p =>
    [0, -1].map(axis => ({
      name: `LpNormalization: p ${p}, axis ${axis}`,
      build: (g: GraphBuilder) => g.node('LpNormalization', [g.input('x', [3, 2, 4])], { p, axis }),
    })),
  ),
  ...[undefined, [0, 2]].map(axes => ({
    name: `MeanVarianceNormalization: axes ${axes ?? 'not given'}`,
    build: (g: GraphBuilder) => g.node('MeanVarianceNormalization', [g.input('x', [2, 3, 2, 4])], axes ? { axes } : {}),
  })),
  ...(['RMSNormalization', 'SimplifiedLayerNormalization'] as const).flatMap(op => [
    {
      name: `${op}: the last axis`,
      opset: op === 'RMSNormalization' ? 23 : 17,
      build: (g: GraphBuilder) => g.node(op, [g.input('x', [2, 3, 5]), g.weight([5])], { epsilon: float(0.01) }),
    },
    {
      name: `${op}: to its scale`,
      opset: op === 'RMSNormalization' ? 23 : 17,
      build: (g: GraphBuilder) =>
        g.node(op, [g.input('x', [2, 3, 5]), g.input('scale', [5])], { epsilon: float(0.01) }),
    },
  ]),
  ...[7, 9, 13, 14, 17].map(opset => batchStatistics('statistics of two pictures', opset, [2, 3, 2, 4])),
  batchStatistics('statistics of one picture', 15, [1, 2, 3, 3]),
  {
    name: 'BatchNormalization: numbers for each place',
    opset: 8,
    build: g => {
      const rest = [1, 2, 3, 4].map(() => g.weight([2, 3, 2], g.random(12, 0.5, 2)))
      return g.node('BatchNormalization', [g.input('x', [2, 2, 3, 2]), ...rest], { spatial: 0 })
    },
  },
  ...['Softmax', 'LogSoftmax'].flatMap(op => [
    softmax(op, 'default axis', [2, 3, 4], undefined, 11),
    softmax(op, 'axis 1 flattens the rest', [2, 3, 2, 2], 1, 11),
    softmax(op, 'axis 2', [2, 3, 4], 2, 11),
    softmax(op, 'axis -1', [2, 3, 4], -1, 12),
    softmax(op, 'axis 0', [2, 3], 0, 9),
    softmax(op, 'default axis', [2, 3, 4], undefined, 13),
    softmax(op, 'axis 1', [2, 3, 2, 2], 1, 13),
    softmax(op, 'axis 0', [3, 4], 0, 17),
    softmax(op, 'axis -2', [2, 3, 4], -2, 18),
  ]),
  ...layerNormalization('the last axis', undefined, [5]),
  ...layerNormalization('two axes', 1, [3, 5]),
  ...layerNormalization('a negative axis', -2, [3, 5]),
  {
    name: 'LayerNormalization: no bias',
    build: g => g.node('LayerNormalization', [g.input('x', [4, 6]), g.weight([6])]),
  },
  ...[9, 17].map(opset => channelwise('InstanceNormalization', 'pictures', [2, 3, 4, 3], opset, 3)),
  channelwise('InstanceNormalization', '1-D', [1, 2, 7], 17, 2),
  channelwise('GroupNormalization', 'a scale for each group', [2, 6, 3, 2], 18, 2, { num_groups: 2 }),
  channelwise('GroupNormalization', 'a scale for each channel', [2, 6, 3, 2], 21, 6, { num_groups: 3 }),
  channelwise('GroupNormalization', 'as many groups as channels', [1, 4, 3, 3], 21, 4, { num_groups: 4 }),
  lrn('odd window', 3, [2, 5, 3, 2]),
  lrn('wide window', 5, [1, 7, 2, 2]),
  lrn('wider than the channels', 7, [1, 2, 2, 3]),
  lrn('one channel at a time', 1, [1, 3, 2, 2], 9),
]
