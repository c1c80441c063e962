import { intAttribute, stringAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/numbers'
import { orderOf, splitOf } from '../../graph/shape-rules/layout'
import { onlyFirst, type Rule, refusal } from '../rule'

/** Elements stay in order: the gradient takes the input's shape again. */
const reshaped: Rule = onlyFirst(({ emit, I, GO }) => emit.reshape(GO, emit.shape(I(0))))

/** The inverse permutation: inverse[perm[i]] = i. */
const Transpose: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const rank = emit.shape(I(0)).length
  const perm = orderOf(node, rank)
  const inverse = perm.map((_, axis) => perm.indexOf(axis))
  return emit.transpose(GO, inverse)
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

/** The parts' gradients side by side, zeros for those that do not move the target. */
const Split: Rule = scope => {
  const { node, emit, I, GOs } = scope
  const dims = emit.shape(I(0))
  const parts = splitOf(emit.scopeOf(node))
  if (!parts) throw refusal(scope, 'the sizes of its parts are no constants')
  const { axis, sizes } = parts
  return [
    emit.concat(
      sizes.map((size, i) => GOs[i] ?? emit.filled(dims.with(axis, size), 0)),
      axis,
    ),
  ]
}

/** Broadcasting: the walk sums over every place that X went to. */
const Expand: Rule = onlyFirst(({ GO }) => GO)

/** Σ over the copies: each axis of r·n becomes r and n, and the first is summed over. */
const Tile: Rule = onlyFirst(({ emit, I, GO }) => {
  const dims = emit.shape(I(0))
  const whole = emit.shape(GO)
  const split = dims.flatMap((size, axis) => [(whole[axis] ?? 1) / Math.max(size, 1), size])
  const copies = dims.map((_, axis) => 2 * axis)
  return emit.reduce('ReduceSum', emit.reshape(GO, split), copies, false)
})

/**
 * Both move blocks between channels and places, as a Transpose of [N, b, b, C, H, W] (depth first) or
 * [N, C, b, b, H, W] (columns and rows first) does.
 */
const DepthToSpace: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const [n = 1, c = 1, h = 1, w = 1] = emit.shape(I(0))
  const b = intAttribute(node, 'blocksize', 1)
  const places = emit.reshape(GO, [n, c / b ** 2, h, b, w, b])
  const depthFirst = stringAttribute(node, 'mode', 'DCR') === 'DCR'
  return emit.reshape(emit.transpose(places, depthFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]), [n, c, h, w])
})

const SpaceToDepth: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const [n = 1, c = 1, h = 1, w = 1] = emit.shape(I(0))
  const b = intAttribute(node, 'blocksize', 1)
  const blocks = emit.reshape(GO, [n, b, b, c, h / b, w / b])
  return emit.reshape(emit.transpose(blocks, [0, 3, 4, 1, 5, 2]), [n, c, h, w])
})

export const layoutRules = {
  ...{ Flatten: reshaped, Reshape: reshaped, Squeeze: reshaped, Unsqueeze: reshaped },
  ...{ Transpose, Concat, Split, Expand, Tile, DepthToSpace, SpaceToDepth },
}
