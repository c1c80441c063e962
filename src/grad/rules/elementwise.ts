import { floatAttribute } from '../../graph/attributes'
import { isFloat } from '../../graph/shape-rules'
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

/** Of floats Y = A − B·trunc(A/B) (`fmod`): dA = dY, dB = −trunc(A/B)·dY, the whole number being (A − Y)/B. */
const Mod: Rule = ({ emit, I, O, GO, wants }) => {
  const times = () => emit.op('Floor', [emit.op('Add', [emit.op('Div', [emit.op('Sub', [I(0), O]), I(1)]), 0.5])])
  return [GO, wants(1) ? emit.op('Neg', [emit.op('Mul', [GO, times()])]) : null]
}

const Neg: Rule = onlyFirst(({ emit, GO }) => emit.op('Neg', [GO]))

/** dX = sign(X)·dY: 0 at 0. */
const Abs: Rule = onlyFirst(({ emit, I, GO }) => {
  const right = emit.where(emit.op('Greater', [I(0), 0]), GO, 0)
  return emit.op('Sub', [right, emit.where(emit.op('Less', [I(0), 0]), GO, 0)])
})

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

/** Between floating types the gradient goes back in the input's own; that of quantized numbers is a float. */
const Cast: Rule = onlyFirst(({ emit, I, GO }) => {
  const type = emit.typeOf(I(0))
  return isFloat(type) ? emit.cast(GO, type) : GO
})

/** The oldest way to scale a picture: Y = scale·X + bias. */
const ImageScaler: Rule = onlyFirst(({ node, emit, GO }) => emit.op('Mul', [GO, floatAttribute(node, 'scale', 1)]))

export const elementwiseRules = {
  ...{ Add, Sub, Mul, Div, Mod, Neg, Abs, Exp, Log, Reciprocal, Tanh, Erf },
  ...{ Max: extreme('Less'), Min: extreme('Greater'), Sum, Mean, Where, Identity, Dropout, Cast, ImageScaler },
}
