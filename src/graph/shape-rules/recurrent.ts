import { intAttribute, stringAttribute } from '../attributes'
import type { ShapeRule, ValueInfo } from './value-info'

/**
 * RNN, GRU, LSTM: every step's output [steps, directions, batch, hidden], then the last state, and the last cell. With
 * `layout` 1 (opset 14) the batch comes first.
 */
const recurrent: ShapeRule = ({ node, inputs: [x, , r] }) => {
  const hidden = intAttribute(node, 'hidden_size', r?.dims[2] ?? 0)
  if (x?.dims.length !== 3 || !hidden) return []
  const directions = stringAttribute(node, 'direction', 'forward') === 'bidirectional' ? 2 : 1
  const batchFirst = intAttribute(node, 'layout', 0) === 1
  const [a = 1, b = 1] = x.dims
  const [steps, batch] = batchFirst ? [b, a] : [a, b]
  const of = (dims: number[]): ValueInfo => ({ type: x.type, dims })
  const state = of(batchFirst ? [batch, directions, hidden] : [directions, batch, hidden])
  return [of(batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden]), state, state]
}

/** Q, K or V as [batch, heads, length, size]. */
const split = (heads: number, x: ValueInfo): readonly number[] =>
  x.dims.length === 4 ? x.dims : [x.dims[0] ?? 1, heads, x.dims[1] ?? 1, (x.dims[2] ?? 0) / heads]

/**
 * Attention (opset 23): what queries of [B, heads, L, d], or [B, L, heads·d], gather of the values; then the keys and
 * values with those of before, and the scores.
 */
const attention: ShapeRule = ({ node, inputs: [q, k, v, , pastKey] }) => {
  if (!q || !k || !v) return []
  const heads = intAttribute(node, 'q_num_heads', q.dims[1] ?? 1)
  const others = intAttribute(node, 'kv_num_heads', k.dims[1] ?? 1)
  const [batch = 1, , length = 1] = split(heads, q)
  const [, , own = 1, keySize = 0] = split(others, k)
  const [, , , size = 0] = split(others, v)
  const whole = own + (pastKey?.dims[2] ?? 0)
  const dims = q.dims.length === 4 ? [batch, heads, length, size] : [batch, length, heads * size]
  const of = (dims: number[]): ValueInfo => ({ type: q.type, dims })
  return [
    of(dims),
    of([batch, others, whole, keySize]),
    of([batch, others, whole, size]),
    of([batch, heads, length, whole]),
  ]
}

export const recurrentShapes: Readonly<Record<string, ShapeRule>> = {
  Attention: attention,
  GRU: recurrent,
  LSTM: recurrent,
  RNN: recurrent,
}
