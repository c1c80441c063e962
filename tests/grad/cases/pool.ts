import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

interface Pool {
  readonly name: string
  readonly x: readonly number[]
  readonly attributes: Readonly<Record<string, number | string | readonly number[]>>
  readonly opset?: number
}

const SQUARE = { kernel_shape: [3, 3], strides: [2, 2] }

const MAX_POOLS: readonly Pool[] = [
  { name: 'apart', x: [2, 2, 4, 6], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  { name: 'overlapping', x: [2, 3, 7, 7], attributes: SQUARE },
  { name: 'overlapping fully, stride 1', x: [1, 2, 5, 4], attributes: { kernel_shape: [3, 2] } },
  { name: 'rows dropped at the end', x: [1, 2, 8, 6], attributes: SQUARE },
  { name: 'stride longer than the kernel', x: [1, 2, 8, 9], attributes: { kernel_shape: [2, 1], strides: [3, 4] } },
  { name: 'pads', x: [1, 2, 6, 6], attributes: { ...SQUARE, pads: [1, 1, 1, 1] } },
  { name: 'asymmetric pads', x: [2, 1, 5, 6], attributes: { ...SQUARE, pads: [0, 2, 1, 0] } },
  { name: 'ceil_mode', x: [1, 2, 6, 8], attributes: { ...SQUARE, ceil_mode: 1 } },
  { name: 'ceil_mode with pads', x: [1, 1, 7, 6], attributes: { ...SQUARE, pads: [1, 0, 0, 1], ceil_mode: 1 } },
  {
    name: 'ceil_mode, last window would start in the padding',
    x: [1, 1, 5, 5],
    attributes: { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  },
  { name: 'dilations', x: [1, 2, 7, 8], attributes: { kernel_shape: [2, 3], strides: [2, 1], dilations: [3, 2] } },
  {
    name: 'dilations with pads and ceil_mode',
    x: [1, 1, 8, 7],
    attributes: { ...SQUARE, dilations: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  },
  { name: 'SAME_UPPER', x: [1, 1, 6, 7], attributes: { ...SQUARE, auto_pad: 'SAME_UPPER' } },
  { name: 'SAME_LOWER', x: [1, 1, 6, 7], attributes: { ...SQUARE, auto_pad: 'SAME_LOWER' } },
  { name: 'VALID', x: [1, 1, 6, 7], attributes: { ...SQUARE, auto_pad: 'VALID' } },
  { name: '1-D', x: [2, 2, 9], attributes: { kernel_shape: [3], strides: [2], pads: [1, 0] } },
  { name: '3-D', x: [1, 1, 4, 5, 4], attributes: { kernel_shape: [2, 3, 2], strides: [1, 2, 2] } },
  ...[7, 8, 9].map(opset => ({
    name: `opset ${opset}`,
    x: [1, 2, 6, 6],
    attributes: { ...SQUARE, pads: [1, 1, 1, 1] },
    opset,
  })),
  { name: 'opset 10', x: [1, 2, 6, 6], attributes: { ...SQUARE, ceil_mode: 1 }, opset: 10 },
  { name: 'opset 11', x: [1, 2, 6, 6], attributes: { ...SQUARE, pads: [1, 1, 1, 1] }, opset: 11 },
  { name: 'opset 18', x: [1, 2, 6, 6], attributes: { ...SQUARE, pads: [1, 1, 1, 1] }, opset: 18 },
]

const AVERAGE_POOLS: readonly Pool[] = [
  { name: 'apart', x: [2, 2, 4, 6], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  { name: 'overlapping', x: [2, 2, 7, 5], attributes: SQUARE },
  { name: 'rows dropped at the end', x: [1, 2, 8, 6], attributes: SQUARE },
  { name: 'stride longer than the kernel', x: [1, 1, 8, 9], attributes: { kernel_shape: [2, 1], strides: [3, 4] } },
  ...[0, 1].flatMap(count_include_pad =>
    [
      { name: 'pads', x: [1, 2, 6, 6], attributes: { ...SQUARE, pads: [1, 1, 1, 1] } },
      { name: 'asymmetric pads', x: [1, 1, 5, 6], attributes: { ...SQUARE, pads: [0, 2, 1, 0] } },
      { name: 'ceil_mode', x: [1, 1, 6, 8], attributes: { ...SQUARE, ceil_mode: 1 } },
      {
        name: 'ceil_mode with pads',
        x: [1, 1, 6, 8],
        attributes: { ...SQUARE, pads: [1, 0, 0, 1], ceil_mode: 1 },
        opset: 19,
      },
      { name: 'SAME_UPPER', x: [1, 1, 6, 7], attributes: { ...SQUARE, auto_pad: 'SAME_UPPER' } },
      { name: 'SAME_LOWER', x: [1, 1, 6, 7], attributes: { ...SQUARE, auto_pad: 'SAME_LOWER' } },
      { name: '1-D', x: [2, 1, 9], attributes: { kernel_shape: [4], strides: [3], pads: [1, 2] } },
      { name: 'opset 9', x: [1, 2, 6, 6], attributes: { ...SQUARE, pads: [1, 1, 1, 1] }, opset: 9 },
      { name: 'opset 11', x: [1, 2, 6, 6], attributes: { ...SQUARE, pads: [1, 1, 0, 1] }, opset: 11 },
    ].map(pool => ({
      ...pool,
      name: `${pool.name}, padding ${count_include_pad ? '' : 'not '}counted`,
      attributes: { ...pool.attributes, count_include_pad },
    })),
  ),
  {
    name: 'dilations',
    x: [1, 1, 7, 8],
    attributes: { kernel_shape: [2, 3], dilations: [3, 2], pads: [1, 1, 0, 1] },
    opset: 19,
  },
  { name: '3-D', x: [1, 1, 4, 5, 4], attributes: { kernel_shape: [2, 3, 2], strides: [1, 2, 2] } },
]

const GLOBAL: readonly Pool[] = [
  { name: 'batch of 2', x: [2, 3, 4, 5], attributes: {} },
  { name: '1-D', x: [1, 2, 7], attributes: {} },
  { name: 'one place', x: [1, 4, 1, 1], attributes: {} },
]

const cases = (op: string, pools: readonly Pool[]): GradientCase[] =>
  pools.map(({ name, x, attributes, opset = 17 }) => ({
    name: `${op}: ${name}`,
    opset,
    build: g => g.node(op, [g.input('x', x)], attributes),
  }))

const lp = (name: string, p: number, dims: readonly number[], attributes = {}, opset = 17): GradientCase => ({
  name: `LpPool: ${name}, p ${p}, opset ${opset}`,
  opset,
  build: g => g.node('LpPool', [g.input('x', dims)], { p, ...attributes }),
})

export const poolCases: readonly GradientCase[] = [
  ...[1, 2, 3, 4].map(p => lp('overlapping', p, [2, 2, 6, 5], { kernel_shape: [3, 2], strides: [2, 1] })),
  lp('pads', 2, [1, 2, 5, 5], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 0, 1, 1] }, 11),
  lp('SAME_UPPER', 2, [1, 1, 5, 7], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  lp('dilations and ceil_mode', 3, [1, 1, 8], { kernel_shape: [2], strides: [3], dilations: [2], ceil_mode: 1 }, 18),
  ...[1, 2, 3].map(p => ({
    name: `GlobalLpPool: p ${p}`,
    build: (g: GraphBuilder) => g.node('GlobalLpPool', [g.input('x', [2, 2, 3, 4])], { p }),
  })),
  ...cases('MaxPool', MAX_POOLS),
  ...cases('AveragePool', AVERAGE_POOLS),
  ...cases('GlobalAveragePool', GLOBAL),
  ...cases('GlobalMaxPool', GLOBAL),
  ...cases(
    'GlobalMaxPool',
    [9, 18].map(opset => ({ name: `opset ${opset}`, x: [1, 2, 3, 3], attributes: {}, opset })),
  ),
]
