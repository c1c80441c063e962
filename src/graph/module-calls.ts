import { placeNodes } from './modules'
import type { Node } from './types'
import { reads, type Wiring } from './wiring'

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
export function moduleCalls(wiring: Wiring): ModuleCall[] {
  const units = new Map<string, Map<number, Unit>>()
  const unitOf = (module: string, call: number): Unit => {
    const calls = units.get(module) ?? new Map<number, Unit>()
    units.set(module, calls)
    const unit = calls.get(call) ?? { nodes: [], operators: [] }
    calls.set(call, unit)
    return unit
  }
  for (const [node, { module, call, label }] of placeNodes(wiring)) {
    unitOf(module, call).operators.push({ node, label })
    const parts = module ? module.split('.') : []
    for (let depth = parts.length; depth >= 0; depth--)
      unitOf(parts.slice(0, depth).join('.'), depth === parts.length ? call : 0).nodes.push(node)
  }
  const sizes = sizeArithmetic(wiring)
  return [...units].flatMap(([module, calls]) =>
    [...calls].map(([call, { nodes, operators }]) => ({
      module,
      call,
      calls: calls.size,
      path: calls.size > 1 ? `${module}:${call}` : module,
      nodes,
      operators,
      entries: entriesOf(nodes, wiring, sizes),
      exit: exitOf(nodes, wiring, sizes),
    })),
  )
}

/** Values that are worked out of shapes alone: an exporter's business, which leaves no module. */
function sizeArithmetic(wiring: Wiring): Set<string> {
  const sizes = new Set<string>()
  for (const node of wiring.nodes) {
    const moving = reads(node).filter(input => !wiring.parameters.has(input))
    const isSize = node.op === 'Shape' || node.op === 'Size' || (moving.length > 0 && moving.every(v => sizes.has(v)))
    if (isSize) for (const output of node.outputs) sizes.add(output)
  }
  return sizes
}

function entriesOf(inside: readonly Node[], wiring: Wiring, sizes: ReadonlySet<string>): string[] {
  const made = new Set(inside.flatMap(node => node.outputs))
  const read = new Set(inside.flatMap(reads))
  return [...read].filter(value => !made.has(value) && !wiring.parameters.has(value) && !sizes.has(value))
}

function exitOf(inside: readonly Node[], wiring: Wiring, sizes: ReadonlySet<string>): ModuleCall['exit'] {
  const members = new Set(inside)
  const results = new Set(wiring.graph.outputs)
  let exit: ModuleCall['exit']
  for (const node of members)
    for (const value of node.outputs) {
      const leaves = results.has(value) || wiring.consumers.get(value)?.some(reader => !members.has(reader))
      const later = exit === undefined || (wiring.place.get(node) ?? 0) >= (wiring.place.get(exit.node) ?? 0)
      if (value && leaves && later && !sizes.has(value)) exit = { node, value }
    }
  return exit
}
