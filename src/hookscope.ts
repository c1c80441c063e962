/**
 * Hookscope as a library: PyTorch's hooks on ONNX networks, in the page and in Node, on WebGPU or WASM.
 *
 * @packageDocumentation
 */
import { createRuntime } from './engine/ort'
import type { EngineName } from './engine/types'
import { GraphBuilder } from './graph/builder'
import { Net } from './hooks/net'
import { readOnnx } from './onnx/read'

export type { EngineName } from './engine/types'
export { ERROR_CODES, type ErrorCode, HookscopeError } from './errors'
export { GraphBuilder, type Numbers } from './graph/builder'
export type { ModuleNode } from './hooks/module-tree'
export type { ForwardOptions, Inputs, ModulePoint, Net, TensorPoint } from './hooks/net'
export type { Operator } from './hooks/operators'
export type { BackwardTarget, Run } from './hooks/run'
export type {
  ForwardHook,
  ForwardPreHook,
  FullBackwardHook,
  Module,
  RemovableHandle,
  Tensor,
  TensorHook,
} from './hooks/types'

export interface LoadOptions {
  /** `wasm` unless given; `webgpu` where the browser has it. */
  readonly engine?: EngineName
  /**
   * The module `onnxruntime-web`, for a page that loads a build of its own; else the one that the package manager
   * resolves, `onnxruntime-web/webgpu` for WebGPU.
   */
  readonly ort?: typeof import('onnxruntime-web')
  /** Milliseconds that a hook's promise may take, 30,000 unless given. A hook that never yields cannot be stopped. */
  readonly hookTimeout?: number
  /** Whether a NaN or an infinity in what a hook gets or returns is an error. */
  readonly checkFinite?: boolean
}

/**
 * Reads a network, to put hooks on. Nothing is compiled before the first `forward`.
 *
 * @param network an ONNX file, or a graph written in code
 * @throws HookscopeError `bad-model`, `unsupported-op`
 */
export async function load(network: Uint8Array | GraphBuilder, options: LoadOptions = {}): Promise<Net> {
  const { engine = 'wasm', hookTimeout: timeout = 30_000, checkFinite = false } = options
  const graph = network instanceof GraphBuilder ? network.build() : readOnnx(network)
  const ort =
    options.ort ?? (await (engine === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web')))
  return new Net(graph, createRuntime(ort, engine), { timeout, checkFinite })
}
