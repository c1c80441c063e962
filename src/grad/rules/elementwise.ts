import type { Emitter } from '../emitter'
import { onlyFirst, type Rule, type RuleScope } from '../rule'

const Add: Rule = ({ GO }) => [GO, GO]

const Sub: Rule = ({ emit, GO, wants }) => [GO, wants(1) ? emit.op('Neg', [GO]) : null]

/** d(a·b) = b·da + a·db */
const Mul: Rule = ({ emit, I, GO, wants }) => [
  wants(0) ? emit.op('Mul', [GO, I(1)]) : null,
  wants(1) ? emit.op('Mul', [GO, I(0)]) : null,
]

/** d(a/b) = da/b − (a/b)/b·db */
const Div: Rule = ({ emit, I, O, GO, wants }) => [
  wants(0) ? emit.op('Div', [GO, I(1)]) : null,
  wants(1) ? emit.op('Neg', [emit.op('Mul', [GO, emit.op('Div', [O, I(1)])])]) : null,
]

/**
 * d(aᵇ) = b·aᵇ⁻¹·da + aᵇ·ln(a)·db. Where b = 0, da is 0 even at a = 0; where a = 0, db is 0, as PyTorch has both.
 */
const Pow: Rule = scope => {
  const { emit, I, O, GO, wants } = scope
  return [
    wants(0) ? emit.op('Mul', [GO, powerSlope(scope)]) : null,
    wants(1) ? emit.op('Mul', [GO, emit.op('Mul', [O, safeLog(emit, I(0))])]) : null,
  ]
}

function powerSlope({ node, emit, I }: RuleScope): string {
  const [, exponent] = emit.scopeOf(node).inputs
  const base = I(0)
  if (exponent?.content?.length === 1) {
    const [b = 0] = exponent.content
    if (b === 0) return emit.scalar(0)
    if (b === 2) return emit.op('Mul', [base, 2])
    return emit.op('Mul', [emit.op('Pow', [base, b - 1]), b])
  }
  const b = emit.cast(I(1), emit.type)
  const none = emit.not(emit.cast(b, 'bool'))
  const less = emit.op('Sub', [emit.where(none, 1, b), 1])
  return emit.op('Mul', [emit.op('Pow', [base, less]), b])
}

const safeLog = (emit: Emitter, base: string): string => {
  const zero = emit.not(emit.cast(base, 'bool'))
  return emit.where(zero, 0, emit.op('Log', [emit.where(zero, 1, base)]))
}

const Neg: Rule = onlyFirst(({ emit, GO }) => emit.op('Neg', [GO]))

/** dX = sign(X)·dY: 0 at 0. */
const Abs: Rule = onlyFirst(({ emit, I, GO }) => {
  const right = emit.where(emit.op('Greater', [I(0), 0]), GO, 0)
  return emit.op('Sub', [right, emit.where(emit.op('Less', [I(0), 0]), GO, 0)])
})

/** dX = dY/(2Y) */
const Sqrt: Rule = onlyFirst(({ emit, O, GO }) => emit.op('Div', [emit.op('Mul', [GO, 0.5]), O]))

/** dX = dY·Y */
const Exp: Rule = onlyFirst(({ emit, O, GO }) => emit.op('Mul', [GO, O]))

/** dX = dY/X */
const Log: Rule = onlyFirst(({ emit, I, GO }) => emit.op('Div', [GO, I(0)]))

/** dX = −dY·Y² */
const Reciprocal: Rule = onlyFirst(({ emit, O, GO }) => emit.op('Neg', [emit.op('Mul', [GO, emit.op('Mul', [O, O])])]))

/** dX = dY·(1 − Y²) */
const Tanh: Rule = onlyFirst(({ emit, O, GO }) => emit.op('Mul', [GO, emit.op('Sub', [1, emit.op('Mul', [O, O])])]))

/** dX = dY·2/√π·exp(−X²) */
const Erf: Rule = onlyFirst(({ emit, I, GO }) => {
  const bell = emit.op('Exp', [emit.op('Neg', [emit.op('Mul', [I(0), I(0)])])])
  return emit.op('Mul', [GO, emit.op('Mul', [bell, 2 / Math.sqrt(Math.PI)])])
})

/**
 * The largest, or smallest, of all inputs gets dY; those that share a place get equal parts of it, as PyTorch's maximum
 * and minimum have it for two.
 *
 * @param beyond what an input that is not chosen is to the output
 */
const extreme =
  (beyond: 'Less' | 'Greater'): Rule =>
  ({ node, emit, I, O, GO, wants }) => {
    if (node.inputs.length === 1) return [GO]
    const marks = node.inputs.map((_, i) => emit.where(emit.op(beyond, [I(i), O]), 0, 1))
    const share = emit.op('Div', [GO, marks.reduce((sum, mark) => emit.op('Add', [sum, mark]))])
    return marks.map((mark, i) => (wants(i) ? emit.op('Mul', [share, mark]) : null))
  }

const Sum: Rule = ({ node, GO }) => node.inputs.map(() => GO)

const Mean: Rule = ({ node, emit, GO }) => {
  const share = emit.op('Div', [GO, node.inputs.length])
  return node.inputs.map(() => share)
}

/** Either side gets dY where the condition chose it. */
const Where: Rule = ({ emit, I, GO, wants }) => [
  null,
  wants(1) ? emit.where(I(0), GO, 0) : null,
  wants(2) ? emit.where(I(0), 0, GO) : null,
]

const through = ({ GO }: RuleScope): string => GO

const Identity: Rule = onlyFirst(through)

/** At inference Dropout passes its input on. */
const Dropout: Rule = onlyFirst(through)

/** Between floating types the gradient goes back in the input's own. */
const Cast: Rule = onlyFirst(({ emit, I, GO }) => emit.cast(GO, emit.typeOf(I(0))))

export const elementwiseRules = {
  ...{ Add, Sub, Mul, Div, Pow, Neg, Abs, Sqrt, Exp, Log, Reciprocal, Tanh, Erf },
  ...{ Max: extreme('Less'), Min: extreme('Greater'), Sum, Mean, Where, Identity, Dropout, Cast },
}
