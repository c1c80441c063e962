import type { Points } from './points'

/** A module in the tree of a network. */
export interface ModuleNode {
  /** `layer4.1.conv2`; empty for the network. */
  readonly path: string
  /** `conv2`; empty for the network. */
  readonly name: string
  /** How often it is called. */
  readonly calls: number
  /** ONNX types of the module's own operators, in order, those of inner modules left out. */
  readonly ops: readonly string[]
  /** Shapes of what enters the first call; undefined where only the engine can tell. */
  readonly inputs: readonly (readonly number[] | undefined)[]
  /** Shape of what leaves the last call. */
  readonly output: readonly number[] | undefined
  readonly children: readonly ModuleNode[]
}

export function moduleTree(points: Points): ModuleNode {
  const paths = new Set(points.calls.map(({ module }) => module))
  const under = new Map<string, string[]>()
  for (const path of paths) {
    if (path === '') continue
    const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : ''
    const children = under.get(parent)
    if (children) children.push(path)
    else under.set(parent, [path])
  }
  const node = (path: string): ModuleNode => {
    const calls = paths.has(path) ? points.module(path) : []
    const last = calls.at(-1)?.exit?.value
    return {
      path,
      name: path.slice(path.lastIndexOf('.') + 1),
      calls: calls.length,
      ops: calls[0]?.operators.map(({ node: { op } }) => op) ?? [],
      inputs: calls[0]?.entries.map(entry => points.dims(entry)) ?? [],
      output: last === undefined ? undefined : points.dims(last),
      children: (under.get(path) ?? []).map(node),
    }
  }
  return node('')
}
