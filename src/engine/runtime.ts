import type { ElementType } from '../graph/types'
import type { EngineName } from './types'

/** A tensor as the engine keeps it: on the GPU with WebGPU, else in memory. */
export interface TensorHandle {
  readonly type: ElementType
  readonly dims: readonly number[]
  /** The values, copied from the GPU where they are there. */
  read(): Promise<Float32Array>
  /** Values of any type but text as numbers, truths as 0 and 1. */
  numbers(): Promise<number[]>
  /** The same for one owner more: what is held is freed once each of them has disposed of it. */
  share(): TensorHandle
  dispose(): void
}

/** An engine. Calls are queued: one runs at a time. */
export interface Runtime {
  readonly engine: EngineName
  /**
   * @param weights those that lie beside the model, by the location that it gives
   * @throws HookscopeError `engine-failed`
   */
  compile(model: Uint8Array, weights?: ReadonlyMap<string, Uint8Array>): Promise<Compiled>
  float(values: Float32Array, dims: readonly number[]): TensorHandle
  /** Numbers as elements of any type, rounded to the nearest that it has. */
  numbers(type: ElementType, values: Float32Array, dims: readonly number[]): TensorHandle
  truth(value: boolean): TensorHandle
  /** Zeros of any type but text. */
  zeros(type: ElementType, dims: readonly number[]): TensorHandle
  /** Stands for an input that a run does not read. */
  nothing(type: ElementType, rank: number): TensorHandle
}

export interface Compiled {
  /** @throws HookscopeError `engine-failed` */
  run(feeds: ReadonlyMap<string, TensorHandle>, fetches: readonly string[]): Promise<Map<string, TensorHandle>>
  release(): Promise<void>
}
