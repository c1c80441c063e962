import type { Node } from './types'
import type { Wiring } from './wiring'

/** Where a node belongs in the network as it was written in PyTorch. */
export interface Place {
  /** `layer1.0.relu`; empty for what the network does itself. */
  readonly module: string
  /** Which of the module's calls this is, from 0. */
  readonly call: number
  /** What tells the operator from others in the same call of the module: `Conv`, `Add_1`. */
  readonly label: string
}

/**
 * Module paths from what exporters leave in a file, best source first: the scopes that torch's newer exporter
 * writes as metadata, the slashed node names of its older one, the name of the node's own parameter, the
 * node's name.
 */
export function placeNodes(wiring: Wiring): Map<Node, Place> {
  const activations = wiring.nodes.filter(node => node.outputs.some(output => !wiring.parameters.has(output)))
  const raw = new Map<Node, { module: string; label: string }>()
  const counts = new Map<string, number>()
  for (const node of activations) {
    const found = fromScopes(node) ?? fromSlashes(node) ?? fromParameter(node, wiring) ?? fromName(node)
    if (found) raw.set(node, found)
    else {
      const count = counts.get(node.op) ?? 0
      counts.set(node.op, count + 1)
      raw.set(node, { module: '', label: `${node.op}_${count}` })
    }
  }
  const calls = repeatedCalls(raw, wiring)
  return new Map([...raw].map(([node, { module, label }]) => [node, { ...calls(module), label }]))
}

/** `['', 'layer4', 'layer4.1', 'layer4.1.conv2', 'conv2d_19']`, a Python list of cumulative paths, the last the node's own. */
function fromScopes(node: Node): { module: string; label: string } | undefined {
  const scopes = node.metadata.get('pkg.torch.onnx.name_scopes')
  if (!scopes) return undefined
  const names = [...scopes.matchAll(/'([^']*)'/g)].map(match => match[1] ?? '')
  return { module: names.at(-2) ?? '', label: node.op }
}

/**
 * `/layer4/layer4.1/conv2/Conv`: a segment that begins with the one before it and a dot replaces it, others are
 * appended; the last is the operator.
 */
function fromSlashes(node: Node): { module: string; label: string } | undefined {
  if (!node.name.startsWith('/')) return undefined
  const segments = node.name.slice(1).split('/')
  const label = segments.pop() ?? node.op
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
function fromParameter(node: Node, wiring: Wiring): { module: string; label: string } | undefined {
  const weight = node.inputs.find(input => wiring.parameters.has(input) && /\.(weight|bias)$/.test(input))
  return weight ? { module: weight.replace(/\.(weight|bias)$/, ''), label: node.op } : undefined
}

/** `resnet/block1/Conv2D`, `resnetv15_stage1_conv0_fwd`: the name as it is, without the operator; not `Conv_12`. */
function fromName(node: Node): { module: string; label: string } | undefined {
  const { name, op } = node
  if (!name || new RegExp(`^(node_)?(p2o\\.)?${op}([._]\\d+)?$`, 'i').test(name)) return undefined
  const segments = name.split('/').filter(segment => segment !== 'StatefulPartitionedCall')
  const label = segments.length > 1 ? (segments.pop() ?? op) : op
  return { module: segments.join('.'), label }
}

/**
 * PyTorch names a module's second call `relu_1`. It is one only where the same module without the ending is there
 * too and holds the same operators over the same parameters; `Branch_1` is a name.
 */
function repeatedCalls(
  raw: ReadonlyMap<Node, { module: string; label: string }>,
  wiring: Wiring,
): (module: string) => { module: string; call: number } {
  const content = new Map<string, string[]>()
  for (const [node, { module }] of raw) {
    const parameters = node.inputs.filter(input => wiring.parameters.has(input))
    const parts = module ? module.split('.') : []
    for (let depth = 1; depth <= parts.length; depth++) {
      const inner = parts.slice(depth).join('.')
      const entry = `${inner}:${node.op}(${parameters.join()})`
      const above = parts.slice(0, depth).join('.')
      content.set(above, [...(content.get(above) ?? []), entry])
    }
  }
  const signature = (module: string) => content.get(module)?.sort().join('\n')
  const known = new Map<string, { base: string; call: number }>()
  const callOf = (module: string) => {
    const cached = known.get(module)
    if (cached) return cached
    const match = /^(.*)_(\d+)$/.exec(module)
    const base = match?.[1]
    const repeated = base !== undefined && content.has(base) && signature(base) === signature(module)
    const found = repeated ? { base, call: Number(match?.[2]) } : { base: module, call: 0 }
    known.set(module, found)
    return found
  }
  return module => {
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
}

function joinLast(path: string, base: string): string {
  const last = base.slice(base.lastIndexOf('.') + 1)
  return path ? `${path}.${last}` : last
}
