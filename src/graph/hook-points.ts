import type { GraphIndex } from './graph-index'
import { moduleCalls } from './module-calls'
import { depthOf } from './modules'
import { isFloat, type ValueInfo } from './shapes'
import type { Node } from './types'

/** A value of the network under the path that a PyTorch user would write. */
export interface NamedValue {
  /** `layer4.1.conv2`, `layer1.0.relu:1`, `layer1.0.Add`. Unique. */
  readonly path: string
  /** Other ways to write it: `layer1.0.relu` for its last call, `layer4.1.conv2.Conv` for its only operator. */
  readonly aliases: readonly string[]
  readonly value: string
  readonly node: Node
  readonly known: ValueInfo
}

/**
 * All hook points in the network's order: for every module the value that leaves it, a call each, and every
 * single operator in a module that has more than one of them. Parameters are none.
 */
export function hookPoints(graphIndex: GraphIndex, shapes: ReadonlyMap<string, ValueInfo>): NamedValue[] {
  const found: { readonly point: NamedValue; readonly place: number; readonly depth: number }[] = []
  const add = (path: string, aliases: readonly string[], node: Node, value: string) => {
    const known = shapes.get(value)
    if (!known || !isFloat(known.type)) return
    const point = { path, aliases, value, node, known }
    found.push({ point, place: graphIndex.place.get(node) ?? 0, depth: depthOf(path) })
  }
  const calls = moduleCalls(graphIndex)
  const lastCall = new Map<string, number>()
  for (const { module, call } of calls) lastCall.set(module, call)
  for (const { module, call, calls: times, path, operators, exit } of calls) {
    const leaving = module ? exit : undefined
    const twins = leaving
      ? operators.filter(({ node }) => node.outputs[0] === leaving.value).map(({ label }) => `${path}.${label}`)
      : []
    const last = times > 1 && call === lastCall.get(module) ? [module] : []
    if (leaving) add(path, [...last, ...twins], leaving.node, leaving.value)
    for (const { node, label } of operators) {
      const [value] = node.outputs
      if (value && value !== leaving?.value) add(path ? `${path}.${label}` : label, [], node, value)
    }
  }
  return found.sort((a, b) => a.place - b.place || b.depth - a.depth).map(({ point }) => point)
}
