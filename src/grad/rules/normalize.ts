import { floatAttribute, intAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/shape-rules'
import { sizeOf } from '../../graph/tensors'
import { onlyFirst, type Rule } from '../rule'

/** At inference Y = scale·(X − mean)/√(var + ε) + bias, a channel each: dX = dY·scale/√(var + ε). */
const BatchNormalization: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const epsilon = emit.scalar(floatAttribute(node, 'epsilon', 1e-5))
  const deviation = emit.op('Sqrt', [emit.op('Add', [I(4), epsilon])])
  const dims = emit.shape(I(0)).map((size, axis) => (axis === 1 ? size : 1))
  return emit.op('Mul', [GO, emit.reshape(emit.op('Div', [I(1), deviation]), dims)])
})

/**
 * dX = (dY − Σ dY·Y)·Y, the sum along the softmax's axis. Before opset 13 Softmax flattens to two axes at `axis`
 * (default 1), since then it works along one (default the last).
 */
const Softmax: Rule = onlyFirst(({ node, emit, I, O, GO }) => {
  const dims = emit.shape(I(0))
  const along = emit.opset >= 13
  const axis = positiveAxis(intAttribute(node, 'axis', along ? -1 : 1), dims.length)
  const flat = along ? dims : [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))]
  const y = along ? O : emit.reshape(O, flat)
  const dY = along ? GO : emit.reshape(GO, flat)
  const sum = emit.reduceSum(emit.op('Mul', [dY, y]), [along ? axis : 1], true)
  const dX = emit.op('Mul', [emit.op('Sub', [dY, sum]), y])
  return along ? dX : emit.reshape(dX, dims)
})

export const normalizeRules = { BatchNormalization, Softmax }
