import { int } from '../graph/attributes'
import { CODE_OF_TYPE } from '../graph/element-codes'
import type { GraphIndex } from '../graph/graph-index'
import { renamedNode } from '../graph/inline'
import { Layered } from '../graph/layered'
import { ownName } from '../graph/own-names'
import type { Program } from '../graph/program'
import { inferNode, knownConstant, type ValueInfo } from '../graph/shapes'
import { intTensor } from '../graph/tensors'
import { has } from '../graph/traits'
import type { Attribute, Body, ElementType, Graph, Node, Port, Tensor } from '../graph/types'
import { grow } from './grow'

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

interface BundledProgram {
  readonly switch: string
  /** Value → name of the model's input. */
  readonly feeds: ReadonlyMap<string, string>
  /** Value → name of the model's output. */
  readonly fetches: ReadonlyMap<string, string>
}

/** Inputs, outputs and switches are named apart from the values inside: ONNX forbids a branch to hide an outer name. */
const feedName = (value: string): string => ownName('feed', value)

const switchName = (index: number): string => ownName('run', index)

/**
 * @param known what is known of each value that a program is fed
 * @param shapes what is known of the network's values
 */
export function bundle(
  graphIndex: GraphIndex,
  programs: readonly Program[],
  known: (value: string) => ValueInfo,
  shapes: ReadonlyMap<string, ValueInfo>,
): Bundle {
  const fed = new Set(programs.flatMap(program => program.inputs))
  const inputs = [...fed].map(value => ({
    name: feedName(value),
    rank: known(value).dims.length,
    type: known(value).type,
  }))
  const { nodes, constants } = grow(graphIndex, new Set(programs.flatMap(program => program.parameters)))
  const bundled = programs.map((program, index) => ({
    switch: switchName(index),
    feeds: new Map(program.inputs.map(value => [value, feedName(value)])),
    fetches: new Map(program.outputs.map(value => [value, ownName('fetch', index, value)])),
  }))
  const grown = new Map([...constants].map(([name, tensor]): [string, ValueInfo] => [name, knownConstant(tensor)]))
  for (const node of nodes) inferNode(node, graphIndex.opset, grown)
  const switches = programs.map((program, index) => {
    const types = typesOf(program, graphIndex.opset, new Layered(grown), known, shapes)
    return switched(program, index, bundled[index], types, graphIndex.opset)
  })
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
      irVersion: Math.max(graphIndex.graph.irVersion, 4),
      opsets: graphIndex.graph.opsets,
      producer: 'hookscope',
      inputs: [...bundled.map(({ switch: name }): Port => ({ name, type: 'bool', dims: [] })), ...ports],
      outputs: bundled.flatMap(({ fetches }) => [...fetches.values()]),
      nodes: [...nodes, ...switches],
      constants,
    },
  }
}

/** Element types of what a program gives; float32 where they cannot be told. */
function typesOf(
  program: Program,
  opset: number,
  found: Map<string, ValueInfo>,
  known: (value: string) => ValueInfo,
  shapes: ReadonlyMap<string, ValueInfo>,
): (value: string) => ElementType {
  for (const value of program.inputs) found.set(value, known(value))
  for (const [name, tensor] of program.constants) found.set(name, knownConstant(tensor))
  for (const node of program.nodes) inferNode(node, opset, found)
  const indexes = new Set(program.nodes.flatMap(node => (has(node, 'indexes') ? node.outputs : [])))
  return value => found.get(value)?.type ?? shapes.get(value)?.type ?? (indexes.has(value) ? 'int64' : 'float32')
}

function switched(
  program: Program,
  index: number,
  names: BundledProgram | undefined,
  typeOf: (value: string) => ElementType,
  opset: number,
): Node {
  const rename = (name: string) => names?.feeds.get(name) ?? name
  const then: Body = {
    name: `program ${index}`,
    inputs: [],
    nodes: program.nodes.map(node => renamedNode(asRun(node), rename)),
    constants: program.constants,
    outputs: program.outputs,
  }
  const nothing = program.outputs.map((value, i) => ({ name: ownName('nothing', index, i), type: typeOf(value) }))
  const otherwise: Body = {
    name: `skip ${index}`,
    inputs: [],
    nodes: nothing.flatMap(({ name, type }) =>
      opset < 11 ? hiddenEmpty(name, type, switchName(index)) : [empty(name, type)],
    ),
    constants: new Map(),
    outputs: nothing.map(({ name }) => name),
  }
  return {
    ...plain('If', [switchName(index)], `switch ${index}`, {
      then_branch: { kind: 'graph', value: then },
      else_branch: { kind: 'graph', value: otherwise },
    }),
    outputs: [...(names?.fetches.values() ?? [])],
  }
}

const plain = (op: string, inputs: readonly string[], output: string, attributes: Record<string, Attribute>): Node => ({
  ...{ name: output, op, domain: '', inputs, outputs: [output] },
  attributes: new Map(Object.entries(attributes)),
  metadata: new Map(),
})

const constant = (output: string, value: Tensor): Node =>
  plain('Constant', [], output, { value: { kind: 'tensor', value } })

const empty = (output: string, type: ElementType): Node =>
  constant(output, { type, dims: [0], bytes: new Uint8Array(0) })

/**
 * Nothing, whose shape only a run tells: before opset 11 both branches of an If must agree on their shapes as far as
 * they are known. The switch is off here, so it counts as the length 0.
 */
const hiddenEmpty = (output: string, type: ElementType, off: string): Node[] => [
  empty(`${output}:empty`, type),
  constant(`${output}:one`, intTensor([1])),
  plain('Cast', [off], `${output}:off`, { to: int(CODE_OF_TYPE.int64 ?? 0) }),
  plain('Reshape', [`${output}:off`, `${output}:one`], `${output}:length`, {}),
  plain('Reshape', [`${output}:empty`, `${output}:length`], output, {}),
]

/** Dropout changes nothing where nobody trains, and the WebGPU build refuses one inside a branch. */
function asRun(node: Node): Node {
  if (node.op !== 'Dropout' || node.domain !== '') return node
  return {
    ...node,
    op: 'Identity',
    inputs: node.inputs.slice(0, 1),
    outputs: node.outputs.slice(0, 1),
    attributes: new Map(),
  }
}
