import { HookscopeError } from '../errors'
import { backward, gradientOf } from '../grad/backward'
import { withTakenBranches } from '../graph/branches'
import { withFloatViews } from '../graph/float-views'
import { type GraphIndex, indexGraph } from '../graph/graph-index'
import { namesMade, renamedNode } from '../graph/inline'
import { ownName, withoutOwnNames } from '../graph/own-names'
import type { Program } from '../graph/program'
import { inferShapes, isFloat, type ValueInfo } from '../graph/shapes'
import { floatTensor, sizeOf } from '../graph/tensors'
import { toFloat32 } from '../graph/to-float32'
import { atInference } from '../graph/training'
import type { Graph, Node, Port, Tensor } from '../graph/types'
import { validate } from '../graph/validate'
import { readOnnx } from '../onnx/read'
import { writeOnnx } from '../onnx/write'
import { type ChosenRules, chooseRules, type GradientRules } from './own-rules'
import { PublicNames } from './public-names'

export interface GradientRequest {
  /** Outputs to differentiate, or any values inside, by their names in the file. The gradient is that of their sum. */
  readonly outputs: readonly string[]
  /** Values to differentiate by: inputs, initializers such as `conv1.weight`, or any values inside. */
  readonly by: readonly string[]
  /** Shapes of inputs, where the file leaves them open. The file that is written is for these shapes. */
  readonly inputs?: Readonly<Record<string, readonly number[]>>
  /** Another backward pass; `saliency`, the gradient itself, unless given. */
  readonly rules?: GradientRules
  /** Contents of the files that hold weights outside of the model, by the location that the model gives. */
  readonly external?: Readonly<Record<string, Uint8Array>>
}

export interface GradientFile {
  /** The network with its gradients, as an ONNX file: all outputs of before, and the gradients. */
  readonly bytes: Uint8Array
  /** Name of the output that holds the gradient with respect to each value of `by`; of the value's shape. */
  readonly gradients: Readonly<Record<string, string>>
  /**
   * Name of the input that takes the gradient with respect to each of `outputs`, of its shape: 1 at a class and 0 elsewhere
   * for the gradient of a logit. An output that is a single number has none, and counts 1.
   */
  readonly seeds: Readonly<Record<string, string>>
}

/**
 * Writes the backward pass of a network behind it, as more ONNX operators (reverse-mode differentiation).
 *
 * A network in float16 or float64 is written in float32, weights of other files are written into this one, and Dropout that the
 * file leaves on is switched off.
 *
 * @param model an ONNX file
 * @throws HookscopeError `bad-model` for a damaged file, `bad-argument` for a request that does not fit it, `unknown-layer` for
 * a value that it has not, `no-gradient` where an operator between has no rule or a shape is unknown
 */
export function differentiate(model: Uint8Array, request: GradientRequest): GradientFile {
  const rules = chooseRules(request.rules)
  const read = toFloat32(readOnnx(model, new Map(Object.entries(request.external ?? {}))))
  const graph = withFloatViews(atInference(withoutOwnNames(read)).graph)
  const { graphIndex, shapes } = settle(withEnds(graph, request.outputs), shapesOf(graph, request.inputs ?? {}))
  const by = request.by.map(name => floatValue(name, graphIndex, shapes))
  if (by.length === 0 || request.outputs.length === 0)
    throw new HookscopeError(
      'bad-argument',
      'Name at least one output to differentiate, and one value to differentiate by.',
    )
  for (const output of request.outputs) floatValue(output, graphIndex, shapes)
  const ends = [...new Set(request.outputs)].map(endOf)
  const gates = [...rules.gates.keys()].map(gate => [gate, { type: 'float32', dims: [1] }] as const)
  const program = backward(graphIndex, new Map<string, ValueInfo>([...shapes, ...gates]), {
    known: ends,
    wanted: [...new Set(by)],
    rules: rules.table,
  })
  return write(graphIndex, shapes, program, rules, request)
}

/** A copy of each differentiated output, where the walk begins: another output may depend on the output itself. */
function withEnds(graph: Graph, outputs: readonly string[]): Graph {
  const copies = [...new Set(outputs)].map((output): Node => {
    const attributes = new Map()
    return {
      name: '',
      op: 'Identity',
      domain: '',
      inputs: [output],
      outputs: [endOf(output)],
      attributes,
      metadata: attributes,
    }
  })
  const made = new Set([...namesMade(graph.nodes), ...graph.inputs.map(({ name }) => name), ...graph.constants.keys()])
  return { ...graph, nodes: [...graph.nodes, ...copies.filter(({ inputs: [of = ''] }) => made.has(of))] }
}

const endOf = (output: string): string => ownName('end', output)

/** @throws HookscopeError `bad-argument` */
function shapesOf(graph: Graph, given: NonNullable<GradientRequest['inputs']>): ReadonlyMap<string, readonly number[]> {
  for (const name of Object.keys(given))
    if (!graph.inputs.some(port => port.name === name))
      throw new HookscopeError(
        'bad-argument',
        `The network has no input “${name}”. ${listed(
          'It takes',
          graph.inputs.map(port => port.name),
        )}`,
      )
  return new Map(graph.inputs.map(port => [port.name, shapeOf(port, given[port.name])]))
}

function shapeOf({ name, dims }: Port, given: readonly number[] | undefined): readonly number[] {
  const shape: readonly (number | string)[] = given ?? dims
  const isFixed = (size: number | string): size is number =>
    typeof size === 'number' && Number.isInteger(size) && size >= 0
  const fits = shape.length === dims.length && shape.every((size, i) => typeof dims[i] !== 'number' || dims[i] === size)
  const fixed = shape.filter(isFixed)
  if (fits && fixed.length === shape.length) return fixed
  throw new HookscopeError(
    'bad-argument',
    given
      ? `The input “${name}” is [${dims.map(size => size || '?').join(', ')}] in the file; it cannot be [${given.join(', ')}].`
      : `The file leaves the shape of “${name}” open, [${dims.map(size => size || '?').join(', ')}]. Give it: inputs: { ${JSON.stringify(name)}: [1, 3, 224, 224] }.`,
  )
}

/** Shapes of all values, and each If on a size decided. @throws HookscopeError `bad-model` */
function settle(
  graph: Graph,
  inputs: ReadonlyMap<string, readonly number[]>,
): { graphIndex: GraphIndex; shapes: ReadonlyMap<string, ValueInfo> } {
  const graphIndex = indexGraph(graph)
  const shapes = inferShapes(graphIndex, inputs)
  const taken = withTakenBranches(graph, shapes)
  if (taken !== graph) return settle(taken, inputs)
  validate(graphIndex, shapes)
  return { graphIndex, shapes }
}

/** @throws HookscopeError `unknown-layer`, `no-gradient` */
function floatValue(name: string, { graph, producer }: GraphIndex, shapes: ReadonlyMap<string, ValueInfo>): string {
  const inputs = graph.inputs.map(port => port.name)
  if (!producer.has(name) && !inputs.includes(name) && !graph.constants.has(name))
    throw new HookscopeError(
      'unknown-layer',
      `The file has no value “${name}”. ${listed('Its inputs are', inputs)} ${listed('Its outputs are', graph.outputs)}`,
    )
  const type = shapes.get(name)?.type ?? 'float32'
  if (isFloat(type)) return name
  throw new HookscopeError('no-gradient', `“${name}” holds ${type} numbers, which have no gradient.`)
}

const listed = (what: string, names: readonly string[]): string =>
  `${what} ${names.map(name => `“${name}”`).join(', ')}.`

function write(
  { graph, nodes }: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  program: Program,
  { gates }: ChosenRules,
  { outputs, by }: GradientRequest,
): GradientFile {
  const names = new PublicNames(graph, program)
  const rename = (name: string) => names.of(name)
  const fed = program.inputs
    .filter(name => gates.has(name))
    .map(name => [name, floatTensor([1], [gates.get(name) ?? 0])] as const)
  const constants = new Map<string, Tensor>([...graph.constants, ...program.constants, ...fed])
  const ports: Port[] = graph.inputs.map(port => ({ ...port, dims: shapes.get(port.name)?.dims ?? port.dims }))
  const seeds: Record<string, string> = {}
  for (const output of new Set(outputs)) {
    const seed = gradientOf(endOf(output))
    if (!program.inputs.includes(seed)) continue
    const dims = shapes.get(output)?.dims ?? []
    if (sizeOf(dims) === 1) constants.set(seed, floatTensor(dims, [1]))
    else {
      ports.push({ name: seed, type: 'float32', dims })
      seeds[output] = names.give(seed, `grad_${output}`)
    }
  }
  const gradients = Object.fromEntries(by.map(value => [value, names.give(gradientOf(value), `grad_${value}`)]))
  const given = [...graph.outputs, ...new Set(by.map(gradientOf))]
  const known = new Map([...shapes, ...by.flatMap(value => pair(gradientOf(value), shapes.get(value)))])
  const bytes = writeOnnx(
    {
      ...{ name: graph.name, producer: 'hookscope', opsets: graph.opsets, irVersion: Math.max(graph.irVersion, 4) },
      inputs: ports.map(port => ({ ...port, name: rename(port.name) })),
      outputs: given.map(rename),
      nodes: [...nodes, ...program.nodes].map(node => renamedNode({ ...node, name: rename(node.name) }, rename)),
      constants: new Map([...constants].map(([name, tensor]) => [rename(name), tensor])),
    },
    new Map(
      given
        .flatMap(name => pair(name, known.get(name)))
        .map(([name, port]) => [rename(name), { ...port, name: rename(name) }]),
    ),
  )
  return { bytes, gradients, seeds }
}

const pair = (name: string, known: ValueInfo | undefined): [string, ValueInfo][] => (known ? [[name, known]] : [])
