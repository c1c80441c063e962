import type { FunctionProto, GraphProto, ModelProto, NodeProto } from 'onnx-buf'
import { freshName, inlined } from '../graph/inline'
import type { Attribute, Node } from '../graph/types'
import { bad } from './external'
import { type Context, functionKey, readAttribute, readNodes } from './nodes'

/** Nodes that the functions of one file may become. */
const MOST_NODES = 250_000

/** Where the nodes of a file's graph are read: with the functions that the file brings. */
export function contextOf(model: ModelProto, graph: GraphProto, external: Context['external']): Context {
  return {
    external,
    functions: new Map(model.functions.map(f => [functionKey(f.domain, f.name, f.overload), f])),
    call: callFunction,
    open: [],
    taken:
      model.functions.length === 0
        ? new Set()
        : namesIn(
            graph.node,
            [...graph.input, ...graph.initializer].map(({ name }) => name),
          ),
    budget: { left: MOST_NODES, calls: new Map() },
  }
}

function namesIn(nodes: readonly NodeProto[], given: readonly string[]): Set<string> {
  return new Set([...given, ...nodes.flatMap(node => node.output)])
}

/**
 * The nodes of a function in place of its call. Its values are named after what the call makes, its nodes after the
 * call, as modules in modules are.
 *
 * @throws HookscopeError `bad-model` for a function that calls itself, or that becomes too many nodes
 */
export function callFunction(call: Node, called: FunctionProto, context: Context): Node[] {
  if (context.open.includes(called))
    throw bad(`The function "${called.name}" calls itself. The file is damaged: export it again.`)
  const given = new Map<string, Attribute>()
  for (const attribute of called.attributeProto) given.set(attribute.name, readAttribute(attribute, context))
  for (const [name, attribute] of call.attributes) given.set(name, attribute)
  const taken = namesIn(called.node, called.input)
  const body = readNodes(called.node, { ...context, given, taken, open: [...context.open, called] })
  context.budget.left -= body.length
  if (context.budget.left < 0)
    throw bad(`The functions of the file become more than ${MOST_NODES} nodes. Export it without functions.`)
  const prefix = call.outputs.find(Boolean) ?? call.name
  const { nodes } = inlined(body, {
    bound: new Map(called.input.map((formal, i) => [formal, call.inputs[i] ?? ''])),
    results: called.output.map((formal, i) => [formal, call.outputs[i] ?? '']),
    fresh: name => freshName(context.taken, `${prefix}/${name}`),
  })
  const path = call.name || numbered(call, context)
  return nodes.map(node => ({ ...node, name: `${path}/${ownName(node)}`, metadata: merged(node, call) }))
}

function numbered({ op }: Node, { budget: { calls } }: Context): string {
  const count = calls.get(op) ?? 0
  calls.set(op, count + 1)
  return `${op}_${count}`
}

/** A node's own name inside of a function, unless it is only a number. */
const ownName = ({ name, op }: Node): string => (/^(n|node_?)?\d*$/i.test(name) ? op : name.replace(/^\/+/, ''))

/** Where a call stands is where its nodes stand. */
const merged = (node: Node, call: Node): Node['metadata'] => new Map([...node.metadata, ...call.metadata])
