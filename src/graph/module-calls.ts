import { type GraphIndex, reads } from './graph-index'
import { pathsTo, placeNodes } from './modules'
import type { Node } from './types'

/** One call of one module: what is computed inside, what it reads from outside, and the value that leaves it. */
export interface ModuleCall {
  /** `layer1.0.relu`; empty for the network itself. */
  readonly module: string
  readonly call: number
  /** How often the module is called. */
  readonly calls: number
  /** `layer1.0.relu:0` where there are several calls, else the module. */
  readonly path: string
  /** Nodes inside, those of inner modules too. */
  readonly nodes: readonly Node[]
  /** Nodes that belong to the module itself, with what tells them apart. */
  readonly operators: readonly { readonly node: Node; readonly label: string }[]
  /** Activations from outside, in the order in which they are first read. */
  readonly entries: readonly string[]
  /** The last value made inside that is read outside, or that is an output of the network. */
  readonly exit: { readonly node: Node; readonly value: string } | undefined
}

interface Unit {
  readonly nodes: Node[]
  readonly operators: { node: Node; label: string }[]
}

/** Every call of every module. A composite module counts as called once. */
export function moduleCalls(graphIndex: GraphIndex): ModuleCall[] {
  const units = new Map<string, Map<number, Unit>>()
  const unitOf = (module: string, call: number): Unit => {
    const calls = units.get(module)
    const known = calls?.get(call)
    if (known) return known
    const unit = { nodes: [], operators: [] }
    if (calls) calls.set(call, unit)
    else units.set(module, new Map([[call, unit]]))
    return unit
  }
  for (const [node, { module, call, label }] of placeNodes(graphIndex)) {
    const own = unitOf(module, call)
    own.operators.push({ node, label })
    own.nodes.push(node)
    const paths = pathsTo(module)
    for (let i = paths.length - 2; i >= 0; i--) unitOf(paths[i] ?? '', 0).nodes.push(node)
    if (module) unitOf('', 0).nodes.push(node)
  }
  const sizes = sizeArithmetic(graphIndex)
  const found: ModuleCall[] = []
  for (const [module, calls] of units)
    for (const [call, { nodes, operators }] of calls)
      found.push({
        module,
        call,
        calls: calls.size,
        path: calls.size > 1 ? `${module}:${call}` : module,
        nodes,
        operators,
        get entries() {
          return entriesOf(nodes, graphIndex, sizes)
        },
        exit: exitOf(nodes, graphIndex, sizes),
      })
  return found
}

/** Values that are worked out of shapes alone: an exporter's business, which leaves no module. */
function sizeArithmetic(graphIndex: GraphIndex): Set<string> {
  const sizes = new Set<string>()
  for (const node of graphIndex.nodes) {
    const isFixed = (value: string) => graphIndex.parameters.has(value)
    const follows = (given: readonly string[]) =>
      given.some(value => sizes.has(value) && !isFixed(value)) &&
      given.every(value => sizes.has(value) || isFixed(value))
    if (node.op === 'Shape' || node.op === 'Size' || follows(reads(node)))
      for (const output of node.outputs) sizes.add(output)
  }
  return sizes
}

function entriesOf(inside: readonly Node[], graphIndex: GraphIndex, sizes: ReadonlySet<string>): string[] {
  const made = new Set(inside.flatMap(node => node.outputs))
  const read = new Set(inside.flatMap(reads))
  return [...read].filter(value => !made.has(value) && !graphIndex.parameters.has(value) && !sizes.has(value))
}

function exitOf(inside: readonly Node[], graphIndex: GraphIndex, sizes: ReadonlySet<string>): ModuleCall['exit'] {
  const [only, another] = inside
  const members = another ? new Set(inside) : undefined
  const isInside = (reader: Node) => (members ? members.has(reader) : reader === only)
  const results = new Set(graphIndex.graph.outputs)
  const leaves = (value: string) =>
    value !== '' &&
    !sizes.has(value) &&
    (results.has(value) || graphIndex.consumers.get(value)?.some(reader => !isInside(reader)) === true)
  const node = inside.findLast(({ outputs }) => outputs.some(leaves))
  const value = node?.outputs.findLast(leaves)
  return node && value !== undefined ? { node, value } : undefined
}
