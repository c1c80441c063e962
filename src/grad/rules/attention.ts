import { floatAttribute, int, intAttribute } from '../../graph/attributes'
import { isFloat } from '../../graph/shape-rules'
import { type Rule, type RuleScope, refusal } from '../rule'

interface Heads {
  /** [batch, heads, places, size] each. */
  readonly q: string
  readonly k: string
  readonly v: string
  readonly scale: number
  /** Added to the scores, or a truth for those that count. */
  readonly mask?: string | undefined
  readonly causal: boolean
  /** Keys that stand before those of the first query. */
  readonly past?: number
  readonly softcap?: number
}

/** softmax(scale·Q·Kᵀ + mask)·V (Vaswani et al. 2017) */
function attended({ emit }: RuleScope, { q, k, v, scale, mask, causal, past = 0, softcap = 0 }: Heads): string {
  const [queries = 1, keys = 1] = [emit.shape(q).at(-2), emit.shape(k).at(-2)]
  let scores = emit.op('Mul', [emit.op('MatMul', [q, emit.transpose(k, [0, 1, 3, 2])]), scale])
  if (mask) {
    const isSum = isFloat(emit.typeOf(mask))
    scores = emit.op('Add', [scores, isSum ? mask : emit.where(mask, 0, emit.lowest)])
  }
  if (causal) {
    const hidden = emit.room([queries, keys])
    for (let i = 0; i < queries; i++) hidden.fill(emit.lowest, i * keys + Math.min(past + i + 1, keys), (i + 1) * keys)
    scores = emit.op('Add', [scores, emit.floats([queries, keys], hidden)])
  }
  if (softcap > 0) scores = emit.op('Mul', [emit.op('Tanh', [emit.op('Div', [scores, softcap])]), softcap])
  return emit.op('MatMul', [emit.op('Softmax', [scores], { axis: int(3) }), v])
}

/** [batch, places, heads·size] as [batch, heads, places, size]. */
function split({ emit }: RuleScope, x: string, heads: number): string {
  const [batch = 1, places = 1, size = 1] = emit.shape(x)
  return emit.transpose(emit.reshape(x, [batch, places, heads, size / heads]), [0, 2, 1, 3])
}

function joined({ emit }: RuleScope, y: string): string {
  const [batch = 1, heads = 1, places = 1, size = 1] = emit.shape(y)
  return emit.reshape(emit.transpose(y, [0, 2, 1, 3]), [batch, places, heads * size])
}

/** Each head of keys serves several of queries. */
function repeated({ emit }: RuleScope, x: string, heads: number): string {
  const [batch = 1, own = 1, places = 1, size = 1] = emit.shape(x)
  if (own === heads) return x
  const apart = emit.expand(emit.reshape(x, [batch, own, 1, places, size]), [batch, own, heads / own, places, size])
  return emit.reshape(apart, [batch, heads, places, size])
}

/** The keys and values with those of the past are its second and third outputs. */
const Attention: Rule = scope =>
  scope.through(() => {
    const { node, emit, I } = scope
    const isFlat = emit.shape(I(0)).length === 3
    const own = (i: number, heads: string) => (isFlat ? split(scope, I(i), intAttribute(node, heads, 1)) : I(i))
    const after = (past: number, now: string) => (node.inputs[past] ? emit.concat([I(past), now], 2) : now)
    const q = own(0, 'q_num_heads')
    const [, heads = 1, , size = 1] = emit.shape(q)
    const softcap = floatAttribute(node, 'softcap', 0)
    const causal = intAttribute(node, 'is_causal', 0) === 1
    if (scope.GOs[3]) throw refusal(scope, 'its scores have no rule')
    if (softcap > 0 && (causal || node.inputs[3])) throw refusal(scope, 'a bounded score with a mask has no rule')
    const [keys, values] = [after(4, own(1, 'kv_num_heads')), after(5, own(2, 'kv_num_heads'))]
    const y = attended(scope, {
      q,
      k: repeated(scope, keys, heads),
      v: repeated(scope, values, heads),
      scale: floatAttribute(node, 'scale', 1 / Math.sqrt(size)),
      mask: node.inputs[3] || undefined,
      causal,
      past: node.inputs[4] ? (emit.shape(I(4))[2] ?? 0) : 0,
      softcap,
    })
    return [isFlat ? joined(scope, y) : y, keys, values]
  })

/** ONNX Runtime's form over Q, K and V apart, with one bias for the three. */
const MultiHeadAttention: Rule = scope =>
  scope.through(() => {
    const { node, emit, I } = scope
    if ([4, 6, 7].some(i => node.inputs[i]) || ![0, 1, 2].every(i => emit.shape(I(i) || I(0)).length === 3 && I(i)))
      throw refusal(scope, 'packed inputs, padding masks and the past have no rule')
    let from = 0
    const heads = intAttribute(node, 'num_heads', 1)
    const [q = '', k = '', v = ''] = [0, 1, 2].map(i => {
      const size = emit.shape(I(i)).at(-1) ?? 1
      const part = () => emit.slice(I(3), [0], [from], [from + size])
      const biased = node.inputs[3] ? emit.op('Add', [I(i), part()]) : I(i)
      from += size
      return split(scope, biased, heads)
    })
    const size = emit.shape(q).at(-1) ?? 1
    const causal = intAttribute(node, 'unidirectional', 0) === 1
    const scale = floatAttribute(node, 'scale', 0) || 1 / Math.sqrt(size)
    return [joined(scope, attended(scope, { q, k, v, scale, mask: node.inputs[5] || undefined, causal }))]
  })

/** ONNX Runtime's form over tokens, whose weights of Q, K and V stand side by side. */
const PackedAttention: Rule = scope =>
  scope.through(() => {
    const { node, emit, I } = scope
    if ([3, 4].some(i => node.inputs[i]) || node.attributes.has('qkv_hidden_sizes'))
      throw refusal(scope, 'masks, the past and sizes of their own have no rule')
    const product = emit.op('MatMul', [I(0), I(1)])
    const all = node.inputs[2] ? emit.op('Add', [product, I(2)]) : product
    const size = (emit.shape(all).at(-1) ?? 3) / 3
    const heads = intAttribute(node, 'num_heads', 1)
    const [q = '', k = '', v = ''] = [0, 1, 2].map(i =>
      split(scope, emit.slice(all, [2], [i * size], [(i + 1) * size]), heads),
    )
    const scale = floatAttribute(node, 'scale', 0) || 1 / Math.sqrt(size / heads)
    const causal = intAttribute(node, 'unidirectional', 0) === 1
    return [joined(scope, attended(scope, { q, k, v, scale, mask: node.inputs[5] || undefined, causal }))]
  })

export const attentionRules = {
  Attention,
  'com.microsoft.MultiHeadAttention': MultiHeadAttention,
  'com.microsoft.Attention': PackedAttention,
}
