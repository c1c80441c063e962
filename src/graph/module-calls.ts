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
    else units.set(module, new Map<number, Unit>().set(call, unit))
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
  const around: Around = { graphIndex, sizes: sizeArithmetic(graphIndex), results: new Set(graphIndex.graph.outputs) }
  const found: ModuleCall[] = []
  for (const [module, calls] of units)
    for (const [call, unit] of calls) found.push(new UnitCall(module, call, calls.size, unit, around))
  return found
}

/** Facts of the network that all calls share. */
interface Around {
  readonly graphIndex: GraphIndex
  readonly sizes: ReadonlySet<string>
  /** Outputs of the network. */
  readonly results: ReadonlySet<string>
}

/** A class, for a long network has hundreds of thousands: a getter of each object's own would cost more than all else. */
class UnitCall implements ModuleCall {
  readonly path: string
  readonly nodes: readonly Node[]
  readonly operators: ModuleCall['operators']
  readonly exit: ModuleCall['exit']
  readonly #around: Around

  constructor(
    readonly module: string,
    readonly call: number,
    readonly calls: number,
    { nodes, operators }: Unit,
    around: Around,
  ) {
    this.path = calls > 1 ? `${module}:${call}` : module
    this.nodes = nodes
    this.operators = operators
    this.exit = exitOf(nodes, around)
    this.#around = around
  }

  get entries(): readonly string[] {
    return entriesOf(this.nodes, this.#around)
  }
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

function entriesOf(inside: readonly Node[], { graphIndex, sizes }: Around): string[] {
  const made = new Set(inside.flatMap(node => node.outputs))
  const read = new Set(inside.flatMap(reads))
  return [...read].filter(value => !made.has(value) && !graphIndex.parameters.has(value) && !sizes.has(value))
}

function exitOf(inside: readonly Node[], { graphIndex, sizes, results }: Around): ModuleCall['exit'] {
  const [only, another] = inside
  const members = another ? new Set(inside) : undefined
  const isInside = (reader: Node) => (members ? members.has(reader) : reader === only)
  const leaves = (value: string) =>
    value !== '' &&
    !sizes.has(value) &&
    (results.has(value) || graphIndex.consumers.get(value)?.some(reader => !isInside(reader)) === true)
  const node = inside.findLast(({ outputs }) => outputs.some(leaves))
  const value = node?.outputs.findLast(leaves)
  return node && value !== undefined ? { node, value } : undefined
}
