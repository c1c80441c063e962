import { floatAttribute, stringAttribute } from '../../graph/attributes'
import type { Operand } from '../emitter'
import { onlyFirst, type Rule, type RuleScope } from '../rule'

/** dX = dY where Y > 0, else 0: at 0 itself 0, as PyTorch has it. */
const Relu: Rule = onlyFirst(({ emit, O, GO }) => emit.where(emit.op('Greater', [O, 0]), GO, 0))

/** dX = dY where X > 0, else dY·slope. */
const bent = ({ emit, I, GO }: RuleScope, slope: Operand): string =>
  emit.where(emit.op('Greater', [I(0), 0]), GO, emit.op('Mul', [GO, slope]))

const LeakyRelu: Rule = onlyFirst(scope => bent(scope, floatAttribute(scope.node, 'alpha', 0.01)))

/** Y = X where X > 0, else slope·X. */
const PRelu: Rule = scope => {
  const { emit, I, GO, wants } = scope
  return [
    wants(0) ? bent(scope, I(1)) : null,
    wants(1) ? emit.where(emit.op('Greater', [I(0), 0]), 0, emit.op('Mul', [GO, I(0)])) : null,
  ]
}

/** dX = dY where X > α, else 0. */
const ThresholdedRelu: Rule = onlyFirst(({ node, emit, I, GO }) =>
  emit.where(emit.op('Greater', [I(0), floatAttribute(node, 'alpha', 1)]), GO, 0),
)

/** Y = X ± bias where |X| > λ, else 0: there dX = dY. */
const Shrink: Rule = onlyFirst(({ node, emit, I, GO }) =>
  emit.where(emit.op('Greater', [emit.op('Abs', [I(0)]), floatAttribute(node, 'lambd', 0.5)]), GO, 0),
)

/** dX = dY·Y·(1 − Y) */
const Sigmoid: Rule = onlyFirst(({ emit, O, GO }) => emit.op('Mul', [GO, emit.op('Mul', [O, emit.op('Sub', [1, O])])]))

/** Y = α·(eˣ − 1) for X ≤ 0, where dX = dY·(Y + α). */
const Elu: Rule = onlyFirst(scope => {
  const { node, emit, O } = scope
  return bent(scope, emit.op('Add', [O, floatAttribute(node, 'alpha', 1)]))
})

/** Y = γ·X for X > 0, else γα·(eˣ − 1), where dX = dY·(Y + γα). */
const Selu: Rule = onlyFirst(({ node, emit, I, O, GO }) => {
  const gamma = floatAttribute(node, 'gamma', 1.0507009873554805)
  const alpha = floatAttribute(node, 'alpha', 1.6732632423543772)
  const slope = emit.where(emit.op('Greater', [I(0), 0]), gamma, emit.op('Add', [O, gamma * alpha]))
  return emit.op('Mul', [GO, slope])
})

/** Y = α·(exp(X/α) − 1) for X ≤ 0, where dX = dY·(Y/α + 1). */
const Celu: Rule = onlyFirst(scope => {
  const { node, emit, O } = scope
  return bent(scope, emit.op('Add', [emit.op('Div', [O, floatAttribute(node, 'alpha', 1)]), 1]))
})

/** Y = ln(1 + eˣ): dX = dY·σ(X) */
const Softplus: Rule = onlyFirst(({ emit, I, GO }) => emit.op('Mul', [GO, emit.op('Sigmoid', [I(0)])]))

/** Y = X/(1 + |X|): dX = dY/(1 + |X|)² */
const Softsign: Rule = onlyFirst(({ emit, I, GO }) => {
  const size = emit.op('Add', [emit.op('Abs', [I(0)]), 1])
  return emit.op('Div', [GO, emit.op('Mul', [size, size])])
})

/** Y = X·t with t = tanh(ln(1 + eˣ)): dX = dY·(t + X·σ(X)·(1 − t²)) */
const Mish: Rule = onlyFirst(({ emit, I, GO }) => {
  const t = emit.op('Tanh', [emit.op('Softplus', [I(0)])])
  const rest = emit.op('Sub', [1, emit.op('Mul', [t, t])])
  const weighed = emit.op('Mul', [emit.op('Mul', [I(0), emit.op('Sigmoid', [I(0)])]), rest])
  return emit.op('Mul', [GO, emit.op('Add', [t, weighed])])
})

/** Y = X·σ(αX) with s = σ(αX): dX = dY·s·(1 + αX·(1 − s)) */
const Swish: Rule = onlyFirst(({ node, emit, I, GO }) => {
  const scaled = emit.op('Mul', [I(0), floatAttribute(node, 'alpha', 1)])
  const s = emit.op('Sigmoid', [scaled])
  const slope = emit.op('Add', [emit.op('Mul', [scaled, emit.op('Sub', [1, s])]), 1])
  return emit.op('Mul', [GO, emit.op('Mul', [s, slope])])
})

/**
 * Exact: Y = X·Φ(X), dX = dY·(Φ(X) + X·φ(X)) with the normal distribution Φ = (1 + erf(X/√2))/2 and its density φ.
 *
 * By tanh: Y = X/2·(1 + t), t = tanh(u), u = √(2/π)·(X + 0.044715·X³), dX = dY/2·(1 + t + X·(1 − t²)·u′).
 */
const Gelu: Rule = onlyFirst(scope => {
  const slope = stringAttribute(scope.node, 'approximate', 'none') === 'tanh' ? tanhSlope(scope) : exactSlope(scope)
  return scope.emit.op('Mul', [scope.GO, slope])
})

function exactSlope({ emit, I }: RuleScope): string {
  const x = I(0)
  const erf = emit.op('Erf', [emit.op('Mul', [x, Math.SQRT1_2])])
  const distribution = emit.op('Mul', [emit.op('Add', [erf, 1]), 0.5])
  const bell = emit.op('Exp', [emit.op('Mul', [emit.op('Mul', [x, x]), -0.5])])
  const density = emit.op('Mul', [bell, 1 / Math.sqrt(2 * Math.PI)])
  return emit.op('Add', [distribution, emit.op('Mul', [x, density])])
}

function tanhSlope({ emit, I }: RuleScope): string {
  const [x, k, cubic] = [I(0), Math.sqrt(2 / Math.PI), 0.044715]
  const square = emit.op('Mul', [x, x])
  const u = emit.op('Mul', [x, emit.op('Add', [emit.op('Mul', [square, k * cubic]), k])])
  const t = emit.op('Tanh', [u])
  const du = emit.op('Add', [emit.op('Mul', [square, 3 * k * cubic]), k])
  const rest = emit.op('Mul', [emit.op('Sub', [1, emit.op('Mul', [t, t])]), emit.op('Mul', [x, du])])
  return emit.op('Mul', [emit.op('Add', [emit.op('Add', [t, 1]), rest]), 0.5])
}

export const activationRules = {
  ...{ Relu, LeakyRelu, PRelu, ThresholdedRelu, Shrink, Sigmoid, Elu, Selu, Celu },
  ...{ Softplus, Softsign, Mish, Swish, Gelu },
}
