import { type GraphIndex, reads } from '../graph/graph-index'
import { renamedNode } from '../graph/inline'
import type { ModuleCall } from '../graph/module-calls'
import { beforeMark, ownName } from '../graph/own-names'
import type { Graph, Node } from '../graph/types'
import type { Module } from './types'

/** A value where it crosses a module's boundary, and the name under which the other side sees it. */
export interface View {
  /** The value's name on the side that it comes from. */
  readonly source: string
  /** Its name on the side that it goes to; a hook may put another value in its place. */
  readonly name: string
}

/** The boundary of one call of a module. */
export interface Boundary {
  readonly call: ModuleCall
  readonly inputs: readonly View[]
  readonly output: View | undefined
}

/**
 * Gives every value that crosses one of the boundaries a name of its own behind it, by an Identity: the module sees
 * its inputs, and the rest of the network its output, under the view's name. So a changed input is seen by this module
 * alone, and the gradient at a view is what flows through this module alone (torch wraps modules the same way
 * for `register_full_backward_hook`).
 *
 * @returns `latest`: what a value is called behind the outermost module that it leaves
 * @param calls modules to wrap; those around others may come in any order
 */
export function withViews(
  graph: Graph,
  calls: readonly ModuleCall[],
): { graph: Graph; boundaries: Boundary[]; latest: ReadonlyMap<string, string> } {
  /** The values that each node reads, bodies inside of it too, and the name under which it sees each. */
  const inputs = new Map(graph.nodes.map(node => [node, namesOf(reads(node))]))
  const outer = [...calls].sort((a, b) => b.nodes.length - a.nodes.length)
  const views: Node[] = []
  const owner = new Map<Node, ModuleCall>()
  const results = new Map(graph.outputs.map(output => [output, output]))

  const look = (source: string, name: string): Node => {
    const view = identity(source, name)
    views.push(view)
    inputs.set(view, namesOf([source]))
    return view
  }
  const redirect = (from: string, to: string, readers: (node: Node) => boolean) => {
    for (const [node, names] of inputs)
      if (readers(node)) for (const [read, name] of names) if (name === from) names.set(read, to)
  }
  const inside = (call: ModuleCall) => {
    const members = new Set(call.nodes)
    return (node: Node) => {
      const of = owner.get(node)
      return of ? of !== call && of.nodes.every(inner => members.has(inner)) : members.has(node)
    }
  }

  const entered = new Map<ModuleCall, View[]>()
  for (const call of outer) {
    const members = inside(call)
    const made = new Set(call.nodes.flatMap(node => node.outputs))
    const entries = [...new Set([...inputs].flatMap(([node, names]) => (members(node) ? [...names.values()] : [])))]
    const crossing = call.entries.flatMap(entry =>
      entries.filter(name => !made.has(name) && beforeMark(name) === entry),
    )
    entered.set(
      call,
      crossing.map((source, i) => {
        const name = ownName(source, `in:${call.path}:${i}`)
        redirect(source, name, members)
        owner.set(look(source, name), call)
        return { source, name }
      }),
    )
  }
  const left = new Map<ModuleCall, View>()
  const latest = new Map<string, string>()
  for (const call of outer.toReversed()) {
    if (!call.exit) continue
    const members = inside(call)
    const source = latest.get(call.exit.value) ?? call.exit.value
    const name = ownName(source, `out:${call.path}`)
    redirect(source, name, node => !members(node))
    look(source, name)
    latest.set(call.exit.value, name)
    if (results.has(call.exit.value)) results.set(call.exit.value, name)
    left.set(call, { source, name })
  }
  const nodes = [...inputs].map(([node, names]) => renamedNode(node, name => names.get(name) ?? name))
  return {
    graph: { ...graph, nodes, outputs: [...results.values()] },
    latest,
    boundaries: calls.map(call => ({ call, inputs: entered.get(call) ?? [], output: left.get(call) })),
  }
}

const namesOf = (values: readonly string[]) => new Map(values.map(value => [value, value]))

/** The module of a call, as a hook is told of it. */
export const moduleOf = ({ module, call, operators }: ModuleCall): Module => ({
  path: module,
  call,
  ops: operators.map(({ node }) => node.op),
})

/** Where in the network's order the last of some values is made; what is given comes before all. */
export function place(graphIndex: GraphIndex, values: readonly string[]): number {
  return Math.max(-1, ...values.map(value => graphIndex.place.get(graphIndex.producer.get(value) ?? NOWHERE) ?? -1))
}

const NOWHERE = identity('', '')

function identity(source: string, name: string): Node {
  return {
    name,
    op: 'Identity',
    domain: '',
    inputs: [source],
    outputs: [name],
    attributes: new Map(),
    metadata: new Map(),
  }
}
