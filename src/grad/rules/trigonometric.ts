import type { Emitter, Operand } from '../emitter'
import { onlyFirst, type Rule } from '../rule'

const square = (emit: Emitter, x: string): string => emit.op('Mul', [x, x])

/** dX = dY/√(a·X² + b) */
const overRoot = (a: 1 | -1, b: 1 | -1): Rule =>
  onlyFirst(({ emit, I, GO }) => {
    const x = square(emit, I(0))
    const inside: readonly Operand[] = a === 1 ? [x, b] : [b, x]
    return emit.op('Div', [GO, emit.op('Sqrt', [emit.op(a === 1 ? 'Add' : 'Sub', inside)])])
  })

const negated = (rule: Rule): Rule => {
  return scope => rule(scope).map(gradient => gradient && scope.emit.op('Neg', [gradient]))
}

/** dX = dY·f(X), the slope being another function of the same kind. */
const by = (slope: 'Sin' | 'Cos' | 'Sinh' | 'Cosh'): Rule =>
  onlyFirst(({ emit, I, GO }) => emit.op('Mul', [GO, emit.op(slope, [I(0)])]))

/** dX = dY·(1 + Y²) */
const Tan: Rule = onlyFirst(({ emit, O, GO }) => emit.op('Mul', [GO, emit.op('Add', [square(emit, O), 1])]))

/** dX = dY/(1 + X²) */
const Atan: Rule = onlyFirst(({ emit, I, GO }) => emit.op('Div', [GO, emit.op('Add', [square(emit, I(0)), 1])]))

/** dX = dY/(1 − X²) */
const Atanh: Rule = onlyFirst(({ emit, I, GO }) => emit.op('Div', [GO, emit.op('Sub', [1, square(emit, I(0))])]))

export const trigonometricRules = {
  ...{ Sin: by('Cos'), Cos: negated(by('Sin')), Tan, Sinh: by('Cosh'), Cosh: by('Sinh') },
  ...{ Asin: overRoot(-1, 1), Acos: negated(overRoot(-1, 1)), Atan },
  ...{ Asinh: overRoot(1, 1), Acosh: overRoot(1, -1), Atanh },
}
