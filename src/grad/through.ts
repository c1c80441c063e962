import { isFloat } from '../graph/shapes'
import type { Node } from '../graph/types'
import { noGradient, type RuleScope } from './rule'
import { type RuleTable, ruleFor, ZERO_GRADIENT } from './rules'

/**
 * The gradient of an operator that others make up: `body` writes those in its place, and the walk goes back through
 * them by their own rules. What of the body no gradient reads is dropped when the program is closed.
 *
 * @param body gives the operator's outputs in order; undefined for one that nobody reads
 */
export function through(
  scope: RuleScope,
  rules: RuleTable,
  body: () => readonly (string | undefined)[],
): readonly (string | null)[] {
  const { node, emit, GOs, wants } = scope
  const before = emit.nodes.length
  const results = body()
  const nodes = emit.nodes.slice(before)
  const makers = new Map(nodes.map(made => [made.outputs[0] ?? '', made]))
  const producer = (value: string) => makers.get(value) ?? scope.producer(value)
  const moving = dependents(scope, nodes)
  const parts = new Map<string, string>()
  const add = (value: string, part: string) => {
    const sum = parts.get(value)
    parts.set(value, sum === undefined ? part : emit.op('Add', [sum, part]))
  }
  results.forEach((result, i) => {
    const gradient = GOs[i]
    if (result && gradient) add(result, gradient)
  })
  for (const inner of nodes.toReversed()) {
    const [O = ''] = inner.outputs
    const GO = parts.get(O)
    if (GO === undefined || !moving.has(O)) continue
    const rule = ruleFor(rules, inner.op, inner.domain)
    if (!rule) throw noGradient(node, emit.opset, `it is made of ${inner.op}, which has no rule`)
    const own = { node: inner, I: (i: number) => inner.inputs[i] ?? '', O, GO, GOs: [GO], producer }
    const contributions = rule({ ...scope, ...own, wants: i => moving.has(inner.inputs[i] ?? '') })
    inner.inputs.forEach((input, i) => {
      const contribution = contributions[i]
      if (contribution && moving.has(input)) add(input, emit.unbroadcast(contribution, emit.shape(input)))
    })
  }
  const given = new Set<string>()
  return node.inputs.map((input, i) => {
    if (!wants(i) || given.has(input)) return null
    given.add(input)
    return parts.get(input) ?? null
  })
}

/** The values of a body that depend on the inputs whose gradient is wanted. */
function dependents({ node, emit, wants }: RuleScope, nodes: readonly Node[]): ReadonlySet<string> {
  const moving = new Set(node.inputs.filter((_, i) => wants(i)))
  for (const inner of nodes) {
    if (ZERO_GRADIENT.has(inner.op) || !inner.inputs.some(input => moving.has(input))) continue
    for (const output of inner.outputs)
      if (isFloat(emit.typeOf(output)) || inner.op === 'QuantizeLinear') moving.add(output)
  }
  return moving
}
