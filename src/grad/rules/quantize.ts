import { intAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/numbers'
import type { ElementType } from '../../graph/types'
import { onlyFirst, type Rule, type RuleScope, refusal } from '../rule'

/** The scale or zero point of all of X or of each place along `axis` (1 by default), so that it broadcasts over X. */
function perAxis(scope: RuleScope, input: number): string {
  const { node, emit, I } = scope
  const value = emit.cast(I(input), emit.type)
  const size = emit.shape(value)
  if (size.length === 0) return value
  const dims = emit.shape(I(0))
  const axis = positiveAxis(intAttribute(node, 'axis', 1), dims.length)
  if (size.length > 1) throw refusal(scope, 'quantization in blocks has no rule')
  return emit.reshape(
    value,
    dims.map((_, at) => (at === axis ? (size[0] ?? 1) : 1)),
  )
}

/** Y = (X − zero)·scale: dX = dY·scale, as if X were no integer. */
const DequantizeLinear: Rule = onlyFirst(scope => scope.emit.op('Mul', [scope.GO, perAxis(scope, 1)]))

const RANGES: Readonly<Partial<Record<ElementType, readonly [number, number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
}

/**
 * Y = clamp(round(X/scale) + zero): the rounding counts as the identity, so dX = dY/scale where nothing is clamped
 * (straight-through, Bengio et al. 2013; so PyTorch's FakeQuantize has it). The true gradient is 0 everywhere.
 */
const QuantizeLinear: Rule = onlyFirst(scope => {
  const { node, emit, I, O, GO } = scope
  const range = RANGES[emit.typeOf(O)]
  if (!range) throw refusal(scope, `numbers of type ${emit.typeOf(O)} have no rule`)
  const scale = perAxis(scope, 1)
  const steps = emit.op('Div', [I(0), scale])
  const place = node.inputs[2] ? emit.op('Add', [steps, perAxis(scope, 2)]) : steps
  const above = emit.where(emit.op('Less', [place, range[0] - 0.5]), 0, emit.op('Div', [GO, scale]))
  return emit.where(emit.op('Greater', [place, range[1] + 0.5]), 0, above)
})

export const quantizeRules = { DequantizeLinear, QuantizeLinear }
