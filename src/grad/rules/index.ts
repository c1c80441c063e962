import { operatorsThat } from '../../graph/traits'
import type { Rule } from '../rule'
import { activationRules } from './activations'
import { boundRules } from './bounds'
import { convRules } from './conv'
import { einsumRules } from './einsum'
import { elementwiseRules } from './elementwise'
import { indexingRules } from './indexing'
import { layoutRules } from './layout'
import { linearRules } from './linear'
import { normalizeRules } from './normalize'
import { normRules } from './norms'
import { poolRules } from './pool'
import { quantizeRules } from './quantize'
import { reduceRules } from './reduce'
import { resizeRules } from './resize'
import { rootRules } from './roots'
import { softmaxRules } from './softmax'
import { trigonometricRules } from './trigonometric'

export const RULES = {
  ...activationRules,
  ...boundRules,
  ...convRules,
  ...einsumRules,
  ...elementwiseRules,
  ...indexingRules,
  ...layoutRules,
  ...linearRules,
  ...normRules,
  ...normalizeRules,
  ...poolRules,
  ...quantizeRules,
  ...reduceRules,
  ...resizeRules,
  ...rootRules,
  ...softmaxRules,
  ...trigonometricRules,
} satisfies Record<string, Rule>

/** Operators that have a gradient rule. */
type DifferentiableOp = keyof typeof RULES

/** Rules by operator: another table gives another backward pass, such as guided backpropagation. */
export type RuleTable = Readonly<Record<DifferentiableOp, Rule>>

/** Operators whose rule knows the gradients of all their outputs; the others know the first alone. */
export const SEVERAL_OUTPUTS: ReadonlySet<string> = new Set<DifferentiableOp>(['Split'])

/** Operators whose output does not move with small changes of the input: their gradient is 0 everywhere. */
export const ZERO_GRADIENT: ReadonlySet<string> = operatorsThat('still')

export function ruleFor(rules: RuleTable, op: string, domain: string): Rule | undefined {
  const key = domain === '' ? op : `${domain}.${op}`
  return Object.hasOwn(rules, key) ? rules[key as DifferentiableOp] : undefined
}
