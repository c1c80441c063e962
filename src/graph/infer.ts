import { Layered } from './layered'
import { atNode, properDims } from './numbers'
import { type ShapeScope, shapeRule, type ValueInfo } from './shape-rules'
import { knownConstant } from './shape-rules/constants'
import { SMALL } from './shape-rules/value-info'
import type { Body, Node } from './types'

/**
 * Adds what can be told of the node's outputs to `known`, by its operator's rule.
 *
 * @throws HookscopeError naming the node: `bad-model` for numbers that cannot be
 */
export function inferNode(node: Node, opset: number, known: Map<string, ValueInfo>): void {
  const rule = shapeRule(node)
  if (!rule) return
  const inputs = node.inputs.map(input => (input === '' ? undefined : known.get(input)))
  if (node.inputs.some((input, i) => input !== '' && !inputs[i])) return
  const scope: ShapeScope = { node, opset, inputs, body: (body, given) => inferBody(body, opset, known, given) }
  const [like] = inputs
  atNode(node, () => {
    const outputs = rule(scope)
    node.outputs.forEach((output, i) => {
      const found = outputs[i]
      if (!output || !found) return
      if (like && isSame(found, like)) {
        known.set(output, like)
        return
      }
      const { type, content } = found
      const dims = properDims(found.dims)
      known.set(output, content && content.length > SMALL ? { type, dims } : found)
    })
  })
}

/** Whether the same is known of two values, and not what they hold: they share it, as most values in a row do. */
const isSame = (a: ValueInfo, b: ValueInfo): boolean =>
  a.type === b.type &&
  !a.content &&
  !b.content &&
  a.dims.length === b.dims.length &&
  a.dims.every((size, axis) => size === b.dims[axis])

/** Infers the results of a body that sees the values around it. */
function inferBody(
  body: Body,
  opset: number,
  around: Map<string, ValueInfo>,
  given: readonly (ValueInfo | undefined)[],
): (ValueInfo | undefined)[] {
  const known = new Layered(around)
  for (const [name, tensor] of body.constants) known.set(name, knownConstant(tensor))
  body.inputs.forEach(({ name }, i) => {
    const value = given[i]
    if (value) known.set(name, value)
  })
  for (const node of body.nodes) inferNode(node, opset, known)
  return body.outputs.map(name => known.get(name))
}
