import type { GradientCase } from '../check'

interface Convolution {
  readonly name: string
  readonly x: readonly number[]
  readonly w: readonly number[]
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>
  readonly bias?: boolean
  readonly opset?: number
}

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
export const convCases: readonly GradientCase[] = CONVOLUTIONS.flatMap(
  ({ name, x, w, attributes, bias, opset = 17 }) => [
    {
      name: `Conv: ${name}`,
      opset,
      build: g => {
        const inputs = [g.input('x', x), g.weight(w), ...(bias ? [g.weight([w[0] ?? 1])] : [])]
        return g.node('Conv', inputs, attributes)
      },
    },
    {
      name: `Conv: ${name}, to its weight and bias`,
      opset,
      build: g => g.node('Conv', [g.input('x', x), g.input('w', w), g.input('b', [w[0] ?? 1])], attributes),
    },
  ],
)
