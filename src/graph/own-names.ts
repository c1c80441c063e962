import { freshName, namesMade, renamedNode } from './inline'
import type { Graph } from './types'

/** What the program calls values of its own: gradients, their gates, and what goes into and comes out of a bundle. */
const OWN = /^(grad|gate|feed|fetch|run|nothing):|^class index$|:before$|\u2192/

/** A graph none of whose values has a name that the program gives its own: `grad:x` of a file becomes `_grad:x_`. */
export function apart(graph: Graph): Graph {
  const taken = namesMade(graph.nodes, new Set([...graph.constants.keys(), ...graph.inputs.map(port => port.name)]))
  const given = new Map<string, string>()
  for (const name of [...taken])
    if (OWN.test(name)) given.set(name, freshName(taken, `_${name.replaceAll('\u2192', '_')}_`))
  if (given.size === 0) return graph
  const rename = (name: string) => given.get(name) ?? name
  return {
    ...graph,
    inputs: graph.inputs.map(port => ({ ...port, name: rename(port.name) })),
    outputs: graph.outputs.map(rename),
    nodes: graph.nodes.map(node => renamedNode(node, rename)),
    constants: new Map([...graph.constants].map(([name, tensor]) => [rename(name), tensor])),
  }
}
