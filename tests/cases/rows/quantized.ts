import type { Tensor } from '../../../src/graph/types'
import type { Net } from '../net'
import type { Row } from '../row'
import { simple } from './operators'

/** Whole numbers from −120 to 120 as int8, or from 8 to 248 as uint8. */
function eight(g: Net, type: 'int8' | 'uint8', dims: readonly number[]): string {
  const count = dims.reduce((a, b) => a * b, 1)
  const shift = type === 'uint8' ? 128 : 0
  const bytes = Uint8Array.from(g.random(count, -120, 120), value => (Math.round(value) + shift) & 255)
  return put(g, { type, dims, bytes })
}

const put = (g: Net, tensor: Tensor): string => g.constant(`q${g.ints([0])}`, tensor)
const byte = (g: Net, value: number, type: 'int8' | 'uint8' = 'uint8'): string =>
  put(g, { type, dims: [], bytes: Uint8Array.of(value) })
const whole = (g: Net, ...values: readonly number[]): string =>
  put(g, { type: 'int32', dims: [values.length], bytes: new Uint8Array(Int32Array.from(values).buffer) })

const WINDOW = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }

/** The real numbers behind what an operator hands on in whole ones: `m`, the sums `s` times both scales. */
function scaled(g: Net, sums: string, scale: string): void {
  g.at('sf', 'Cast', [sums], { to: 1 })
  g.at('m', 'Mul', ['sf', g.node('Mul', [scale, g.number(0.01)])])
}

export const quantizedRows: readonly Row[] = [
  simple(
    'QLinearConv',
    g => {
      const [step, zero] = [g.number(0.02), byte(g, 10)]
      g.at('q', 'QuantizeLinear', ['f', step, zero])
      const weights = [eight(g, 'int8', [4, 4, 3, 3]), g.weight([4], [0.004, 0.003, 0.005, 0.006])]
      const zeros = put(g, { type: 'int8', dims: [4], bytes: new Uint8Array(4) })
      const [fine, middle] = [g.number(0.06), byte(g, 128)]
      const bias = whole(g, 500, -700, 900, 20)
      g.at('ql', 'QLinearConv', ['q', step, zero, ...weights, zeros, fine, middle, bias], WINDOW)
      g.at('m', 'DequantizeLinear', ['ql', fine, middle])
    },
    13,
    ['c1', 'f', 'm'],
  ),
  simple(
    'DynamicQuantizeLinear, ConvInteger',
    g => {
      g.at(['q', 'scale', 'zero'], 'DynamicQuantizeLinear', ['c1'])
      g.at('s', 'ConvInteger', ['q', eight(g, 'uint8', [4, 4, 3, 3]), 'zero', byte(g, 128)], WINDOW)
      scaled(g, 's', 'scale')
    },
    13,
    ['c1', 'm'],
  ),
  simple(
    'DynamicQuantizeLinear, MatMulInteger',
    g => {
      g.at(['q', 'scale', 'zero'], 'DynamicQuantizeLinear', ['c1'])
      g.at('s', 'MatMulInteger', ['q', eight(g, 'int8', [16, 16]), 'zero', byte(g, 3, 'int8')])
      scaled(g, 's', 'scale')
    },
    13,
    ['c1', 'm'],
  ),
]
