import * as ort from 'onnxruntime-web/wasm'
import type { EngineFiles } from '../protocol'
import type { Host } from '../run/shipped'

/** ONNX Runtime on WASM from what the page handed over. One thread: more would each fetch the glue again. */
export function startEngine({ glue, wasm }: EngineFiles): Host['ort'] {
  ort.env.logLevel = 'error'
  ort.env.wasm.numThreads = 1
  ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(new Blob([glue], { type: 'text/javascript' })) }
  ort.env.wasm.wasmBinary = wasm
  return ort
}
