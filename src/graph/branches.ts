import { freshName, inlined, namesMade } from './inline'
import type { ValueInfo } from './shape-rules'
import type { Body, Graph, Node } from './types'

/**
 * Each If whose condition is known, as that of a size that is fixed, replaced by the branch that it takes. The same
 * graph where there is none; branches may hold others.
 */
export function withTakenBranches(graph: Graph, shapes: ReadonlyMap<string, ValueInfo>): Graph {
  const taken = new Map(graph.nodes.flatMap(node => pair(node, branchOf(node, shapes))))
  if (taken.size === 0) return graph
  const names = namesMade(graph.nodes, new Set([...graph.constants.keys(), ...graph.inputs.map(({ name }) => name)]))
  const constants = new Map(graph.constants)
  const nodes = graph.nodes.flatMap(node => {
    const branch = taken.get(node)
    if (!branch) return [node]
    const placed = inlined(branch.nodes, {
      bound: new Map(),
      results: branch.outputs.map((inside, i) => [inside, node.outputs[i] ?? '']),
      fresh: name => freshName(names, `${node.outputs[0]}/${name}`),
      constants: branch.constants.keys(),
    })
    for (const [name, tensor] of branch.constants) constants.set(placed.rename(name), tensor)
    return placed.nodes
  })
  return { ...graph, nodes, constants }
}

const pair = (node: Node, body: Body | undefined): [Node, Body][] => (body ? [[node, body]] : [])

function branchOf(node: Node, shapes: ReadonlyMap<string, ValueInfo>): Body | undefined {
  const condition = shapes.get(node.inputs[0] ?? '')?.content?.[0]
  if (node.op !== 'If' || node.domain !== '' || condition === undefined) return undefined
  const found = node.attributes.get(condition ? 'then_branch' : 'else_branch')
  return found?.kind === 'graph' ? found.value : undefined
}
