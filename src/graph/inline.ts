import type { Attribute, Body, Node } from './types'

/** Every name that nodes give a value, those inside of bodies too. */
export function namesMade(nodes: readonly Node[], found = new Set<string>()): Set<string> {
  for (const node of nodes) {
    for (const output of node.outputs) if (output) found.add(output)
    for (const attribute of node.attributes.values()) {
      if (attribute.kind !== 'graph') continue
      const { inputs, constants, nodes: inner } = attribute.value
      for (const { name } of inputs) found.add(name)
      for (const name of constants.keys()) found.add(name)
      namesMade(inner, found)
    }
  }
  return found
}

/** A name that nothing has, which is taken from then on. */
export function freshName(taken: Set<string>, name: string): string {
  let found = name
  while (taken.has(found)) found += "'"
  taken.add(found)
  return found
}

export interface Placing {
  /** Values of the body that have a name outside already: what it is handed. */
  readonly bound: ReadonlyMap<string, string>
  /** Results of the body, and what each is called outside; '' for one that nobody reads. */
  readonly results: readonly (readonly [inside: string, outside: string])[]
  /** A name for a value of the body that nothing outside has. */
  readonly fresh: (name: string) => string
  /** The body's own constants count as made inside. */
  readonly constants?: Iterable<string>
}

/**
 * Puts the nodes of a body in place of the node that holds it. A result that the body does not make itself, or gives
 * twice, is passed on by an Identity.
 *
 * @returns the nodes, and the new name of each value of the body
 */
export function inlined(nodes: readonly Node[], placing: Placing): { nodes: Node[]; rename: (v: string) => string } {
  const names = new Map(placing.bound)
  const made = namesMade(nodes, new Set(placing.constants))
  const direct = new Set(nodes.flatMap(node => node.outputs))
  const passed: (readonly [string, string])[] = []
  for (const [inside, outside] of placing.results) {
    if (!outside) continue
    if (direct.has(inside) && !names.has(inside)) names.set(inside, outside)
    else passed.push([inside, outside])
  }
  for (const name of made) if (!names.has(name)) names.set(name, placing.fresh(name))
  const rename = (name: string) => (name === '' ? '' : (names.get(name) ?? name))
  const copies = passed.flatMap(([inside, outside]) => (rename(inside) ? [copy(rename(inside), outside)] : []))
  return { nodes: [...nodes.map(node => renamedNode(node, rename)), ...copies], rename }
}

const copy = (input: string, output: string): Node => ({
  ...{ name: '', op: 'Identity', domain: '', inputs: [input], outputs: [output] },
  ...{ attributes: new Map(), metadata: new Map() },
})

/** A node under other names of values, those that its bodies read and make too. */
export function renamedNode(node: Node, rename: (name: string) => string): Node {
  const attributes = new Map([...node.attributes].map(([name, value]) => [name, renamedAttribute(value, rename)]))
  return { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename), attributes }
}

function renamedAttribute(attribute: Attribute, rename: (name: string) => string): Attribute {
  if (attribute.kind !== 'graph') return attribute
  const { value } = attribute
  const body: Body = {
    name: value.name,
    inputs: value.inputs.map(port => ({ ...port, name: rename(port.name) })),
    nodes: value.nodes.map(node => renamedNode(node, rename)),
    constants: new Map([...value.constants].map(([name, tensor]) => [rename(name), tensor])),
    outputs: value.outputs.map(rename),
  }
  return { kind: 'graph', value: body }
}
