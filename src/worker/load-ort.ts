import type * as Ort from 'onnxruntime-web'
import asyncifyGlue from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'
import asyncifyWasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import jspiGlue from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url'
import jspiWasm from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url'
import plainGlue from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url'
import plainWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import type { EngineName } from '../engine/types'
import { HookscopeError } from '../errors'
import type { EngineChoice, EngineState } from './protocol'

/** Which engine there is, and the build of ONNX Runtime that has it. */
export interface Engines {
  choose(choice: EngineChoice): Promise<EngineState>
  load(state: EngineState): Promise<typeof Ort>
}

/**
 * The engine that an `EngineChoice` comes to in this browser, with a note where WebGPU was asked for and cannot be had.
 * `auto` passes over adapters that compute on the processor, where WASM is far quicker.
 */
export async function chooseEngine(choice: EngineChoice): Promise<EngineState> {
  const wasm: EngineState = { name: 'wasm', threads: threadCount() }
  if (choice === 'wasm') return wasm
  const gpu = 'gpu' in navigator ? navigator.gpu : undefined
  const adapter = await gpu?.requestAdapter().catch(() => null)
  if (adapter && (choice === 'webgpu' || !adapter.info.isFallbackAdapter)) return { name: 'webgpu', threads: 1 }
  if (choice === 'auto') return wasm
  const missing = gpu ? 'This browser has WebGPU but no graphics adapter for it' : 'This browser has no WebGPU'
  return { ...wasm, note: `${missing}; running on WASM.` }
}

/**
 * The smallest build of onnxruntime-web that has the engine. Its glue stays a file of its own: bundled in here, its
 * threads would start this worker's code.
 * @throws HookscopeError 'engine-failed' where it cannot be fetched
 */
export async function loadOrt({ name, threads }: EngineState): Promise<typeof Ort> {
  const { load, mjs, wasm } = build(name)
  try {
    const ort = await load()
    ort.env.logLevel = 'error'
    ort.env.wasm.numThreads = threads
    ort.env.wasm.wasmPaths = { mjs: absolute(mjs), wasm: absolute(wasm) }
    return ort
  } catch (cause) {
    throw new HookscopeError('engine-failed', 'The engine could not be fetched. Check the connection and reload.', {
      cause,
    })
  }
}

function build(name: EngineName): { load: () => Promise<typeof Ort>; mjs: string; wasm: string } {
  if (name === 'wasm') return { load: () => import('onnxruntime-web/wasm'), mjs: plainGlue, wasm: plainWasm }
  // JavaScript Promise Integration lets WASM wait for the GPU; without it the larger Asyncify build has to.
  if ('Suspending' in WebAssembly) return { load: () => import('onnxruntime-web/jspi'), mjs: jspiGlue, wasm: jspiWasm }
  return { load: () => import('onnxruntime-web/webgpu'), mjs: asyncifyGlue, wasm: asyncifyWasm }
}

function absolute(url: string): string {
  return new URL(url, import.meta.url).href
}

/** Threads need SharedArrayBuffer, which only a cross-origin isolated page has. */
function threadCount(): number {
  if (!self.crossOriginIsolated) return 1
  const cores = navigator.hardwareConcurrency
  return Math.min(4, Math.max(Math.min(2, cores), Math.ceil(cores / 2)))
}
