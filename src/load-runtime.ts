import type { EngineName } from './engine/types'
import { nodeFiles } from './source'

type OnnxRuntime = typeof import('onnxruntime-web')

/**
 * The smallest build of onnxruntime-web that has the engine.
 *
 * Node has a build of its own, which reads its WASM from disk. Bundlers must not follow its name: a page would ship another
 * 28 MB of WASM that it never loads.
 */
export function loadRuntime(engine: EngineName): Promise<OnnxRuntime> {
  if (engine === 'webgpu') return import('onnxruntime-web/webgpu')
  return nodeFiles() ? import(/* @vite-ignore */ NODE_BUILD[0]) : import('onnxruntime-web/wasm')
}

const NODE_BUILD: readonly [string] = ['onnxruntime-web']
