import { onlyFirst, type Rule, type RuleScope } from '../rule'
import { RULES, type RuleTable } from './index'
import { RECTIFIER_FORMS, rectified } from './rectifiers'

/** Two numbers that a program is fed, float32 [1]: what an activation and a gradient have to exceed to pass a ReLU. */
export const GATES = ['gate→activation', 'gate→gradient'] as const

const [ACTIVATION, GRADIENT] = GATES

export type Gate = (typeof GATES)[number]

/** Lower than any activation or gradient: holds nothing back. */
const OPEN = -3.4e38

/**
 * The input gradients, which differ only in what a ReLU holds back (Springenberg et al. 2015, figure 1):
 *
 * - `saliency`, the gradient itself: dX = dY where Y > 0 (Simonyan et al. 2014)
 * - `guided`, guided backpropagation: dX = max(dY, 0) where Y > 0 (Springenberg et al. 2015)
 * - `deconvnet`: dX = max(dY, 0), whatever Y was (Zeiler and Fergus 2014)
 */
export const GRADIENT_KINDS = {
  saliency: { 'gate→activation': 0, 'gate→gradient': OPEN },
  guided: { 'gate→activation': 0, 'gate→gradient': 0 },
  deconvnet: { 'gate→activation': OPEN, 'gate→gradient': 0 },
} satisfies Record<string, Record<Gate, number>>

/** Nothing is held back: dX = dY, as if there were no ReLU. */
export const STRAIGHT: Readonly<Record<Gate, number>> = { 'gate→activation': OPEN, 'gate→gradient': OPEN }

export type GradientKind = keyof typeof GRADIENT_KINDS

/** dY where it exceeds its gate. */
function passed({ emit, GO }: RuleScope): string {
  return emit.where(emit.op('Greater', [GO, emit.cast(GRADIENT, emit.type)]), GO, 0)
}

/** dX = dY where Y and dY exceed their gates, else 0. */
const Relu: Rule = onlyFirst(scope => {
  const { emit, O } = scope
  return emit.where(emit.op('Greater', [O, emit.cast(ACTIVATION, emit.type)]), passed(scope), 0)
})

/**
 * The same for the other forms of a ReLU: the operator's own rule over what passes the gate of the gradient, and over what
 * passes it everything where the gate of the activation is open.
 */
const gated =
  (rule: Rule): Rule =>
  scope => {
    const { node, emit, producer } = scope
    const place = rectified(node, { scopeOf: other => emit.scopeOf(other), producer })
    if (place === undefined || !scope.wants(place)) return rule(scope)
    const GO = passed(scope)
    const isOpen = emit.op('Less', [emit.cast(ACTIVATION, emit.type), 0])
    return rule({ ...scope, GO, GOs: [GO] }).map((gradient, i) =>
      i === place && gradient !== null ? emit.where(isOpen, GO, gradient) : gradient,
    )
  }

/** One backward pass for every kind: which one it is, is fed with the run, so that all share programs and weights. */
export const GATED_RULES: RuleTable = {
  ...RULES,
  ...Object.fromEntries(RECTIFIER_FORMS.map(op => [op, gated(RULES[op])])),
  Relu,
}
