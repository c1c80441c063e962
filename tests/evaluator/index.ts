import { numbersOf } from '../../src/graph/elements'
import type { Body, Graph, Node } from '../../src/graph/types'
import type { NdArray } from '../support/reference/array'
import { ArgMax } from '../support/reference/reduce'
import { flat, type Operator } from './operator'
import * as elementwise from './operators/elementwise'
import * as layout from './operators/layout'
import * as linear from './operators/linear'
import * as normalize from './operators/normalize'
import * as quantized from './operators/quantized'
import * as recurrent from './operators/recurrent'
import * as reduce from './operators/reduce'
import * as sampling from './operators/sampling'
import * as windows from './operators/windows'
import { Tape, type TapeOptions, type Value } from './tape'

type Named = Readonly<Record<string, unknown>>

/** The operators among what a file exports: ONNX's names begin with a capital. */
const capitalised = (...modules: readonly Named[]): ReadonlyMap<string, Operator> =>
  new Map(
    modules
      .flatMap(module => Object.entries(module))
      .filter((entry): entry is [string, Operator] => /^[A-Z]/.test(entry[0]) && typeof entry[1] === 'function'),
  )

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...capitalised(elementwise, layout, linear, normalize, quantized, recurrent, reduce, sampling, windows),
  ['ArgMax', flat(ArgMax)],
])

/** A graph that has run in double precision, ready to be differentiated. */
export interface Evaluation {
  readonly tape: Tape
  readonly values: ReadonlyMap<string, Value>
}

/** Every value of a graph, in double precision, by ONNX's definitions alone. */
export function evaluate(graph: Graph, feeds: ReadonlyMap<string, NdArray>, options: TapeOptions = {}): Evaluation {
  const tape = new Tape(options)
  const values = new Map<string, Value>()
  for (const [name, { dims, data }] of feeds) values.set(name, tape.leaf(dims, data))
  const opset = graph.opsets.get('') ?? 1
  runBody({ nodes: graph.nodes, constants: graph.constants }, { tape, values, opset })
  return { tape, values }
}

interface Running {
  readonly tape: Tape
  readonly values: Map<string, Value>
  readonly opset: number
}

function runBody({ nodes, constants }: Pick<Body, 'nodes' | 'constants'>, running: Running): void {
  const { tape, values } = running
  for (const [name, tensor] of constants)
    values.set(name, tape.leaf(tensor.dims, numbersOf(tensor) ?? [], /int|bool/.test(tensor.type)))
  for (const node of inOrder(nodes, values)) {
    const results = runNode(node, running)
    node.outputs.forEach((name, i) => {
      const result = results[i]
      if (name && result) values.set(name, result)
    })
  }
}

function runNode(node: Node, running: Running): readonly Value[] {
  const { tape, values, opset } = running
  if (node.op === 'Constant') return [constant(node, tape)]
  if (node.op === 'If') return branch(node, running)
  if (node.op === 'Loop') return turned(node, running)
  const operator = OPERATORS.get(node.op)
  if (!operator) throw new Error(`the evaluator has no ${node.op}`)
  const inputs = node.inputs.map(name => (name ? found(values, name) : undefined))
  const result = operator({ tape, node, opset, inputs })
  return 'dims' in result ? [result] : result
}

function branch(node: Node, running: Running): readonly Value[] {
  const [condition = 0] = found(running.values, node.inputs[0] ?? '').data
  const body = node.attributes.get(condition ? 'then_branch' : 'else_branch')
  if (body?.kind !== 'graph') throw new Error('If has no branch')
  const inner = { ...running, values: new Map(running.values) }
  runBody(body.value, inner)
  return body.value.outputs.map(name => running.tape.reshape(found(inner.values, name), found(inner.values, name).dims))
}

/** A fixed number of turns, each from the states that the one before left; nothing is gathered. */
function turned(node: Node, running: Running): readonly Value[] {
  const body = node.attributes.get('body')
  if (body?.kind !== 'graph') throw new Error('Loop has no body')
  const [turns = 0] = found(running.values, node.inputs[0] ?? '').data
  let states = node.inputs.slice(2).map(name => found(running.values, name))
  for (let turn = 0; turn < turns; turn++) {
    const given = [running.tape.leaf([], [turn], true), running.tape.leaf([], [1], true), ...states]
    const inner = { ...running, values: new Map(running.values) }
    for (const [i, { name }] of body.value.inputs.entries()) inner.values.set(name, given[i] as Value)
    runBody(body.value, inner)
    states = body.value.outputs.slice(1).map(name => found(inner.values, name))
  }
  return states
}

function constant(node: Node, tape: Tape): Value {
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'tensor')
      return tape.leaf(attribute.value.dims, numbersOf(attribute.value) ?? [], /int|bool/.test(attribute.value.type))
    if (attribute.kind === 'int' || attribute.kind === 'float')
      return tape.leaf([], [attribute.value], name === 'value_int')
    if (attribute.kind === 'ints' || attribute.kind === 'floats')
      return tape.leaf([attribute.value.length], attribute.value, name === 'value_ints')
  }
  throw new Error('a Constant without a value')
}

function found(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name)
  if (!value) throw new Error(`nothing gives ${name}`)
  return value
}

/** Nodes each after those that it reads from, whatever order the file has them in. */
function inOrder(nodes: readonly Node[], known: ReadonlyMap<string, unknown>): Node[] {
  const made = new Set(known.keys())
  const ordered: Node[] = []
  let waiting = [...nodes]
  while (waiting.length > 0) {
    const later: Node[] = []
    for (const node of waiting)
      if (node.inputs.every(name => !name || made.has(name))) {
        ordered.push(node)
        for (const name of node.outputs) made.add(name)
      } else later.push(node)
    if (later.length === waiting.length) throw new Error(`nothing gives the inputs of ${later[0]?.op}`)
    waiting = later
  }
  return ordered
}

/** d Σ seed·of / d each of `wanted`: undefined where it does not depend on it. */
export function gradients(
  { tape, values }: Evaluation,
  of: string,
  seed: ArrayLike<number>,
  wanted: readonly string[],
): Map<string, NdArray | undefined> {
  tape.backward(found(values, of), seed)
  return new Map(
    wanted.map(name => {
      const { dims, gradient } = found(values, name)
      return [name, gradient && { dims, data: gradient }]
    }),
  )
}
