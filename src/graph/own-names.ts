import { freshName, namesMade, renamedNode } from './inline'
import type { Graph, Port } from './types'

/** Stands in every name of a value that the program adds, and in no name of a file's. */
const MARK = '\u2192'

/** Name of a value of the program's own: `grad→conv1`. No file has it; see `withoutOwnNames`. */
export const ownName = (first: string, ...rest: readonly (string | number)[]): string => [first, ...rest].join(MARK)

/** The part before the first mark of a name. */
export const beforeMark = (name: string): string => name.split(MARK)[0] ?? name

/** The part behind the first mark of a name that begins with `first`; undefined for another. */
export const behindMark = (first: string, name: string): string | undefined =>
  name.startsWith(ownName(first, '')) ? name.slice(first.length + MARK.length) : undefined

/** The graph without values that are named like the program's own: there `->` stands for the mark. */
export function withoutOwnNames(graph: Graph): Graph {
  const taken = namesMade(graph.nodes, new Set([...graph.constants.keys(), ...graph.inputs.map(port => port.name)]))
  const given = new Map<string, string>()
  for (const name of [...taken]) if (name.includes(MARK)) given.set(name, freshName(taken, name.replaceAll(MARK, '->')))
  if (given.size === 0) return graph
  const rename = (name: string) => given.get(name) ?? name
  const port = (it: Port): Port => ({ ...it, name: rename(it.name) })
  return {
    ...graph,
    inputs: graph.inputs.map(port),
    ...(graph.defaults && { defaults: graph.defaults.map(port) }),
    ...(graph.valueInfo && { valueInfo: graph.valueInfo.map(port) }),
    outputs: graph.outputs.map(rename),
    nodes: graph.nodes.map(node => renamedNode(node, rename)),
    constants: new Map([...graph.constants].map(([name, tensor]) => [rename(name), tensor])),
  }
}
