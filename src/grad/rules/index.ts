import type { Rule } from '../rule'
import { convRules } from './conv'
import { elementwiseRules } from './elementwise'
import { layoutRules } from './layout'
import { linearRules } from './linear'
import { normalizeRules } from './normalize'
import { poolRules } from './pool'

export const RULES = {
  ...convRules,
  ...elementwiseRules,
  ...layoutRules,
  ...linearRules,
  ...normalizeRules,
  ...poolRules,
} satisfies Record<string, Rule>

/** Operators that have a gradient rule. */
export type DifferentiableOp = keyof typeof RULES

/** Rules by operator: another table gives another backward pass, such as guided backpropagation. */
export type RuleTable = Readonly<Record<DifferentiableOp, Rule>>

/** Operators whose output does not move with small changes of the input: their gradient is 0 everywhere. */
export const ZERO_GRADIENT: ReadonlySet<string> = new Set([
  ...['Shape', 'Size', 'ArgMax', 'ArgMin', 'Sign', 'Floor', 'Ceil', 'Round', 'NonZero', 'IsNaN', 'IsInf'],
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'Not'],
])

export function ruleFor(rules: RuleTable, op: string, domain: string): Rule | undefined {
  return domain === '' && Object.hasOwn(rules, op) ? rules[op as DifferentiableOp] : undefined
}
