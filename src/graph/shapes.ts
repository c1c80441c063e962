import { atNode, properDims } from './numbers'
import { isFloat, type Known, SHAPE_RULES, type ShapeScope } from './shape-rules'
import { knownConstant } from './shape-rules/constants'
import { SMALL } from './shape-rules/known'
import type { Node } from './types'
import type { Wiring } from './wiring'

export { isFloat, type Known, knownConstant }

/**
 * Shape, element type and, for small constants, content of every value that the rules can tell, for
 * one fixed shape of each input. A value that is missing has a shape that only the engine knows.
 *
 * @param inputs shape of each graph input
 */
export function inferShapes(wiring: Wiring, inputs: ReadonlyMap<string, readonly number[]>): Map<string, Known> {
  const known = new Map<string, Known>()
  for (const [name, tensor] of wiring.graph.constants) known.set(name, knownConstant(tensor))
  for (const port of wiring.graph.inputs) {
    const dims = inputs.get(port.name)
    if (dims) known.set(port.name, { type: port.type, dims })
  }
  for (const node of wiring.nodes) inferNode(node, wiring.opset, known)
  return known
}

/**
 * Adds what can be told of the node's outputs to `known`.
 *
 * @throws HookscopeError naming the node: `bad-model` for numbers that cannot be
 */
export function inferNode(node: Node, opset: number, known: Map<string, Known>): void {
  const rule = node.domain === '' && Object.hasOwn(SHAPE_RULES, node.op) ? SHAPE_RULES[node.op] : undefined
  if (!rule) return
  const inputs = node.inputs.map(input => (input === '' ? undefined : known.get(input)))
  if (node.inputs.some((input, i) => input !== '' && !inputs[i])) return
  const scope: ShapeScope = { node, opset, inputs }
  atNode(node, () => {
    const outputs = rule(scope)
    node.outputs.forEach((output, i) => {
      const found = outputs[i]
      if (!output || !found) return
      const { type, content } = found
      const dims = properDims(found.dims)
      known.set(output, content && content.length > SMALL ? { type, dims } : found)
    })
  })
}
