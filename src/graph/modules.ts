import { printable } from '../errors'
import type { GraphIndex } from './graph-index'
import type { Node } from './types'

/** Where a node belongs in the network as it was written in PyTorch. */
export interface Place {
  /** `layer1.0.relu`; empty for what the network does itself. */
  readonly module: string
  /** Which of the module's calls this is, from 0. */
  readonly call: number
  /** Tells the operator from others in the same call of the module: `Conv`, `Add_1`. */
  readonly label: string
}

type Found = Omit<Place, 'call'>

const SCOPES = 'pkg.torch.onnx.name_scopes'

/**
 * Module paths from what exporters leave in a file, best source first: the scopes that torch's newer exporter
 * writes as metadata, the slashed node names of its older one, the name of the node's own parameter, the scopes of
 * the nodes beside it, the node's name, the value's name. What of it would act on a terminal is written out.
 */
export function placeNodes(graphIndex: GraphIndex): Map<Node, Place> {
  const activations = graphIndex.nodes.filter(node => node.outputs.some(output => !graphIndex.parameters.has(output)))
  const scoped = activations.some(node => node.metadata.has(SCOPES))
  const raw = new Map<Node, Found>()
  const counts = new Map<string, number>()
  for (const node of activations) {
    const beside = () => (scoped ? fromNeighbours(node, graphIndex, raw) : undefined)
    const named = fromScopes(node) ?? fromSlashes(node) ?? fromParameter(node, graphIndex) ?? beside()
    const found = named ?? fromName(node) ?? fromValue(node)
    if (found && depthOf(found.module) <= DEEPEST)
      raw.set(node, { module: printable(found.module), label: printable(found.label) })
    else {
      const count = counts.get(node.op) ?? 0
      counts.set(node.op, count + 1)
      raw.set(node, { module: '', label: printable(`${node.op}_${count}`) })
    }
  }
  return distinct(scoped ? enteredCalls(raw) : repeatedCalls(raw, graphIndex))
}

/** Modules within modules: more are no network's, and would take long. */
const DEEPEST = 64

/** How many names a path has. */
export function depthOf(path: string): number {
  let names = 1
  for (let at = path.indexOf('.'); at >= 0; at = path.indexOf('.', at + 1)) names++
  return names
}

/** The paths of the modules around a module and its own, the outermost first: `layer4`, `layer4.1`, `layer4.1.conv2`. */
export function pathsTo(module: string): string[] {
  if (!module) return []
  const paths: string[] = []
  for (let end = module.indexOf('.'); end >= 0; end = module.indexOf('.', end + 1)) paths.push(module.slice(0, end))
  paths.push(module)
  return paths
}

/** `['', 'layer4', 'layer4.1', 'layer4.1.conv2', 'conv2d_19']`, a Python list of cumulative paths, the last the node's own. */
function fromScopes(node: Node): Found | undefined {
  const scopes = node.metadata.get(SCOPES)
  if (!scopes) return undefined
  const names = [...scopes.matchAll(/'([^']*)'/g)].map(match => match[1] ?? '')
  return { module: names.at(-2) ?? '', label: node.op }
}

/** A node without scopes, as the exporter's own rewriting leaves them, is in the innermost module around its neighbours. */
function fromNeighbours(node: Node, graphIndex: GraphIndex, placed: ReadonlyMap<Node, Found>): Found | undefined {
  const makers = node.inputs.flatMap(input => graphIndex.producer.get(input) ?? [])
  const readers = node.outputs.flatMap(output => graphIndex.consumers.get(output) ?? [])
  const before = makers.flatMap(maker => placed.get(maker)?.module ?? [])[0]
  const after = readers.flatMap(reader => fromScopes(reader)?.module ?? [])[0]
  const module = before === undefined || after === undefined ? (before ?? after) : commonModule(before, after)
  return module === undefined ? undefined : { module, label: node.op }
}

function commonModule(a: string, b: string): string {
  const other = b.split('.')
  const parts = a.split('.')
  const fork = parts.findIndex((part, i) => part !== other[i])
  return fork < 0 ? a : parts.slice(0, fork).join('.')
}

/**
 * `/layer4/layer4.1/conv2/Conv`: a segment that begins with the one before it and a dot replaces it, others are
 * appended; the last is the operator.
 */
function fromSlashes(node: Node): Found | undefined {
  if (!node.name.startsWith('/')) return undefined
  const segments = node.name.slice(1).split('/')
  const label = segments.pop() || node.op
  const parts: string[] = []
  let above = ''
  for (const segment of segments) {
    if (above && segment.startsWith(`${above}.`)) parts.push(segment.slice(above.length + 1))
    else parts.push(segment)
    above = segment
  }
  return { module: parts.join('.'), label }
}

/** A node that reads `layer4.1.conv2.weight` is `layer4.1.conv2`. */
function fromParameter(node: Node, graphIndex: GraphIndex): Found | undefined {
  const weight = node.inputs.find(input => graphIndex.parameters.has(input) && /\.(weight|bias)$/.test(input))
  return weight ? { module: weight.replace(/\.(weight|bias)$/, ''), label: node.op } : undefined
}

/** `resnet/block1/Conv2D`, `resnetv15_stage1_conv0_fwd`: the name as it is, without the operator. */
function fromName({ name, op }: Node): Found | undefined {
  if (isNumbered(name, op)) return undefined
  const segments = name.split('/').filter(segment => segment !== 'StatefulPartitionedCall')
  const label = (segments.length > 1 && segments.pop()) || op
  return { module: segments.join('.'), label }
}

/** `inception_3a/output` of Caffe, `conv2d_52.tmp_0` of Paddle: nodes have numbers there, values have names. */
function fromValue({ outputs: [value = ''], op }: Node): Found | undefined {
  return isNumbered(value, op) ? undefined : { module: value.replaceAll('/', '.'), label: op }
}

/** Whether a name says no more than the operator and a number: `Conv_12`, `node_Conv_649`, `p2o.Conv.0`, `193`. */
function isNumbered(name: string, op: string): boolean {
  const bare = name.replace(/^(node_|p2o\.)/, '').replace(/(^|[._])\d+$/, '')
  return bare === '' || bare.toLowerCase() === op.toLowerCase()
}

/**
 * PyTorch names a module's second call `relu_1`. It is one only where the same module without the ending is there
 * too and holds the same operators over the same parameters; `Branch_1` is a name.
 */
function repeatedCalls(raw: ReadonlyMap<Node, Found>, graphIndex: GraphIndex): Map<Node, Place> {
  let content: ReadonlyMap<string, readonly Node[]> | undefined
  const inside = (module: string) => {
    content ??= contents(raw)
    return content.get(module)
  }
  const entry = (node: Node, path: string) => {
    const parameters = node.inputs.filter(input => graphIndex.parameters.has(input))
    return `${raw.get(node)?.module.slice(path.length + 1)}:${node.op}(${parameters.join()})`
  }
  const signatures = new Map<string, string>()
  const signature = (module: string): string => {
    const nodes = inside(module) ?? []
    const found =
      signatures.get(module) ??
      nodes
        .map(node => entry(node, module))
        .sort()
        .join('\n')
    signatures.set(module, found)
    return found
  }
  const known = new Map<string, { base: string; call: number }>()
  const callOf = (module: string) => {
    const cached = known.get(module)
    if (cached) return cached
    const end = module.lastIndexOf('_')
    const [base, number] = [module.slice(0, Math.max(end, 0)), module.slice(end + 1)]
    if (end < 0 || !/^\d+$/.test(number)) return { base: module, call: 0 }
    const repeated = inside(base) && signature(base) === signature(module)
    const found = repeated ? { base, call: Number(number) } : { base: module, call: 0 }
    known.set(module, found)
    return found
  }
  const placed = (module: string) => {
    let written = ''
    let path = ''
    let call = 0
    for (const part of module ? module.split('.') : []) {
      written = written ? `${written}.${part}` : part
      const found = callOf(written)
      path = found.base === written ? (path ? `${path}.${part}` : part) : joinLast(path, found.base)
      call = Math.max(call, found.call)
    }
    return { module: path, call }
  }
  const places = new Map<string, Omit<Place, 'label'>>()
  const placeOf = (module: string) => {
    const found = places.get(module) ?? placed(module)
    places.set(module, found)
    return found
  }
  const found = new Map<Node, Place>()
  for (const [node, { module, label }] of raw) found.set(node, { ...placeOf(module), label })
  return found
}

/** The nodes inside of every module. */
function contents(raw: ReadonlyMap<Node, Found>): Map<string, Node[]> {
  const content = new Map<string, Node[]>()
  for (const [node, { module }] of raw)
    for (const path of pathsTo(module)) {
      const nodes = content.get(path)
      if (nodes) nodes.push(node)
      else content.set(path, [node])
    }
  return content
}

function joinLast(path: string, base: string): string {
  const last = base.slice(base.lastIndexOf('.') + 1)
  return path ? `${path}.${last}` : last
}

/**
 * The newer exporter writes every call of a module alike, each in one piece: one more begins where it is entered again.
 * Nodes without a scope stand between those of a piece.
 */
function enteredCalls(raw: ReadonlyMap<Node, Found>): Map<Node, Place> {
  const modules = new Set([...raw.values()].map(found => found.module))
  const leaves = new Set([...modules].filter(Boolean))
  for (const module of modules)
    for (let end = module.lastIndexOf('.'); end > 0; end = module.lastIndexOf('.', end - 1))
      leaves.delete(module.slice(0, end))
  const calls = new Map<string, number>()
  let open = ''
  const places = new Map<Node, Place>()
  for (const [node, { module, label }] of raw) {
    const isOwn = node.metadata.has(SCOPES)
    const entered = module !== open && leaves.has(module) && (isOwn || !calls.has(module))
    if (entered) calls.set(module, (calls.get(module) ?? -1) + 1)
    if (isOwn) open = module
    places.set(node, { module, call: calls.get(module) ?? 0, label })
  }
  return places
}

/** Operators of one type in the same call of a module are numbered as PyTorch does: `Relu`, `Relu_1`. */
function distinct(places: ReadonlyMap<Node, Place>): Map<Node, Place> {
  const taken = new Set<string>()
  const next = new Map<string, number>()
  const found = new Map<Node, Place>()
  for (const [node, place] of places) {
    const inside = `${place.module}:${place.call}.`
    const whole = inside + place.label
    let { label } = place
    for (let i = next.get(whole) ?? 1; taken.has(inside + label); i++) {
      label = `${place.label}_${i}`
      next.set(whole, i + 1)
    }
    taken.add(inside + label)
    found.set(node, label === place.label ? place : { ...place, label })
  }
  return found
}
