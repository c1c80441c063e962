import type * as Ort from 'onnxruntime-web'
import { HookscopeError } from '../errors'
import { elementsOf } from '../graph/elements'
import { sizeOf } from '../graph/tensors'
import type { ElementType, Graph } from '../graph/types'
import { writeOnnx } from '../onnx/write'
import { type Doing, engineFailure, isLost } from './failure'
import type { Compiled, Runtime, TensorHandle } from './runtime'
import type { EngineName } from './types'

/**
 * ONNX Runtime Web behind the project's own interface; nothing else knows it. The module is handed in, for page
 * and Node load different builds of it.
 *
 * Every `create` and `run` waits for the one before: the WebGPU build fails when two overlap, whatever
 * their sessions. After an abort nothing is asked any more: the engine's memory is in no known state.
 */
export function createRuntime(ort: typeof Ort, engine: EngineName): Runtime {
  const inTurn = queue()
  return {
    engine,
    compile: async (model, weights = new Map()) => {
      const externalData = [...weights].map(([path, data]) => ({ path, data }))
      const session = await inTurn(() =>
        ort.InferenceSession.create(model, { ...options(engine), ...(weights.size > 0 && { externalData }) }),
      ).catch(failed('load'))
      return compiled(session, inTurn)
    },
    float: (values, dims) => new OrtTensor(new ort.Tensor('float32', values, dims)),
    numbers: (type, values, dims) => new OrtTensor(tensorOf(ort, type, values, dims)),
    truth: value => new OrtTensor(new ort.Tensor('bool', Uint8Array.of(value ? 1 : 0), [])),
    zeros: (type, dims) => new OrtTensor(zeros(ort, type, dims)),
    // A scalar cannot be empty: it holds one element
    nothing: (type, rank) => new OrtTensor(zeros(ort, type, new Array(rank).fill(0))),
  }
}

/**
 * A runtime whose WASM, threads and graphics device are there: ONNX Runtime loads them with its first session.
 *
 * @throws HookscopeError `engine-failed` where they cannot be had
 */
export async function startRuntime(ort: typeof Ort, engine: EngineName): Promise<Runtime> {
  const runtime = createRuntime(ort, engine)
  const first = await runtime.compile(writeOnnx(IDENTITY))
  await first.release()
  return runtime
}

const IDENTITY: Graph = {
  ...{ name: 'identity', producer: 'hookscope', irVersion: 4, opsets: new Map([['', 13]]), constants: new Map() },
  inputs: [{ name: 'x', type: 'float32', dims: [1] }],
  outputs: ['y'],
  nodes: [
    {
      name: 'y',
      op: 'Identity',
      domain: '',
      inputs: ['x'],
      outputs: ['y'],
      attributes: new Map(),
      metadata: new Map(),
    },
  ],
}

/**
 * NCHW spares WebGPU the transposes of the weights, which the branches of a bundle do not fold. Packed weights would be one
 * more copy in each program that reads them: AlexNet's 230 MB become 790.
 */
function options(engine: EngineName): Ort.InferenceSession.SessionOptions {
  const quiet = { logSeverityLevel: 3, extra: { session: { disable_prepacking: '1' } } } as const
  return engine === 'webgpu'
    ? {
        ...quiet,
        executionProviders: [{ name: 'webgpu', preferredLayout: 'NCHW' }],
        preferredOutputLocation: 'gpu-buffer',
      }
    : { ...quiet, executionProviders: ['wasm'] }
}

function zeros(ort: typeof Ort, type: ElementType, dims: readonly number[]): Ort.Tensor {
  return tensorOf(ort, type, new Float32Array(sizeOf(dims)), dims)
}

/** Types of values that the engine is handed. */
const FED = [
  ...(['float32', 'float16', 'float64', 'bool', 'uint8', 'int8', 'uint16', 'int16'] as const),
  ...(['uint32', 'int32', 'uint64', 'int64'] as const),
]

/** @throws HookscopeError `unsupported-op` for a type that the engine takes no numbers of */
function tensorOf(ort: typeof Ort, type: ElementType, values: Float32Array, dims: readonly number[]): Ort.Tensor {
  const fed = FED.find(one => one === type)
  const data = type === 'float32' ? values : elementsOf(type, values)
  if (fed && data) return new ort.Tensor(fed, data, dims)
  throw new HookscopeError('unsupported-op', `Values of type ${type} cannot be saved. Export the model as float32.`)
}

class OrtTensor implements TensorHandle {
  private owners = 1

  constructor(readonly tensor: Ort.Tensor) {}

  get type(): ElementType {
    return this.tensor.type
  }

  get dims(): readonly number[] {
    return this.tensor.dims
  }

  async read(): Promise<Float32Array> {
    const data = await this.tensor.getData().catch(failed('read a result from'))
    if (data instanceof Float32Array) return data
    throw new HookscopeError('engine-failed', `The engine gave ${this.tensor.type} values where float32 was expected.`)
  }

  async numbers(): Promise<number[]> {
    const data = await this.tensor.getData().catch(failed('read a result from'))
    return Array.from<number | bigint | string, number>(data, Number)
  }

  share(): TensorHandle {
    this.owners++
    return this
  }

  dispose(): void {
    this.owners--
    if (this.owners === 0) this.tensor.dispose()
  }
}

function compiled(session: Ort.InferenceSession, inTurn: Queue): Compiled {
  return {
    run: async (feeds, fetches) => {
      const tensors: Record<string, Ort.Tensor> = {}
      for (const [name, held] of feeds) if (held instanceof OrtTensor) tensors[name] = held.tensor
      const results = await inTurn(() => session.run(tensors, fetches)).catch(failed('run'))
      return new Map(
        fetches.flatMap(name => {
          const tensor = results[name]
          return tensor ? [[name, new OrtTensor(tensor)] as const] : []
        }),
      )
    },
    release: () => inTurn(() => session.release()),
  }
}

type Queue = <T>(work: () => Promise<T>) => Promise<T>

function queue(): Queue {
  let last: Promise<unknown> = Promise.resolve()
  let lost: unknown
  return work => {
    const next = last.then(() => {
      if (lost) throw lost
      return work()
    })
    next.catch(error => {
      if (isLost(error)) lost = error
    })
    last = next.catch(() => undefined)
    return next
  }
}

function failed(doing: Doing): (cause: unknown) => never {
  return cause => {
    throw engineFailure(doing, cause)
  }
}
