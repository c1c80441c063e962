import { intAttribute, ints, intsAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/shape-rules'
import { onlyFirst, type Rule } from '../rule'

/** Elements stay in order: the gradient takes the input's shape again. */
const reshaped: Rule = onlyFirst(({ emit, I, GO }) => emit.reshape(GO, emit.shape(I(0))))

/** The inverse permutation: inverse[perm[i]] = i. */
const Transpose: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const rank = emit.shape(I(0)).length
  const perm = intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis)
  return emit.op('Transpose', [GO], { perm: ints(perm.map((_, axis) => perm.indexOf(axis))) })
})

/** Each input gets its own part of dY. */
const Concat: Rule = ({ node, emit, I, GO, wants }) => {
  const axis = positiveAxis(intAttribute(node, 'axis', 1), emit.shape(GO).length)
  let from = 0
  return node.inputs.map((_, i) => {
    const to = from + (emit.shape(I(i))[axis] ?? 0)
    const part = wants(i) ? emit.slice(GO, [axis], [from], [to]) : null
    from = to
    return part
  })
}

export const layoutRules = {
  Flatten: reshaped,
  Reshape: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose,
  Concat,
}
