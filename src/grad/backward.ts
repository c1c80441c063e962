import { HookscopeError } from '../errors'
import type { Program } from '../graph/program'
import type { Known } from '../graph/shapes'
import { type Node, nodeLabel } from '../graph/types'
import { reads, type Wiring } from '../graph/wiring'
import { Emitter } from './emitter'
import { RULES, type RuleTable, ruleFor, ZERO_GRADIENT } from './rules'

/** Name of the gradient of the target with respect to a value. */
export const gradientOf = (value: string): string => `grad:${value}`

export interface BackwardRequest {
  /** Values whose gradient is fed under `gradientOf(value)`, complete: the walk ends there. */
  readonly known: readonly string[]
  /** Values whose gradient is asked for. */
  readonly wanted: readonly string[]
  /** Another table gives another backward pass, such as guided backpropagation. */
  readonly rules?: RuleTable
}

/**
 * Reverse-mode differentiation as a graph: reads forward values and the gradients of `known`, gives the
 * gradients of `wanted`. A wanted value that does not reach a known one has gradient 0.
 *
 * @throws HookscopeError `no-gradient` where an operator in between has no rule, or a shape is unknown
 */
export function backward(wiring: Wiring, shapes: ReadonlyMap<string, Known>, request: BackwardRequest): Program {
  const { known, wanted, rules = RULES } = request
  const ends = new Set(known)
  const moving = dependents(wiring, wanted, ends)
  const emit = new Emitter(wiring.opset, shapes)
  const parts = new Map<string, string[]>()
  for (const value of known) {
    emit.expect(gradientOf(value), value)
    parts.set(value, [gradientOf(value)])
  }
  const total = (value: string): string | undefined => {
    const list = parts.get(value)
    if (!list) return undefined
    emit.within(value)
    const sum = list.reduce((sum, part) => emit.op('Add', [sum, part]))
    parts.set(value, [sum])
    return sum
  }
  for (const node of [...wiring.nodes].reverse()) {
    const [output = ''] = node.outputs
    const inputs = node.inputs.map(input => moving.has(input) && !ends.has(input))
    if (!node.outputs.some(value => parts.has(value)) || !inputs.includes(true)) continue
    if (ZERO_GRADIENT.has(node.op)) continue
    const rule = ruleFor(rules, node.op, node.domain)
    const gradient = total(output)
    if (!rule || gradient === undefined || node.outputs.slice(1).some(value => parts.has(value)))
      throw new HookscopeError('no-gradient', obstacleSentence(node, wiring.opset))
    emit.within(node.name || output)
    const contributions = rule({
      node,
      emit,
      I: i => node.inputs[i] ?? '',
      O: output,
      GO: gradient,
      wants: i => inputs[i] === true,
    })
    node.inputs.forEach((input, i) => {
      const contribution = contributions[i]
      if (!inputs[i] || contribution == null) return
      const fitted = emit.sumTo(contribution, emit.shape(input))
      parts.set(input, [...(parts.get(input) ?? []), emit.expandTo(fitted, emit.shape(input))])
    })
  }
  for (const value of wanted) {
    const gradient = total(value) ?? emit.filled(emit.shape(value), 0)
    emit.put({ op: 'Identity', inputs: [gradient], output: gradientOf(value) })
  }
  return closed(emit, wiring, wanted)
}

/** Values that change with a wanted one, not followed past those whose gradient is known. */
function dependents(wiring: Wiring, wanted: readonly string[], ends: ReadonlySet<string>): Set<string> {
  const moving = new Set(wanted)
  for (const node of wiring.nodes)
    if (reads(node).some(input => moving.has(input) && !ends.has(input)))
      for (const output of node.outputs) if (output) moving.add(output)
  return moving
}

function closed(emit: Emitter, wiring: Wiring, wanted: readonly string[]): Program {
  const made = new Set([...emit.constants.keys(), ...emit.nodes.flatMap(node => node.outputs)])
  const outside = new Set(emit.nodes.flatMap(node => node.inputs).filter(name => name !== '' && !made.has(name)))
  return {
    nodes: emit.nodes,
    constants: emit.constants,
    inputs: [...outside].filter(name => !wiring.parameters.has(name)),
    parameters: [...outside].filter(name => wiring.parameters.has(name)),
    outputs: wanted.map(gradientOf),
  }
}

/** Why no gradient passes a node, for a user. */
export function obstacleSentence(node: Node, opset: number): string {
  return `No gradient can pass ${nodeLabel(node)} (opset ${opset}): there is no rule for this operator. Choose a layer after it.`
}

/**
 * For every value that the target depends on: null where gradients reach it, or the node that stands in the way.
 * A value that is missing does not move the target.
 */
export function obstacles(wiring: Wiring, target: string, rules: RuleTable = RULES): Map<string, Node | null> {
  const found = new Map<string, Node | null>([[target, null]])
  for (const node of [...wiring.nodes].reverse()) {
    const onward = node.outputs.filter(output => found.has(output))
    if (onward.length === 0 || ZERO_GRADIENT.has(node.op)) continue
    const behind = onward.map(output => found.get(output)).find(obstacle => obstacle != null)
    const extra = node.outputs.slice(1).some(output => found.has(output))
    const own = ruleFor(rules, node.op, node.domain) && !extra ? null : node
    for (const input of reads(node)) {
      if (wiring.parameters.has(input)) continue
      found.set(input, found.get(input) ?? own ?? behind ?? null)
    }
  }
  return found
}
