import { HookscopeError } from '../errors'
import { has } from './traits'
import { type Graph, type Node, nodeLabel } from './types'

/**
 * A graph with its order and its edges: nodes so that every value is made before it is read, who makes a
 * value, who reads it, and which values are parameters.
 */
export interface GraphIndex {
  readonly graph: Graph
  readonly opset: number
  readonly nodes: readonly Node[]
  /** Place of each node in `nodes`. */
  readonly place: ReadonlyMap<Node, number>
  readonly producer: ReadonlyMap<string, Node>
  readonly consumers: ReadonlyMap<string, readonly Node[]>
  /** Values that depend on constants alone: weights, and what they grow from. */
  readonly parameters: ReadonlySet<string>
}

/**
 * @throws HookscopeError `bad-model` for a cycle, a value made twice, or one that nobody makes; the sentence
 * names the node.
 */
export function indexGraph(graph: Graph): GraphIndex {
  const producer = new Map<string, Node>()
  const given = new Set([...graph.constants.keys(), ...graph.inputs.map(port => port.name)])
  for (const node of graph.nodes) {
    if (!node.op)
      throw new HookscopeError(
        'bad-model',
        `The node that makes "${node.outputs.find(Boolean) ?? ''}" names no operator. The file is damaged: export it again.`,
      )
    for (const output of node.outputs) {
      if (!output) continue
      if (producer.has(output) || given.has(output))
        throw new HookscopeError(
          'bad-model',
          `The value "${output}" is made twice, the second time by ${nodeLabel(node)}. The file is damaged: export it again.`,
        )
      producer.set(output, node)
    }
  }
  const nodes = sort(graph, producer, given)
  const consumers = new Map<string, Node[]>()
  const parameters = new Set(graph.constants.keys())
  const place = new Map<Node, number>()
  for (const node of nodes) {
    place.set(node, place.size)
    const given = reads(node)
    for (const input of given) {
      const list = consumers.get(input)
      if (!list) consumers.set(input, [node])
      else if (list.at(-1) !== node) list.push(node)
    }
    if (given.every(input => parameters.has(input)) && !has(node, 'random'))
      for (const output of node.outputs) if (output) parameters.add(output)
  }
  return {
    graph,
    opset: graph.opsets.get('') ?? 1,
    nodes,
    place,
    producer,
    consumers,
    parameters,
  }
}

/** Values that a node reads: its inputs, and what the bodies of control flow take from around them. */
export function reads(node: Node): readonly string[] {
  const given = node.inputs.includes('') ? node.inputs.filter(input => input !== '') : node.inputs
  if (!hasBody(node)) return given
  const found = [...given]
  for (const attribute of node.attributes.values()) {
    if (attribute.kind !== 'graph') continue
    const inside = new Set([...attribute.value.constants.keys(), ...attribute.value.inputs.map(port => port.name)])
    for (const inner of attribute.value.nodes) {
      for (const input of reads(inner)) if (!inside.has(input)) found.push(input)
      for (const output of inner.outputs) inside.add(output)
    }
  }
  return found
}

function hasBody({ attributes }: Node): boolean {
  if (attributes.size > 0) for (const { kind } of attributes.values()) if (kind === 'graph') return true
  return false
}

/** Depth first over what each node reads, in the file's order: a file in order stays as it is. */
function sort(graph: Graph, producer: ReadonlyMap<string, Node>, given: ReadonlySet<string>): Node[] {
  const state = new Map<Node, 'open' | 'done'>()
  const sorted: Node[] = []
  const isDone = (input: string) => {
    const maker = producer.get(input)
    return maker ? state.get(maker) === 'done' : given.has(input)
  }
  for (const root of graph.nodes) {
    if (!state.has(root) && reads(root).every(isDone)) {
      sorted.push(root)
      state.set(root, 'done')
      continue
    }
    const path = [{ node: root, pending: [...reads(root)] }]
    while (path.length > 0) {
      const top = path[path.length - 1]
      if (!top) break
      if (!state.has(top.node)) state.set(top.node, 'open')
      const input = state.get(top.node) === 'done' ? undefined : top.pending.pop()
      if (input === undefined) {
        if (state.get(top.node) !== 'done') sorted.push(top.node)
        state.set(top.node, 'done')
        path.pop()
        continue
      }
      const maker = producer.get(input)
      if (!maker && !given.has(input))
        throw new HookscopeError(
          'bad-model',
          `${nodeLabel(top.node)} reads "${input}", which nothing in the file makes. The file is damaged: export it again.`,
        )
      if (!maker || state.get(maker) === 'done') continue
      if (state.get(maker) === 'open')
        throw new HookscopeError(
          'bad-model',
          `${nodeLabel(maker)} depends on its own output: the graph has a cycle. The file is damaged: export it again.`,
        )
      path.push({ node: maker, pending: [...reads(maker)] })
    }
  }
  return sorted
}
