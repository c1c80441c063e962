import type { GradientCase } from '../check'

interface Convolution {
  readonly name: string
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>
  readonly bias?: boolean
  readonly opset?: number
}

const TRANSPOSED: readonly Convolution[] = [
  { name: 'plain', x: [2, 3, 4, 5], w: [3, 2, 3, 2], bias: true },
  { name: 'strides', x: [1, 2, 3, 4], w: [2, 3, 3, 3], attributes: { strides: [2, 3] } },
  { name: 'pads', x: [1, 2, 4, 4], w: [2, 2, 4, 3], attributes: { strides: [2, 2], pads: [1, 0, 2, 1] } },
  {
    name: 'output_padding',
    x: [2, 2, 3, 3],
    w: [2, 2, 3, 3],
    attributes: { strides: [2, 3], pads: [1, 1, 1, 1], output_padding: [1, 2] },
  },
  {
    name: 'output_padding without pads',
    x: [1, 1, 3, 3],
    w: [1, 2, 2, 2],
    attributes: { strides: [3, 3], output_padding: [2, 1] },
  },
  { name: 'groups', x: [2, 4, 3, 3], w: [4, 3, 2, 2], attributes: { group: 2, strides: [2, 2] }, bias: true },
  {
    name: 'depthwise',
    x: [1, 3, 4, 4],
    w: [3, 1, 4, 4],
    attributes: { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  { name: 'dilations', x: [1, 2, 4, 3], w: [2, 2, 3, 2], attributes: { dilations: [2, 3], strides: [2, 1] } },
  { name: 'SAME_UPPER', x: [1, 2, 4, 3], w: [2, 2, 3, 4], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 3] } },
  { name: 'SAME_LOWER', x: [1, 2, 4, 3], w: [2, 2, 3, 4], attributes: { auto_pad: 'SAME_LOWER', strides: [2, 3] } },
  { name: 'VALID', x: [1, 1, 3, 3], w: [1, 1, 2, 2], attributes: { auto_pad: 'VALID', strides: [2, 2] } },
  { name: 'output_shape', x: [1, 2, 3, 4], w: [2, 1, 3, 3], attributes: { strides: [2, 2], output_shape: [6, 8] } },
  { name: '1-D', x: [2, 2, 5], w: [2, 3, 4], attributes: { strides: [2], pads: [1, 2] }, opset: 9 },
]

const CONVOLUTIONS: readonly Convolution[] = [
  { name: 'plain, batch of 2', x: [2, 3, 6, 5], w: [4, 3, 3, 3] },
  { name: 'with a bias', x: [1, 2, 4, 5], w: [3, 2, 3, 2], bias: true },
  { name: 'odd stride that drops rows at the end', x: [2, 2, 9, 8], w: [3, 2, 3, 3], attributes: { strides: [3, 3] } },
  { name: 'stride longer than the kernel', x: [1, 2, 9, 10], w: [3, 2, 2, 1], attributes: { strides: [4, 3] } },
  { name: 'kernel longer than the stride', x: [1, 2, 9, 8], w: [2, 2, 5, 3], attributes: { strides: [2, 1] } },
  { name: 'asymmetric pads', x: [2, 2, 5, 6], w: [3, 2, 3, 3], attributes: { pads: [2, 0, 1, 1], strides: [2, 2] } },
  {
    name: 'pads past what any window reads',
    x: [1, 1, 5, 5],
    w: [2, 1, 3, 3],
    attributes: { pads: [0, 1, 1, 0], strides: [3, 3] },
  },
  {
    name: 'dilated, not square',
    x: [1, 2, 9, 7],
    w: [2, 2, 3, 2],
    attributes: { dilations: [2, 3], pads: [1, 0, 2, 1] },
  },
  {
    name: 'dilated with a stride',
    x: [1, 1, 11, 8],
    w: [2, 1, 3, 3],
    attributes: { dilations: [3, 2], strides: [2, 3] },
  },
  { name: 'groups', x: [2, 4, 5, 5], w: [6, 2, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1], strides: [2, 2] } },
  {
    name: 'depthwise',
    x: [2, 3, 6, 6],
    w: [3, 1, 3, 3],
    attributes: { group: 3, strides: [2, 1], pads: [1, 1, 1, 1] },
  },
  {
    name: 'depthwise with a multiplier',
    x: [1, 2, 5, 4],
    w: [6, 1, 2, 3],
    attributes: { group: 2, dilations: [2, 1] },
  },
  { name: '1 × 1 with a stride', x: [1, 3, 5, 6], w: [4, 3, 1, 1], attributes: { strides: [2, 3] } },
  { name: '1-D', x: [2, 3, 11], w: [4, 3, 3], attributes: { strides: [3], pads: [2, 1], dilations: [2] } },
  { name: '3-D', x: [1, 2, 4, 3, 5], w: [2, 2, 2, 2, 3], attributes: { strides: [2, 1, 2], pads: [1, 0, 1, 0, 1, 0] } },
  { name: 'SAME_UPPER', x: [1, 2, 7, 8], w: [3, 2, 3, 4], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 3] } },
  { name: 'SAME_LOWER', x: [1, 2, 7, 8], w: [3, 2, 3, 4], attributes: { auto_pad: 'SAME_LOWER', strides: [2, 3] } },
  {
    name: 'SAME_UPPER, stride longer than the kernel',
    x: [1, 1, 7, 9],
    w: [2, 1, 2, 1],
    attributes: { auto_pad: 'SAME_UPPER', strides: [3, 4] },
  },
  {
    name: 'VALID, whatever the pads',
    x: [1, 2, 6, 7],
    w: [3, 2, 3, 3],
    attributes: { auto_pad: 'VALID', strides: [2, 2] },
  },
  ...[9, 11].map(opset => ({
    name: `opset ${opset}`,
    x: [1, 2, 6, 5],
    w: [3, 2, 3, 3],
    attributes: { strides: [2, 2] },
    opset,
  })),
]

/** With the weight as a parameter, and with weight and bias as activations that are differentiated too. */
const cases = (op: string, list: readonly Convolution[], filters: (w: readonly number[], group: number) => number) =>
  list.flatMap(({ name, x, w, attributes = {}, bias, opset = 17 }): GradientCase[] => {
    const { group } = attributes
    const count = filters(w, typeof group === 'number' ? group : 1)
    return [
      {
        name: `${op}: ${name}`,
        opset,
        build: g => {
          const inputs = [g.input('x', x), g.weight(w), ...(bias ? [g.weight([count])] : [])]
          return g.node(op, inputs, attributes)
        },
      },
      {
        name: `${op}: ${name}, to its weight and bias`,
        opset,
        build: g => g.node(op, [g.input('x', x), g.input('w', w), g.input('b', [count])], attributes),
      },
    ]
  })

export const convCases: readonly GradientCase[] = [
  ...cases('Conv', CONVOLUTIONS, ([filters = 1]) => filters),
  ...cases('ConvTranspose', TRANSPOSED, ([, perGroup = 1], group) => perGroup * group),
]
