import { placeNodes } from './modules'
import { isFloat, type Known } from './shapes'
import type { Node } from './types'
import type { Wiring } from './wiring'

/** A value of the network under the path that a PyTorch user would write. */
export interface NamedValue {
  /** `layer4.1.conv2`, `layer1.0.relu:1`, `layer1.0.Add`. Unique. */
  readonly path: string
  /** Other ways to write it: `layer1.0.relu` for its last call, `layer4.1.conv2.Conv` for its only operator. */
  readonly aliases: readonly string[]
  readonly value: string
  readonly node: Node
  readonly known: Known
}

interface Unit {
  readonly nodes: Node[]
  readonly operators: { node: Node; label: string }[]
}

/**
 * All hook points in the network's order: for every module the value that leaves it, a call each, and every
 * single operator in a module that has more than one of them. Parameters are none.
 */
export function hookPoints(wiring: Wiring, shapes: ReadonlyMap<string, Known>): NamedValue[] {
  const units = new Map<string, Map<number, Unit>>()
  const places = placeNodes(wiring)
  const unitOf = (module: string, call: number): Unit => {
    const calls = units.get(module) ?? new Map<number, Unit>()
    units.set(module, calls)
    const unit = calls.get(call) ?? { nodes: [], operators: [] }
    calls.set(call, unit)
    return unit
  }
  for (const [node, { module, call, label }] of places) {
    unitOf(module, call).operators.push({ node, label })
    const parts = module ? module.split('.') : []
    for (let depth = parts.length; depth > 0; depth--)
      unitOf(parts.slice(0, depth).join('.'), depth === parts.length ? call : 0).nodes.push(node)
  }
  const found: NamedValue[] = []
  const add = (path: string, aliases: readonly string[], node: Node, value: string) => {
    const known = shapes.get(value)
    if (known && isFloat(known.type)) found.push({ path, aliases, value, node, known })
  }
  for (const [module, calls] of units) {
    const last = Math.max(...calls.keys())
    for (const [call, unit] of calls) {
      const path = calls.size > 1 ? `${module}:${call}` : module
      const exit = module ? exitOf(unit.nodes, wiring) : undefined
      const twins = unit.operators.filter(({ node }) => exit?.node === node).map(({ label }) => `${path}.${label}`)
      if (exit) add(path, [...(calls.size > 1 && call === last ? [module] : []), ...twins], exit.node, exit.value)
      for (const { node, label } of unit.operators) {
        const [value] = node.outputs
        if (value && value !== exit?.value) add(path ? `${path}.${label}` : label, [], node, value)
      }
    }
  }
  const depth = (path: string) => path.split('.').length
  const order = (a: NamedValue, b: NamedValue) =>
    (wiring.place.get(a.node) ?? 0) - (wiring.place.get(b.node) ?? 0) || depth(b.path) - depth(a.path)
  return found.sort(order)
}

/** The last value made inside that is read outside, or that is an output of the network. */
function exitOf(inside: readonly Node[], wiring: Wiring): { node: Node; value: string } | undefined {
  const members = new Set(inside)
  const results = new Set(wiring.graph.outputs)
  let exit: { node: Node; value: string } | undefined
  for (const node of members)
    for (const value of node.outputs) {
      const leaves = results.has(value) || wiring.consumers.get(value)?.some(reader => !members.has(reader))
      const later = exit === undefined || (wiring.place.get(node) ?? 0) >= (wiring.place.get(exit.node) ?? 0)
      if (value && leaves && later) exit = { node, value }
    }
  return exit
}
