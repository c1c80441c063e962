import { floatAttribute } from '../../graph/attributes'
import type { ShapeScope } from '../../graph/shape-rules'
import type { Node } from '../../graph/types'
import type { Operand } from '../emitter'
import { onlyFirst, type Rule } from '../rule'

interface Bound {
  readonly operand: Operand
  /** undefined where only a run tells it. */
  readonly value: number | undefined
}

/** A Clip's bounds: attributes until opset 11, inputs since then. */
export function boundsOf({ node, opset, inputs }: ShapeScope): { low: Bound | undefined; high: Bound | undefined } {
  const bound = (name: string, place: number): Bound | undefined => {
    if (opset < 11) {
      const value = floatAttribute(node, name, Number.NaN)
      return Number.isNaN(value) ? undefined : { operand: value, value }
    }
    const operand = node.inputs[place]
    return operand ? { operand, value: inputs[place]?.content?.[0] } : undefined
  }
  return { low: bound('min', 1), high: bound('max', 2) }
}

/** Names, and what PyTorch's newer exporter leaves of classes and operators; a stack trace speaks of other lines as well. */
function saidOf({ name, outputs, metadata }: Node): string {
  const told = [...metadata].flatMap(([key, value]) => (key.includes('stack_trace') ? [] : [value]))
  return [name, ...outputs, ...told].join(' ')
}

/**
 * Whether a Clip is ReLU6 or Hardtanh, whose gradient is 0 at the bounds themselves, and not a clamp, which passes it
 * there. Both export to Clip: the file's names or metadata may tell; else [0, 6] is ReLU6, and any other a clamp.
 */
function isHardTanh(scope: ShapeScope): boolean {
  const said = saidOf(scope.node)
  if (/relu6|hardtanh/i.test(said)) return true
  if (/clamp|clip_by/i.test(said)) return false
  const { low, high } = boundsOf(scope)
  return low?.value === 0 && high?.value === 6
}

/** dX = dY between the bounds, else 0; at a bound as `isHardTanh` says. */
const Clip: Rule = onlyFirst(({ node, emit, I, O, GO }) => {
  const scope = emit.scopeOf(node)
  const { low, high } = boundsOf(scope)
  if (isHardTanh(scope)) {
    const above = low ? emit.where(emit.op('Greater', [O, low.operand]), GO, 0) : GO
    return high ? emit.where(emit.op('Less', [O, high.operand]), above, 0) : above
  }
  const above = low ? emit.where(emit.op('Less', [I(0), low.operand]), 0, GO) : GO
  return high ? emit.where(emit.op('Greater', [I(0), high.operand]), 0, above) : above
})

/** Y = max(0, min(1, α·X + β)): dX = α·dY where 0 < Y < 1. */
const HardSigmoid: Rule = onlyFirst(({ node, emit, O, GO }) => {
  const scaled = emit.op('Mul', [GO, floatAttribute(node, 'alpha', 0.2)])
  const above = emit.where(emit.op('Greater', [O, 0]), scaled, 0)
  return emit.where(emit.op('Less', [O, 1]), above, 0)
})

/**
 * Y = X·max(0, min(1, X/6 + 1/2)): slope 0 below −3, X/3 + 1/2 from −3 to 3, 1 from 3 on. PyTorch has −1/2 at −3, and at 3
 * 1 in its vectors and 3/2 in what is left over of them.
 */
const HardSwish: Rule = onlyFirst(({ emit, I, GO }) => {
  const slope = emit.op('Add', [emit.op('Mul', [I(0), 1 / 3]), 0.5])
  const below = emit.where(emit.op('Less', [I(0), 3]), emit.op('Mul', [GO, slope]), GO)
  return emit.where(emit.op('Less', [I(0), -3]), 0, below)
})

export const boundRules = { Clip, HardSigmoid, HardSwish }
