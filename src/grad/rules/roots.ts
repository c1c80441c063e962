import { has } from '../../graph/traits'
import type { Node } from '../../graph/types'
import type { Emitter } from '../emitter'
import { onlyFirst, type Rule, type RuleScope } from '../rule'

/**
 * Whether a value is a sum or mean of even powers, or of powers above 1 of absolute values, and so is 0 only where its
 * own gradient is. The root of one is a norm or a deviation, whose gradient PyTorch has 0 at 0; that of the written root
 * would be ∞·0.
 */
function isSumOfPowers(value: string, { emit, producer }: RuleScope): boolean {
  const pending = [value]
  for (let steps = 0; pending.length > 0; steps++) {
    const node = producer(pending.pop() ?? '')
    if (!node || steps > LONGEST) return false
    const inside = summands(node, emit, producer)
    if (!inside) return false
    pending.push(...inside)
  }
  return true
}

/** Nodes between a root and its powers. Files are no longer there; a damaged one may be. */
const LONGEST = 64

/** The values that have to be sums of powers for the node's output to be one: none for a power; undefined where it is none. */
function summands(node: Node, emit: Emitter, producer: RuleScope['producer']): readonly string[] | undefined {
  const { op, inputs } = node
  const [a = '', b = ''] = inputs
  const isNumber = (i: number) => emit.scopeOf(node).inputs[i]?.content !== undefined
  if (op === 'ReduceSumSquare') return []
  if (op === 'Pow') {
    const exponent = emit.scopeOf(node).inputs[1]?.content
    if (exponent?.length !== 1) return undefined
    const [p = 0] = exponent
    return p > 0 && (p % 2 === 0 || (p > 1 && producer(a)?.op === 'Abs')) ? [] : undefined
  }
  if (op === 'Mul' && a === b) return []
  if (op === 'Mul' && isNumber(0)) return [b]
  if ((op === 'Mul' || op === 'Div') && isNumber(1)) return [a]
  if (op === 'Mul' || op === 'Add') return [a, b]
  const passes = has(node, 'copies', 'converts', 'reshapes', 'permutes', 'cuts')
  return passes || SUMMING.has(op) ? [a] : undefined
}

const SUMMING: ReadonlySet<string> = new Set(
  'ReduceSum ReduceMean AveragePool GlobalAveragePool Clip Relu Expand Tile'.split(' '),
)

/** dX = dY/(2Y): ∞ at 0, as PyTorch has it, but 0 where Y is a norm. */
const Sqrt: Rule = onlyFirst(scope => {
  const { emit, I, O, GO } = scope
  const slope = emit.op('Div', [emit.op('Mul', [GO, 0.5]), O])
  return isSumOfPowers(I(0), scope) ? emit.where(emit.op('Greater', [O, 0]), slope, 0) : slope
})

/**
 * d(aᵇ) = b·aᵇ⁻¹·da + aᵇ·ln(a)·db. Where b = 0, da is 0 even at a = 0; where a = 0, db is 0, as PyTorch has both. A root
 * is as in Sqrt.
 */
const Pow: Rule = scope => {
  const { emit, I, O, GO, wants } = scope
  return [
    wants(0) ? powerSlope(scope) : null,
    wants(1) ? emit.op('Mul', [GO, emit.op('Mul', [O, safeLog(emit, I(0))])]) : null,
  ]
}

function powerSlope(scope: RuleScope): string {
  const { node, emit, I, GO } = scope
  const [, exponent] = emit.scopeOf(node).inputs
  const base = I(0)
  if (exponent?.content?.length === 1) {
    const [b = 0] = exponent.content
    if (b === 0) return emit.op('Mul', [GO, 0])
    if (b === 2) return emit.op('Mul', [GO, emit.op('Mul', [base, 2])])
    const slope = emit.op('Mul', [GO, emit.op('Mul', [emit.op('Pow', [base, b - 1]), b])])
    return b < 1 && isSumOfPowers(base, scope) ? emit.where(emit.op('Greater', [base, 0]), slope, 0) : slope
  }
  const b = emit.cast(I(1), emit.type)
  const none = emit.not(emit.cast(b, 'bool'))
  const less = emit.op('Sub', [emit.where(none, 1, b), 1])
  return emit.op('Mul', [GO, emit.op('Mul', [emit.op('Pow', [base, less]), b])])
}

const safeLog = (emit: Emitter, base: string): string => {
  const zero = emit.not(emit.cast(base, 'bool'))
  return emit.where(zero, 0, emit.op('Log', [emit.where(zero, 1, base)]))
}

export const rootRules = { Sqrt, Pow }
