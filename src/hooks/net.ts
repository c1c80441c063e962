import type { Runtime } from '../engine/runtime'
import { HookscopeError } from '../errors'
import { backward, gradientOf } from '../grad/backward'
import { inferShapes } from '../graph/shapes'
import { sizeOf } from '../graph/tensors'
import type { Graph, Port } from '../graph/types'
import { wire } from '../graph/wiring'
import { type BackwardHooks, hookedValues } from './backward'
import type { HookLimits } from './call'
import { Executor } from './executor'
import { forwardPass, type Pass } from './forward'
import { type ModuleNode, moduleTree } from './module-tree'
import { type Operator, operators } from './operators'
import { readParameter } from './parameters'
import { Points } from './points'
import { Registry } from './registry'
import { Run } from './run'
import { type Scene, stage } from './scene'
import type { ForwardHook, ForwardPreHook, FullBackwardHook, RemovableHandle, Tensor, TensorHook } from './types'
import { Values } from './values'

/** A module, to put hooks on. */
export interface ModulePoint {
  /** Called after every call of the module; see `ForwardHook`. */
  registerForwardHook(hook: ForwardHook): RemovableHandle
  /** Called before every call of the module; see `ForwardPreHook`. */
  registerForwardPreHook(hook: ForwardPreHook): RemovableHandle
  /** Called when the gradients at the module's inputs are there; see `FullBackwardHook`. */
  registerFullBackwardHook(hook: FullBackwardHook): RemovableHandle
}

/** A value or a parameter, to put hooks on. */
export interface TensorPoint {
  /** Called with the whole gradient at this value; see `TensorHook`. */
  registerHook(hook: TensorHook): RemovableHandle
}

/** What the network is fed: tensors, or their data alone where the file fixes the shape but for a batch of 1 and 224 pixels. */
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

  private readonly points: Points
  private readonly operations: readonly Operator[]
  private readonly compiled: Executor
  /** Points whose hooks have changed something; after a removal that is learnt anew. */
  private readonly changers = new Set<string>()
  private readonly forget = () => this.changers.clear()
  private readonly forwardHooks = new Registry<ForwardHook>(this.forget)
  private readonly preHooks = new Registry<ForwardPreHook>(this.forget)
  private readonly backwardHooks = new Registry<FullBackwardHook>(this.forget)
  private readonly tensorHooks = new Registry<TensorHook>(this.forget)
  private readonly names = new Map<string, string>()
  private scene: { readonly key: string; readonly scene: Scene } | undefined

  /** @internal `load` calls this. */
  constructor(
    private readonly graph: Graph,
    runtime: Runtime,
    private readonly limits: HookLimits,
  ) {
    const wiring = wire(graph)
    this.points = new Points(wiring, inferShapes(wiring, usualInputs(graph)))
    this.operations = operators(this.points, wiring)
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
    return readParameter(stage(this.graph, [], usualInputs(this.graph)), this.compiled, value)
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
    const scene = this.staged(new Map([...tensors].map(([name, { dims }]) => [name, dims])))
    const values = new Values(this.compiled.runtime)
    const pass: Pass = { scene, executor: this.compiled, values, limits: this.limits, changers: this.changers }
    const hooks = (): BackwardHooks => ({
      modules,
      tensors: this.tensorHooks.snapshot(),
      points: new Map(this.tensorHooks.points.map(value => [value, this.names.get(value) ?? value])),
    })
    try {
      for (const [name, tensor] of tensors) values.put(name, tensor)
      const outputs = [...scene.outputs.values()]
      const saved = options.gradients === false ? [] : this.savedFor(pass, hooks())
      const through = await forwardPass(pass, { pre, post }, [scene.target, ...outputs, ...saved])
      const results = await values.tensors(outputs)
      const named = new Map([...scene.outputs.keys()].flatMap((name, i) => pair(name, results[i])))
      return new Run(pass, this.points, through, hooks, named, await values.tensor(scene.target))
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
    return { registerHook: hook => this.tensorHooks.add(value, hook) }
  }

  /** The graph with views where hooks stand now; kept for the next time. */
  private staged(dims: ReadonlyMap<string, readonly number[]>): Scene {
    const hooked = new Set([...this.preHooks.points, ...this.forwardHooks.points, ...this.backwardHooks.points])
    const calls = this.points.calls.filter(({ module, path }) => hooked.has(module) || hooked.has(path))
    const key = JSON.stringify([calls.map(call => call.path), [...dims]])
    if (this.scene?.key !== key) this.scene = { key, scene: stage(this.graph, calls, dims) }
    return this.scene.scene
  }

  /** What a backward pass to the inputs, and to all that is hooked, will read. */
  private savedFor(pass: Pass, hooks: BackwardHooks): string[] {
    const { wiring, shapes, target } = pass.scene
    const wanted = [...this.graph.inputs.map(port => port.name), ...hookedValues(pass, hooks)]
    try {
      const program = backward(wiring, shapes, { known: [target], wanted: [...new Set(wanted)] })
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
    const given = new Map(Object.entries(inputs))
    const image = given.get('image')
    if (only && !second && image && !given.has(only.name)) {
      given.delete('image')
      given.set(only.name, image)
    }
    const extra = [...given.keys()].find(name => !ports.some(port => port.name === name))
    if (extra !== undefined)
      throw new HookscopeError(
        'bad-argument',
        `The network has no input "${extra}": it takes ${ports.map(port => `"${port.name}"`).join(', ')}.`,
      )
    return new Map(ports.map(port => [port.name, fitted(port, given.get(port.name))]))
  }
}

const usualInputs = (graph: Graph) => new Map(graph.inputs.map(port => [port.name, usualDims(port)]))

/** Where the file leaves a shape open: one picture, of the size that most networks take. */
function usualDims(port: Port): number[] {
  return port.dims.map((size, axis) => (typeof size === 'number' && size > 0 ? size : axis === 0 ? 1 : 224))
}

function fitted(port: Port, given: Tensor | Float32Array | undefined): Tensor {
  const shape = `[${port.dims.map(size => size || '?').join(', ')}]`
  if (!given) throw new HookscopeError('bad-argument', `The input "${port.name}" ${shape} is missing.`)
  const tensor = given instanceof Float32Array ? bare(port, given) : given
  const fits = tensor.dims.length === port.dims.length && tensor.data.length === sizeOf(tensor.dims)
  if (fits && port.dims.every((size, i) => typeof size !== 'number' || size <= 0 || size === tensor.dims[i]))
    return tensor
  throw new HookscopeError(
    'bad-argument',
    `The input "${port.name}" is ${shape}; it was given [${tensor.dims.join(', ')}] with ${tensor.data.length} values.`,
  )
}

function bare(port: Port, data: Float32Array): Tensor {
  const dims = usualDims(port)
  if (sizeOf(dims) === data.length || dims.join() === port.dims.join()) return { dims, data }
  throw new HookscopeError('bad-argument', `The file leaves the shape of "${port.name}" open: give { dims, data }.`)
}

const pair = (name: string, tensor: Tensor | undefined) => (tensor ? [[name, tensor] as const] : [])
