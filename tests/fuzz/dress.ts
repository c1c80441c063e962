import type { Attribute, Body, Graph, Node } from '../../src/graph/types'
import { writeOnnx } from '../../src/onnx/write'
import { weightsBeside } from '../support/own-network'
import { edited, valueInfo, withFunction } from '../support/proto'
import type { Dice } from './dice'
import type { Drawn } from './draw'

/** A drawn network as a file: the same network, in one of the forms in which files hold it. */
export interface Dressed {
  readonly drawn: Drawn
  readonly bytes: Uint8Array
  /** What lies in other files, by their location. */
  readonly external: ReadonlyMap<string, Uint8Array>
}

/** Names that the program gives to values of its own, or that are awkward for another reason. */
const HOSTILE = [
  ...['grad:x', 'class index', 'gate:activation', 'grad:output', 'grad:picture', 'image', 'input', 'logits', 'output'],
  ...[
    'a b',
    'ß/é.漢',
    '0',
    '-1',
    'x:0',
    'constructor',
    '__proto__',
    'save:0',
    'program',
    '"quoted"',
    'then',
    'x'.repeat(300),
  ],
]

export function dress(drawn: Drawn, dice: Dice): Dressed {
  const named = dice.chance(0.2) ? renamed(drawn, dice) : drawn
  const { graph } = named
  const plain = { drawn: named, external: new Map<string, Uint8Array>() }
  switch (dice.int(0, 11)) {
    case 0:
      return { ...plain, bytes: outlined(graph, dice), drawn: said(named, 'a local function') }
    case 1:
      return { ...plain, bytes: writeOnnx(branched(graph, dice)), drawn: said(named, 'an If of known condition') }
    case 2: {
      const { model, weights } = weightsBeside(Buffer.from(writeOnnx(graph)), 'weights.bin')
      const external = new Map([['weights.bin', new Uint8Array(weights)]])
      return { bytes: new Uint8Array(model), external, drawn: said(named, 'weights in another file') }
    }
    case 3:
      return { ...plain, bytes: listed(graph), drawn: said(named, 'weights among the inputs') }
    default:
      return { ...plain, bytes: writeOnnx(graph) }
  }
}

const said = (drawn: Drawn, part: string): Drawn => ({ ...drawn, parts: [...drawn.parts, part] })

/** Some values get names that nobody would give them. */
function renamed(drawn: Drawn, dice: Dice): Drawn {
  const { graph } = drawn
  const names = [...graph.nodes.flatMap(node => node.outputs), ...graph.constants.keys(), drawn.input.name]
  const given = new Map<string, string>()
  const free = HOSTILE.filter(name => !names.includes(name))
  for (const name of names) {
    if (free.length === 0 || !dice.chance(0.25)) continue
    const [hostile = ''] = free.splice(dice.int(0, free.length - 1), 1)
    given.set(name, hostile)
  }
  const to = (name: string) => given.get(name) ?? name
  const input = { ...drawn.input, name: to(drawn.input.name) }
  return {
    ...said(drawn, 'hostile names'),
    input,
    graph: {
      ...graph,
      inputs: [input],
      outputs: graph.outputs.map(to),
      nodes: graph.nodes.map(node => ({ ...node, inputs: node.inputs.map(to), outputs: node.outputs.map(to) })),
      constants: new Map([...graph.constants].map(([name, tensor]) => [to(name), tensor])),
    },
    answer: { ...drawn.answer, logits: to(drawn.answer.logits) },
    lies: new Map([...drawn.lies].map(([name, lie]) => [to(name), lie])),
  }
}

const movable = ({ nodes }: Graph): Node[] => nodes.filter(node => node.op !== 'Constant' && node.inputs.every(Boolean))

/** One operator becomes a function of the file's own. */
function outlined(graph: Graph, dice: Dice): Uint8Array {
  const node = dice.of(movable(graph))
  const inputs = [...new Set(node.inputs)]
  const call = { ...node, op: 'Own', domain: 'own.ops', inputs, attributes: new Map<string, Attribute>() }
  const inside = (name: string) => `inside ${inputs.indexOf(name)}`
  const body: Graph = {
    ...graph,
    inputs: inputs.map(name => ({ name: inside(name), type: 'float32', dims: [] })),
    outputs: node.outputs.map((_, i) => `made ${i}`),
    nodes: [{ ...node, inputs: node.inputs.map(inside), outputs: node.outputs.map((_, i) => `made ${i}`) }],
    constants: new Map(),
  }
  const opsets = new Map([...graph.opsets, ['own.ops', 1]])
  const whole = { ...graph, opsets, nodes: graph.nodes.map(other => (other === node ? call : other)) }
  return withFunction(writeOnnx(whole), 'own.ops', 'Own', body)
}

/** One operator stands in both branches of an If whose condition is a constant. */
function branched(graph: Graph, dice: Dice): Graph {
  const node = dice.of(movable(graph).filter(({ outputs }) => outputs.length === 1))
  const body = (name: string): Attribute => {
    const value: Body = {
      name,
      inputs: [],
      constants: new Map(),
      outputs: [name],
      nodes: [{ ...node, outputs: [name] }],
    }
    return { kind: 'graph', value }
  }
  const attributes = new Map([
    ['then_branch', body('made then')],
    ['else_branch', body('made else')],
  ])
  const choice = { ...node, op: 'If', inputs: ['known condition'], attributes }
  return {
    ...graph,
    nodes: graph.nodes.map(other => (other === node ? choice : other)),
    constants: new Map([
      ...graph.constants,
      ['known condition', { type: 'bool', dims: [], bytes: Uint8Array.of(dice.int(0, 1)) }],
    ]),
  }
}

/** As files of IR version 3 have it: every weight is an input too. */
function listed(graph: Graph): Uint8Array {
  return edited(writeOnnx({ ...graph, irVersion: 3 }), ({ graph: proto }) => {
    for (const [name, { dims, type }] of graph.constants) proto?.input.push(valueInfo(name, dims, type))
  })
}
