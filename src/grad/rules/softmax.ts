import { intAttribute } from '../../graph/attributes'
import { positiveAxis } from '../../graph/numbers'
import { sizeOf } from '../../graph/tensors'
import { onlyFirst, type Rule, type RuleScope } from '../rule'

interface Along extends RuleScope {
  readonly y: string
  readonly dY: string
  sum(x: string): string
}

/**
 * Before opset 13 Softmax and LogSoftmax flatten to two axes at `axis` (default 1), since then they work along one
 * (default the last).
 */
const along = (rule: (scope: Along) => string): Rule =>
  onlyFirst(scope => {
    const { node, emit, I, O, GO } = scope
    const dims = emit.shape(I(0))
    const isAlong = emit.opset >= 13
    const axis = positiveAxis(intAttribute(node, 'axis', isAlong ? -1 : 1), dims.length)
    const flat = isAlong ? dims : [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))]
    const sum = (x: string) => emit.reduce('ReduceSum', x, [isAlong ? axis : 1], true)
    return emit.reshape(rule({ ...scope, y: emit.reshape(O, flat), dY: emit.reshape(GO, flat), sum }), dims)
  })

/** dX = (dY − Σ dY·Y)·Y */
const Softmax = along(({ emit, y, dY, sum }) => emit.op('Mul', [emit.op('Sub', [dY, sum(emit.op('Mul', [dY, y]))]), y]))

/** dX = dY − eʸ·Σ dY */
const LogSoftmax = along(({ emit, y, dY, sum }) => emit.op('Sub', [dY, emit.op('Mul', [emit.op('Exp', [y]), sum(dY)])]))

export const softmaxRules = { Softmax, LogSoftmax }
