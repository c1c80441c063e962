import { intAttribute, intsAttribute, stringAttribute } from '../attributes'
import { wholes } from '../numbers'
import { windowNumbers, windowOf } from '../window'
import { asFloatForm } from './quantized'
import type { ShapeRule } from './value-info'

const conv: ShapeRule = ({ node, inputs: [x, w] }) => {
  if (!x || !w) return []
  const { output } = windowOf(node, x.dims.slice(2), w.dims.slice(2))
  return [{ type: x.type, dims: [x.dims[0] ?? 1, w.dims[0] ?? 1, ...output] }]
}

/** (in − 1)·stride + output_padding + (kernel − 1)·dilation + 1 − begin − end, or as it is given, or in·stride (SAME). */
const convTranspose: ShapeRule = ({ node, inputs: [x, w] }) => {
  if (!x || !w) return []
  const spatial = x.dims.slice(2)
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET')
  const given = intsAttribute(node, 'output_shape')?.slice(-spatial.length)
  const { size, strides, dilations, pads } = windowNumbers(node, spatial.length, w.dims.slice(2))
  const more = wholes(intsAttribute(node, 'output_padding') ?? spatial.map(() => 0), 'the output padding', {
    count: spatial.length,
  })
  const padded = spatial.map((_, i) => (auto === 'VALID' ? 0 : (pads[i] ?? 0) + (pads[i + spatial.length] ?? 0)))
  const output = spatial.map((n, i) => {
    if (given) return given[i] ?? 1
    if (auto.startsWith('SAME')) return n * (strides[i] ?? 1)
    return (
      (n - 1) * (strides[i] ?? 1) + (more[i] ?? 0) + ((size[i] ?? 1) - 1) * (dilations[i] ?? 1) + 1 - (padded[i] ?? 0)
    )
  })
  return [{ type: x.type, dims: [x.dims[0] ?? 1, (w.dims[1] ?? 1) * intAttribute(node, 'group', 1), ...output] }]
}

const pool: ShapeRule = ({ node, inputs: [x] }) => {
  if (!x) return []
  const dims = [...x.dims.slice(0, 2), ...windowOf(node, x.dims.slice(2)).output]
  return [
    { type: x.type, dims },
    { type: 'int64', dims },
  ]
}

const globalPool: ShapeRule = ({ inputs: [x] }) =>
  x ? [{ type: x.type, dims: x.dims.map((d, axis) => (axis < 2 ? d : 1)) }] : []

export const windowShapes: Readonly<Record<string, ShapeRule>> = {
  AveragePool: pool,
  Conv: conv,
  ConvInteger: asFloatForm(conv, [0, 1], () => 'int32'),
  ConvTranspose: convTranspose,
  GlobalAveragePool: globalPool,
  GlobalLpPool: globalPool,
  GlobalMaxPool: globalPool,
  LpPool: pool,
  MaxPool: pool,
  QLinearConv: asFloatForm(conv, [0, 3], inputs => inputs[7]?.type),
}
