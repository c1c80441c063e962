import { at, mapIndex, type NdArray, ndArray } from './array'
import { input, number, type Operator, type Scope } from './operator'

/** Element d of head h at a place, of [B, H, L, D] or [B, L, H·D]. */
type Read = (b: number, h: number, place: number, d: number) => number

interface Parts {
  readonly dims: { readonly batch: number; readonly heads: number; readonly queries: number; readonly keys: number }
  readonly size: number
  readonly valueSize: number
  readonly q: Read
  readonly k: Read
  readonly v: Read
  readonly scale: number
  readonly bias: (index: readonly number[]) => number
  readonly softcap: number
}

/** [batch, heads, queries, valueSize] */
function attended({ dims, size, valueSize, q, k, v, scale, bias, softcap }: Parts): NdArray {
  const { batch, heads, queries, keys } = dims
  return mapIndex([batch, heads, queries, valueSize], ([b = 0, h = 0, i = 0, d = 0]) => {
    const scores = Array.from({ length: keys }, (_, j) => {
      let score = 0
      for (let e = 0; e < size; e++) score += q(b, h, i, e) * k(b, h, j, e)
      const raw = score * scale + bias([b, h, i, j])
      return softcap > 0 ? softcap * Math.tanh(raw / softcap) : raw
    })
    const powers = scores.map(score => Math.exp(score - Math.max(...scores)))
    const total = powers.reduce((sum, power) => sum + power, 0)
    return powers.reduce((sum, power, j) => sum + (power / total) * v(b, h, j, d), 0)
  })
}

/** [B, H, L, D] as [B, L, H·D]. */
function flat(x: NdArray): NdArray {
  const [batch = 1, heads = 1, places = 1, size = 1] = x.dims
  return mapIndex([batch, places, heads * size], ([b = 0, l = 0, at_ = 0]) =>
    at(x, [b, Math.floor(at_ / size), l, at_ % size]),
  )
}

const later = (causal: boolean, i: number, j: number): number => (causal && j > i ? Number.NEGATIVE_INFINITY : 0)

const standard: Operator = scope => {
  const { node, inputs } = scope
  const [q, k, v] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)]
  const isFlat = q.dims.length === 3
  const heads = isFlat ? number(node, 'q_num_heads', 1) : (q.dims[1] ?? 1)
  const own = isFlat ? number(node, 'kv_num_heads', 1) : (k.dims[1] ?? 1)
  const size = (q.dims.at(-1) ?? 1) / (isFlat ? heads : 1)
  const valueSize = (v.dims.at(-1) ?? 1) / (isFlat ? own : 1)
  const read = (x: NdArray, width: number, group: number): Read =>
    isFlat
      ? (b, h, l, d) => at(x, [b, l, Math.floor(h / group) * width + d])
      : (b, h, l, d) => at(x, [b, Math.floor(h / group), l, d])
  const group = heads / own
  const [pastKey, pastValue] = [inputs[4], inputs[5]]
  const past = pastKey?.dims[2] ?? 0
  const after =
    (before: NdArray | undefined, now: Read, own: number): Read =>
    (b, h, l, d) =>
      l < past && before ? at(before, [b, Math.floor(h / own), l, d]) : now(b, h, l - past, d)
  const batch = q.dims[0] ?? 1
  const keys = past + (k.dims.at(-2) ?? 1)
  const present = (before: NdArray | undefined, now: NdArray, width: number): NdArray => {
    const all = after(before, read(now, width, 1), 1)
    return mapIndex([batch, own, keys, width], ([b = 0, h = 0, l = 0, d = 0]) => all(b, h, l, d))
  }
  const causal = number(node, 'is_causal', 0) === 1
  const y = attended({
    dims: { batch, heads, queries: q.dims.at(-2) ?? 1, keys },
    size,
    valueSize,
    q: read(q, size, 1),
    k: after(pastKey, read(k, size, group), group),
    v: after(pastValue, read(v, valueSize, group), group),
    scale: number(node, 'scale', 1 / Math.sqrt(size)),
    bias: index => (inputs[3] ? at(inputs[3], index) : 0) + later(causal, past + (index[2] ?? 0), index[3] ?? 0),
    softcap: number(node, 'softcap', 0),
  })
  return [isFlat ? flat(y) : y, present(pastKey, k, size), present(pastValue, v, valueSize)]
}

/** Over Q, K and V that stand one behind the other in the last axis: [B, L, 3·H·D]. */
function packed({ node, inputs }: Scope, all: NdArray, mask: NdArray | undefined): NdArray {
  const heads = number(node, 'num_heads', 1)
  const [batch = 1, places = 1, width = 3] = all.dims
  const size = width / 3 / heads
  const part =
    (i: number): Read =>
    (b, h, l, d) =>
      at(all, [b, l, (i * width) / 3 + h * size + d])
  const causal = number(node, 'unidirectional', 0) === 1
  const y = attended({
    dims: { batch, heads, queries: places, keys: places },
    size,
    valueSize: size,
    q: part(0),
    k: part(1),
    v: part(2),
    scale: number(node, 'scale', 0) || 1 / Math.sqrt(size),
    bias: index => (mask ? at(mask, index) : 0) + later(causal, index[2] ?? 0, index[3] ?? 0),
    softcap: 0,
  })
  return inputs.length > 0 ? flat(y) : y
}

const microsoft: Operator = scope => {
  const [x, w, bias] = [input(scope.inputs, 0), input(scope.inputs, 1), scope.inputs[2]]
  const [batch = 1, places = 1, depth = 1] = x.dims
  const all = mapIndex([batch, places, w.dims[1] ?? 1], ([b = 0, l = 0, j = 0]) => {
    let sum = bias?.data[j] ?? 0
    for (let d = 0; d < depth; d++) sum += at(x, [b, l, d]) * at(w, [d, j])
    return sum
  })
  return packed(scope, all, scope.inputs[5])
}

export const Attention: Operator = scope => (scope.node.domain === '' ? standard(scope) : microsoft(scope))

/** Q, K and V of one length each, and a bias for the three. */
export const MultiHeadAttention: Operator = scope => {
  const parts = [0, 1, 2].map(i => input(scope.inputs, i))
  const [batch = 1, places = 1, size = 1] = parts[0]?.dims ?? []
  const all = mapIndex([batch, places, 3 * size], ([b = 0, l = 0, j = 0]) => {
    const part = parts[Math.floor(j / size)] ?? ndArray([1, 1, 1])
    return at(part, [b, l, j % size]) + (scope.inputs[3]?.data[j] ?? 0)
  })
  return packed(scope, all, scope.inputs[5])
}
