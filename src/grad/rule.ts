import { HookscopeError } from '../errors'
import { type Node, nodeLabel } from '../graph/types'
import type { Emitter } from './emitter'

/** One node as a gradient rule sees it, in the vocabulary of ONNX Runtime's gradient builders. */
export interface RuleScope {
  readonly node: Node
  readonly emit: Emitter
  /** Name of the i-th input, read from the forward pass. */
  I(i: number): string
  /** Name of the first output, read from the forward pass. */
  readonly O: string
  /** Gradient of the target with respect to the first output. */
  readonly GO: string
  /** The same for every output; undefined for one that does not move the target. */
  readonly GOs: readonly (string | undefined)[]
  /** Whether the gradient with respect to the i-th input is asked for. */
  wants(i: number): boolean
  /** The node of the network that makes a value; undefined for what is fed or constant. */
  producer(value: string): Node | undefined
  /** The gradients through operators that `body` writes in this one's place; see `through`. */
  through(body: () => readonly (string | undefined)[]): readonly (string | null)[]
}

/**
 * Writes the gradient with respect to each wanted input, in order. A gradient may have any shape that broadcasting
 * relates to the input's: the walk sums it down, or repeats it.
 */
export type Rule = (scope: RuleScope) => readonly (string | null)[]

/** Why no gradient passes a node, for a user. */
export function noGradient(node: Node, opset: number, why: string): HookscopeError {
  return new HookscopeError(
    'no-gradient',
    `No gradient can pass ${nodeLabel(node)} (opset ${opset}): ${why}. Choose a layer after it.`,
  )
}

/** The error for a case that a rule did not foresee, with its cause. */
export function unwritten(node: Node, opset: number, cause: unknown): HookscopeError {
  const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause)
  const { code, message } = noGradient(node, opset, `its gradient cannot be written (${why})`)
  return new HookscopeError(code, message, { cause })
}

/** A form of an operator that its rule does not know. */
export const refusal = ({ node, emit }: RuleScope, why: string): HookscopeError => noGradient(node, emit.opset, why)

/** A rule for an operator of one differentiable input; its other inputs must be constants. */
export function onlyFirst(rule: (scope: RuleScope) => string): Rule {
  return scope => {
    const other = scope.node.inputs.findIndex((_, i) => i > 0 && scope.wants(i))
    if (other > 0)
      throw new HookscopeError(
        'no-gradient',
        `No gradient can be written through input ${other} of ${nodeLabel(scope.node)}, which is not a constant. Choose a layer after it.`,
      )
    return [rule(scope)]
  }
}
