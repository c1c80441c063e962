import { onlyFirst, type Rule, type RuleScope } from '../rule'

/** dX = dY where Y > 0, else 0: at 0 itself 0, as PyTorch has it. */
const Relu: Rule = onlyFirst(({ emit, O, GO }) => {
  const zero = emit.scalar(0)
  return emit.op('Where', [emit.op('Greater', [O, zero]), GO, zero])
})

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

const through = ({ GO }: RuleScope): string => GO

const Identity: Rule = onlyFirst(through)

/** At inference Dropout passes its input on. */
const Dropout: Rule = onlyFirst(through)

export const elementwiseRules = { Relu, Add, Sub, Mul, Div, Identity, Dropout }
