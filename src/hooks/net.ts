import type { Runtime } from '../engine/runtime'
import { HookscopeError } from '../errors'
import { backward, gradientOf } from '../grad/backward'
import { indexGraph } from '../graph/graph-index'
import { inferShapes, isFloat, type ValueInfo } from '../graph/shapes'
import { sizeOf } from '../graph/tensors'
import type { ElementType, Graph, Port } from '../graph/types'
import { type BackwardHooks, hookedValues } from './backward'
import { type HookLimits, isTensor } from './call'
import { sorted } from './class-order'
import { Executor } from './executor'
import { forwardPass, type Pass } from './forward'
import { type InstrumentedGraph, stage } from './instrumented-graph'
import { type ModuleNode, moduleTree } from './module-tree'
import { type Operator, operators } from './operators'
import { readParameter } from './parameters'
import { Points } from './points'
import { type NetReading, usualDims, usualInputs } from './read-net'
import { Registry } from './registry'
import { Run } from './run'
import type {
  ForwardHook,
  ForwardPreHook,
  FullBackwardHook,
  FullBackwardPreHook,
  RemovableHandle,
  Tensor,
  TensorHook,
} from './types'
import { Values } from './values'

/** A module, to put hooks on. */
export interface ModulePoint {
  /** Called after every call of the module; see `ForwardHook`. */
  registerForwardHook(hook: ForwardHook): RemovableHandle
  /** Called before every call of the module; see `ForwardPreHook`. */
  registerForwardPreHook(hook: ForwardPreHook): RemovableHandle
  /** Called when the gradients at the module's inputs are there; see `FullBackwardHook`. */
  registerFullBackwardHook(hook: FullBackwardHook): RemovableHandle
  /** Called when the gradient at the module's output is there; see `FullBackwardPreHook`. */
  registerFullBackwardPreHook(hook: FullBackwardPreHook): RemovableHandle
}

/** A value or a parameter, to put hooks on. */
export interface TensorPoint {
  /** Called with the whole gradient at this value; see `TensorHook`. */
  registerHook(hook: TensorHook): RemovableHandle
  /**
   * As torch's `retain_grad`: `backward` works out the gradient here on its way, so that `run.gradient` finds it without
   * running anything more. As in torch 2 it is the gradient after all hooks, whenever they were registered.
   */
  retainGrad(): RemovableHandle
}

/** An input or output of a network. */
export interface NetValue {
  readonly name: string
  /** Of an output undefined where only a run tells. */
  readonly type: ElementType | undefined
  /** An open dimension of an input is given by its name, or the empty string; undefined where only a run tells. */
  readonly dims: readonly (number | string)[] | undefined
}

/** The network's inputs: tensors, or their data alone where the file fixes the shape but for a batch of 1 and 224 pixels. */
export type Inputs = Readonly<Record<string, Tensor | Float32Array>>

export interface ForwardOptions {
  /** Whether what a gradient with respect to the inputs needs is saved on the way (default); without, less memory. */
  readonly gradients?: boolean
}

/** Compiled programs that are kept for the same hooks again. */
const SESSIONS = 8

/** A network to put hooks on. The file's graph stays as it is: each forward pass sees it with the hooks of then. */
export class Net {
  /** Sessions that are held now; bounded, whatever is registered and removed. */
  get sessions(): number {
    return this.compiled.size
  }

  /** Its inputs, in the file's order. */
  readonly inputs: readonly NetValue[]
  /** Its outputs, in the file's order, for inputs of the usual shape. */
  readonly outputs: readonly NetValue[]

  private readonly points: Points
  private readonly graph: Graph
  private readonly shapes: ReadonlyMap<string, ValueInfo>
  private readonly operations: readonly Operator[]
  private readonly compiled: Executor
  /** Points whose hooks have changed something; after a removal that is learnt anew. */
  private readonly changers = new Set<string>()
  private readonly forget = () => this.changers.clear()
  private readonly forwardHooks = new Registry<ForwardHook>(this.forget)
  private readonly preHooks = new Registry<ForwardPreHook>(this.forget)
  private readonly backwardHooks = new Registry<FullBackwardHook>(this.forget)
  private readonly backwardPreHooks = new Registry<FullBackwardPreHook>(this.forget)
  private readonly tensorHooks = new Registry<TensorHook>(this.forget)
  private readonly names = new Map<string, string>()
  private instrumented: { readonly key: string; readonly instrumented: InstrumentedGraph } | undefined

  /** @internal `load` calls this. */
  constructor(
    private readonly reading: NetReading,
    runtime: Runtime,
    private readonly limits: HookLimits,
  ) {
    const { graph, classifier } = reading
    const graphIndex = indexGraph(graph)
    const [only, another] = graph.inputs
    this.graph = graph
    this.shapes = inferShapes(graphIndex, this.usual(), classifier?.measured)
    this.points = new Points(graphIndex, this.shapes, classifier?.picture ?? (another ? undefined : only?.name))
    this.inputs = graph.inputs.map(({ name, type, dims }) => ({ name, type, dims }))
    this.outputs = graph.outputs.map(name => ({ name, ...pickKnown(this.shapes.get(name)) }))
    this.operations = operators(this.points, graphIndex)
    this.compiled = new Executor(runtime, SESSIONS)
  }

  /** The module tree: paths, operators, shapes. */
  modules(): ModuleNode {
    return moduleTree(this.points)
  }

  /** The network's graph, an operator at a time, in an order in which they can be computed. */
  operators(): readonly Operator[] {
    return this.operations
  }

  /** Names of the parameters that gradients can be had for: `conv1.weight`. */
  parameters(): string[] {
    return [...this.points.parameters.keys()]
  }

  /**
   * A copy of a parameter's values, torch's `get_parameter`; also where the file computes them from constants.
   *
   * @param name module path and `.weight` or `.bias`
   * @throws HookscopeError `unknown-layer`
   */
  async getParameter(name: string): Promise<Tensor> {
    const value = this.points.parameter(name)
    return readParameter(this.stage([], this.usual()), this.compiled, value)
  }

  /**
   * @param path `layer4.1`; `layer1.0.relu:1` for the second call alone; the empty string for the whole network
   * @throws HookscopeError `unknown-layer`; for a module that the exporter folded away, it names what holds it now
   */
  module(path: string): ModulePoint {
    this.points.module(path)
    return {
      registerForwardHook: hook => this.forwardHooks.add(path, hook),
      registerForwardPreHook: hook => this.preHooks.add(path, hook),
      registerFullBackwardHook: hook => this.backwardHooks.add(path, hook),
      registerFullBackwardPreHook: hook => this.backwardPreHooks.add(path, hook),
    }
  }

  /**
   * @param name a value's name in the file (`/layer1/layer1.0/relu/Relu_output_0`, also the input's), or a hook point's path
   * @throws HookscopeError `unknown-layer`
   */
  value(name: string): TensorPoint {
    return this.tensor(name, this.points.value(name))
  }

  /**
   * @param name module path and `.weight` or `.bias`
   * @throws HookscopeError `unknown-layer`
   */
  parameter(name: string): TensorPoint {
    return this.tensor(name, this.points.parameter(name))
  }

  /**
   * Runs the network and calls the forward hooks. A hook that is registered meanwhile waits for the next time.
   *
   * @param inputs by name; `image` stands for the only input, whatever its name. Row-major float32.
   * @throws HookscopeError `bad-argument` for inputs that do not fit, `hook-failed`, `engine-failed`
   */
  async forward(inputs: Inputs, options: ForwardOptions = {}): Promise<Run> {
    const tensors = this.named(inputs)
    const pre = this.preHooks.snapshot()
    const post = this.forwardHooks.snapshot()
    const modules = this.backwardHooks.snapshot()
    const before = this.backwardPreHooks.snapshot()
    const instrumented = this.staged(new Map([...tensors].map(([name, { dims }]) => [name, dims])))
    const values = new Values(this.compiled.runtime)
    const pass: Pass = { instrumented, executor: this.compiled, values, limits: this.limits, changers: this.changers }
    const hooks = (): BackwardHooks => ({
      modules,
      before,
      tensors: this.tensorHooks.snapshot(),
      points: new Map(this.tensorHooks.points.map(value => [value, this.names.get(value) ?? value])),
    })
    try {
      for (const [name, tensor] of tensors) values.put(name, tensor, instrumented.shapes.get(name)?.type)
      const outputs = [...instrumented.outputs.values()]
      const saved = options.gradients === false ? [] : this.savedFor(pass, hooks())
      const through = await forwardPass(pass, { pre, post }, [instrumented.target, ...outputs, ...saved])
      const results = await values.tensors(outputs)
      const named = new Map([...instrumented.outputs.keys()].flatMap((name, i) => pair(name, results[i])))
      const { classifier } = this.reading
      const raw = await values.tensor(instrumented.target)
      const logits = classifier ? sorted(raw, classifier.answer) : raw
      return new Run(pass, this.points, through, hooks, classifier, named, logits)
    } catch (error) {
      values.dispose()
      throw error
    }
  }

  /** Lets go of every session. Runs must be disposed of on their own. */
  dispose(): Promise<void> {
    return this.compiled.dispose()
  }

  private tensor(name: string, value: string): TensorPoint {
    this.names.set(value, name)
    return {
      registerHook: hook => this.tensorHooks.add(value, hook),
      retainGrad: () => this.tensorHooks.add(value, () => {}),
    }
  }

  /** The graph with views where hooks stand now; kept for the next time. */
  private staged(dims: ReadonlyMap<string, readonly number[]>): InstrumentedGraph {
    const registries = [this.preHooks, this.forwardHooks, this.backwardHooks, this.backwardPreHooks]
    const hooked = new Set(registries.flatMap(({ points }) => points))
    const calls = this.points.calls.filter(({ module, path }) => hooked.has(module) || hooked.has(path))
    const key = JSON.stringify([calls.map(call => call.path), [...dims]])
    if (this.instrumented?.key !== key) this.instrumented = { key, instrumented: this.stage(calls, dims) }
    return this.instrumented.instrumented
  }

  private stage(calls: Points['calls'], dims: ReadonlyMap<string, readonly number[]>): InstrumentedGraph {
    const { classifier } = this.reading
    const isMeasured = classifier && `${dims.get(classifier.picture)}` === `${classifier.dims}`
    const target = classifier?.answer.logits ?? this.graph.outputs[0] ?? ''
    return stage(this.graph, calls, dims, target, isMeasured ? classifier.measured : undefined)
  }

  /** Shapes of all inputs where the file or what is known of pictures tells them, else the usual ones. */
  private usual(): ReadonlyMap<string, readonly number[]> {
    const { graph, classifier } = this.reading
    const defaults = [...(classifier?.defaults ?? [])].map(([name, { dims }]) => [name, dims] as const)
    const picture = classifier ? [[classifier.picture, classifier.dims] as const] : []
    return new Map([...usualInputs(graph), ...defaults, ...picture])
  }

  /** The values that a backward pass to the inputs, and to all that is hooked, will read. */
  private savedFor(pass: Pass, hooks: BackwardHooks): string[] {
    const { graphIndex, shapes, target } = pass.instrumented
    const { classifier } = this.reading
    const floats = this.graph.inputs.filter(({ type }) => isFloat(type)).map(port => port.name)
    const wanted = [...floats, ...(classifier ? [classifier.gradientAt] : []), ...hookedValues(pass, hooks)]
    try {
      const program = backward(graphIndex, shapes, { known: [target], wanted: [...new Set(wanted)] })
      return program.inputs.filter(name => name !== gradientOf(target))
    } catch (error) {
      // Whoever asks for a gradient is told then; to run the network forwards none is needed.
      if (error instanceof HookscopeError && error.code === 'no-gradient') return []
      throw error
    }
  }

  private named(inputs: Inputs): Map<string, Tensor> {
    const { inputs: ports } = this.graph
    const [only, second] = ports
    const { picture, defaults } = this.reading.classifier ?? { picture: second ? undefined : only?.name }
    if (!isObject(inputs))
      throw new HookscopeError('bad-argument', 'forward() takes inputs by name: forward({ image: a Float32Array }).')
    const given = new Map<string, Inputs[string]>([...(defaults ?? []), ...Object.entries(inputs)])
    const image = given.get('image')
    if (
      picture !== undefined &&
      image &&
      !Object.hasOwn(inputs, picture) &&
      !ports.some(({ name }) => name === 'image')
    ) {
      given.delete('image')
      given.set(picture, image)
    }
    const extra = [...given.keys()].find(name => !ports.some(port => port.name === name))
    if (extra !== undefined)
      throw new HookscopeError(
        'bad-argument',
        `The network has no input "${extra}": it takes ${ports.map(port => `"${port.name}"`).join(', ')}.`,
      )
    const usual = this.usual()
    return new Map(ports.map(port => [port.name, fitted(port, given.get(port.name), usual.get(port.name))]))
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)

const pickKnown = (known: ValueInfo | undefined): Pick<NetValue, 'type' | 'dims'> => ({
  type: known?.type,
  dims: known?.dims,
})

/** @throws HookscopeError `bad-argument` for what is no tensor of the input's shape */
function fitted(port: Port, given: unknown, usual: readonly number[] | undefined): Tensor {
  const shape = `[${port.dims.map(size => size || '?').join(', ')}]`
  if (given === undefined) throw new HookscopeError('bad-argument', `The input "${port.name}" ${shape} is missing.`)
  const tensor = given instanceof Float32Array ? bare(port, given, usual ?? usualDims(port)) : given
  if (!isTensor(tensor))
    throw new HookscopeError(
      'bad-argument',
      `The input "${port.name}" ${shape} is a Float32Array or { dims, data } with one; it was given ${described(given)}.`,
    )
  const fits = tensor.dims.length === port.dims.length && tensor.data.length === sizeOf(tensor.dims)
  if (fits && port.dims.every((size, i) => typeof size !== 'number' || size <= 0 || size === tensor.dims[i]))
    return tensor
  throw new HookscopeError(
    'bad-argument',
    `The input "${port.name}" is ${shape}; it was given [${tensor.dims.join(', ')}] with ${tensor.data.length} values.`,
  )
}

function described(given: unknown): string {
  if (Array.isArray(given)) return 'an array: write Float32Array.from(…)'
  if (ArrayBuffer.isView(given)) return `another kind of array: write Float32Array.from(…)`
  return typeof given === 'object'
    ? 'something else'
    : `${typeof given === 'number' ? 'the number' : 'a'} ${typeof given === 'number' ? given : typeof given}`
}

/** Where the file fixes a batch above 1, one picture fills all of it. */
function bare(port: Port, data: Float32Array, dims: readonly number[]): Tensor {
  const size = sizeOf(dims)
  const [batch = 1] = dims
  if (batch > 1 && data.length === size / batch) {
    const all = new Float32Array(size)
    for (let i = 0; i < batch; i++) all.set(data, i * data.length)
    return { dims, data: all }
  }
  if (size === data.length || dims.join() === port.dims.join()) return { dims, data }
  throw new HookscopeError('bad-argument', `The file leaves the shape of "${port.name}" open: give { dims, data }.`)
}

const pair = (name: string, tensor: Tensor | undefined) => (tensor ? [[name, tensor] as const] : [])
