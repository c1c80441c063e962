import { operatorsThat } from '../../graph/traits'
import type { Rule } from '../rule'
import { activationRules } from './activations'
import { attentionRules } from './attention'
import { boundRules } from './bounds'
import { convRules } from './conv'
import { einsumRules } from './einsum'
import { elementwiseRules } from './elementwise'
import { indexingRules } from './indexing'
import { layoutRules } from './layout'
import { linearRules } from './linear'
import { microsoftRules, SKIPS } from './microsoft'
import { normalizeRules } from './normalize'
import { normRules } from './norms'
import { pickingRules } from './picking'
import { poolRules } from './pool'
import { quantizeRules } from './quantize'
import { quantizedFormRules } from './quantized-forms'
import { reduceRules } from './reduce'
import { resizeRules } from './resize'
import { rootRules } from './roots'
import { samplingRules } from './sampling'
import { scatterRules } from './scatter'
import { softmaxRules } from './softmax'
import { trigonometricRules } from './trigonometric'

export const RULES = {
  ...activationRules,
  ...attentionRules,
  ...boundRules,
  ...convRules,
  ...einsumRules,
  ...elementwiseRules,
  ...indexingRules,
  ...layoutRules,
  ...linearRules,
  ...microsoftRules,
  ...normRules,
  ...normalizeRules,
  ...pickingRules,
  ...poolRules,
  ...quantizeRules,
  ...quantizedFormRules,
  ...reduceRules,
  ...resizeRules,
  ...rootRules,
  ...samplingRules,
  ...scatterRules,
  ...softmaxRules,
  ...trigonometricRules,
} satisfies Record<string, Rule>

/** Operators that have a gradient rule. */
type DifferentiableOp = keyof typeof RULES

/** Rules by operator: another table gives another backward pass, such as guided backpropagation. */
export type RuleTable = Readonly<Record<DifferentiableOp, Rule>>

/** Operators whose rule knows the gradients of all their outputs; the others know the first alone. */
export const SEVERAL_OUTPUTS: ReadonlySet<string> = new Set<DifferentiableOp>(['Attention', 'Split', ...SKIPS])

/** Operators whose output does not move with small changes of the input: their gradient is 0 everywhere. */
export const ZERO_GRADIENT: ReadonlySet<string> = operatorsThat('still')

/** Operators of other domains than ONNX's own stand under both names. */
export const keyOf = (op: string, domain: string): string => (domain === '' ? op : `${domain}.${op}`)

export function ruleFor(rules: RuleTable, op: string, domain: string): Rule | undefined {
  const key = keyOf(op, domain)
  return Object.hasOwn(rules, key) ? rules[key as DifferentiableOp] : undefined
}
