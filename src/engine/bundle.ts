import type { Program } from '../graph/program'
import type { Known } from '../graph/shapes'
import type { Body, Graph, Node, Port, Tensor } from '../graph/types'
import { reads, type Wiring } from '../graph/wiring'

/**
 * Several programs in one model that share the network's parameters. Each program is the branch of an `If` of its
 * own; a run switches one on. ONNX Runtime lets two sessions share no weight, but branches see the weights of
 * the graph around them: one copy serves the forward and every backward program (merged decoders of language
 * models are built this way).
 */
export interface Bundle {
  readonly graph: Graph
  readonly programs: readonly BundledProgram[]
  /** Every input of the model: those that a run does not use are fed empty. */
  readonly inputs: readonly { readonly name: string; readonly rank: number; readonly type: Port['type'] }[]
}

export interface BundledProgram {
  readonly switch: string
  /** Value → name of the model's input. */
  readonly feeds: ReadonlyMap<string, string>
  /** Value → name of the model's output. */
  readonly fetches: ReadonlyMap<string, string>
}

/** Inputs, outputs and switches are named apart from the values inside: ONNX forbids a branch to hide an outer name. */
const feedName = (value: string): string => `feed:${value}`

/**
 * @param known what is known of each value that a program is fed
 */
export function bundle(wiring: Wiring, programs: readonly Program[], known: (value: string) => Known): Bundle {
  const fed = new Set(programs.flatMap(program => program.inputs))
  const inputs = [...fed].map(value => ({
    name: feedName(value),
    rank: known(value).dims.length,
    type: known(value).type,
  }))
  const { nodes, constants } = growth(wiring, new Set(programs.flatMap(program => program.parameters)))
  const bundled = programs.map((program, index) => ({
    switch: `run:${index}`,
    feeds: new Map(program.inputs.map(value => [value, feedName(value)])),
    fetches: new Map(program.outputs.map(value => [value, `fetch:${index}:${value}`])),
  }))
  const switches = programs.map((program, index) => switched(program, index, bundled[index]))
  const ports = inputs.map(({ name, rank, type }, i) => ({
    name,
    type,
    dims: Array.from({ length: rank }, (_, axis) => `d${i}_${axis}`),
  }))
  return {
    inputs,
    programs: bundled,
    graph: {
      name: 'hookscope',
      irVersion: Math.max(wiring.graph.irVersion, 4),
      opsets: wiring.graph.opsets,
      producer: 'hookscope',
      inputs: [...bundled.map(({ switch: name }): Port => ({ name, type: 'bool', dims: [] })), ...ports],
      outputs: bundled.flatMap(({ fetches }) => [...fetches.values()]),
      nodes: [...nodes, ...switches],
      constants,
    },
  }
}

/** The constants that parameters come from, and the nodes that grow them. The engine folds these once. */
function growth(wiring: Wiring, parameters: ReadonlySet<string>): { nodes: Node[]; constants: Map<string, Tensor> } {
  const needed = new Set<Node>()
  const constants = new Map<string, Tensor>()
  const pending = [...parameters]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const constant = wiring.graph.constants.get(value)
    if (constant) constants.set(value, constant)
    const node = wiring.producer.get(value)
    if (!node || needed.has(node)) continue
    needed.add(node)
    pending.push(...reads(node))
  }
  return { nodes: wiring.nodes.filter(node => needed.has(node)), constants }
}

function switched(program: Program, index: number, names: BundledProgram | undefined): Node {
  const rename = (name: string) => names?.feeds.get(name) ?? name
  const nodes = program.nodes.map(node => ({ ...node, inputs: node.inputs.map(rename) }))
  const results = program.outputs.map((_, i) => `nothing:${index}:${i}`)
  const then: Body = {
    name: `program ${index}`,
    inputs: [],
    nodes,
    constants: program.constants,
    outputs: program.outputs,
  }
  const otherwise: Body = {
    name: `skip ${index}`,
    inputs: [],
    nodes: results.map(emptyConstant),
    constants: new Map(),
    outputs: results,
  }
  return {
    name: `switch ${index}`,
    op: 'If',
    domain: '',
    inputs: [`run:${index}`],
    outputs: [...(names?.fetches.values() ?? [])],
    attributes: new Map([
      ['then_branch', { kind: 'graph', value: then }],
      ['else_branch', { kind: 'graph', value: otherwise }],
    ]),
    metadata: new Map(),
  }
}

function emptyConstant(output: string): Node {
  const value: Tensor = { type: 'float32', dims: [0], bytes: new Uint8Array(0) }
  return {
    name: output,
    op: 'Constant',
    domain: '',
    inputs: [],
    outputs: [output],
    attributes: new Map([['value', { kind: 'tensor', value }]]),
    metadata: new Map(),
  }
}
