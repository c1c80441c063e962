import { HookscopeError } from '../errors'
import type { Rule } from '../grad/rule'
import { keyOf, RULES, type RuleTable } from '../grad/rules'
import { GATED_RULES, GATES, type Gate, GRADIENT_KINDS, type GradientKind } from '../grad/rules/gated'
import type { Attribute } from '../graph/types'

/** A value by its name, or a number, which becomes a scalar of the gradient's type. */
export type Operand = string | number

/** One operator of the file, as a rule for its gradient sees it. */
export interface NodeView {
  readonly op: string
  readonly attributes: ReadonlyMap<string, Attribute>
  /** Names of its inputs; the empty string for an optional one that is left out. */
  readonly inputs: readonly string[]
  /** Name of its first output. */
  readonly output: string
  /** Name of the gradient with respect to that output. */
  readonly gradOutput: string
  /** Whether the gradient with respect to the i-th input is asked for. */
  wants(i: number): boolean
  /** Adds an ONNX operator of the file's opset. @returns the name of its first output */
  write(op: string, inputs: readonly Operand[], attributes?: Readonly<Record<string, Attribute>>): string
}

/**
 * Writes the gradient with respect to each input of an operator, in order; null where there is none. A gradient that was
 * broadcast is summed over by itself.
 */
export type GradientRule = (node: NodeView) => readonly (string | null)[]

/**
 * `saliency` is the gradient itself; `guided` and `deconvnet` hold back at ReLUs what the papers hold back. Or rules by
 * operator (`Relu`, `com.microsoft.Gelu`), which take the place of the program's own, or stand where it has none. Operators whose
 * gradient is 0 everywhere, such as Round, are not asked.
 */
export type GradientRules = GradientKind | Readonly<Record<string, GradientRule>>

/** Gates by the name that the rules read them under, and the table. */
export interface ChosenRules {
  readonly table: RuleTable
  readonly gates: ReadonlyMap<string, number>
}

/** @throws HookscopeError `bad-argument` */
export function chooseRules(rules: GradientRules = 'saliency'): ChosenRules {
  if (typeof rules === 'object') {
    const own = Object.entries(rules).map(([op, rule]) => [op, ownRule(rule)] as const)
    return { table: { ...RULES, ...Object.fromEntries(own) }, gates: new Map() }
  }
  if (rules === 'saliency') return { table: RULES, gates: new Map() }
  if (!Object.hasOwn(GRADIENT_KINDS, rules))
    throw new HookscopeError(
      'bad-argument',
      `There are no rules “${String(rules)}”: choose ${Object.keys(GRADIENT_KINDS).join(', ')}, or give rules by operator.`,
    )
  const gates: Readonly<Record<Gate, number>> = GRADIENT_KINDS[rules]
  return { table: GATED_RULES, gates: new Map(GATES.map(gate => [gate, gates[gate]])) }
}

const ownRule =
  (rule: GradientRule): Rule =>
  ({ node, emit, O, GO, wants }) =>
    rule({
      op: keyOf(node.op, node.domain),
      attributes: node.attributes,
      inputs: node.inputs,
      output: O,
      gradOutput: GO,
      wants,
      write: (op, inputs, attributes) => emit.op(op, inputs, { ...attributes }),
    })
