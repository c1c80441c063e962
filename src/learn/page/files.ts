import glue from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import sample from '/samples/chelsea.png?url'
import { NETWORKS } from '../../catalog/catalog'
import { download } from '../../catalog/download'
import { readModelFile } from '../../worker/model-files'
import { type EngineFiles, SAMPLE } from '../protocol'

interface Options {
  onProgress(doing: string): void
  readonly signal: AbortSignal
}

const NAMES = new Map(NETWORKS.map(({ file, name }) => [file, name]))

let engine: Promise<EngineFiles> | null = null

/** The files that the sandbox starts ONNX Runtime from, fetched once. @throws HookscopeError 'model-unavailable' */
export function readEngine(onProgress: Options['onProgress']): Promise<EngineFiles> {
  engine ??= fetchEngine(onProgress).catch(error => {
    engine = null
    throw error
  })
  return engine
}

async function fetchEngine(onProgress: Options['onProgress']): Promise<EngineFiles> {
  const onBytes = (loaded: number) => onProgress(`Fetching the engine: ${megabytes(loaded)} MB`)
  const [code, binary] = await Promise.all([
    download(absolute(glue), 'The engine', {}),
    download(absolute(wasm), 'The engine', { onBytes }),
  ])
  return { glue: new TextDecoder().decode(code), wasm: binary.buffer }
}

/** One of the files that ship. @throws HookscopeError 'model-unavailable', also for any other name; 'cancelled' */
export function readFile(file: string, { onProgress, signal }: Options): Promise<Uint8Array<ArrayBuffer>> {
  if (file === SAMPLE) return download(absolute(sample), file, { signal })
  const onBytes = (loaded: number) => onProgress(`Fetching ${NAMES.get(file) ?? file}: ${megabytes(loaded)} MB`)
  return readModelFile(file, { onBytes, signal })
}

const absolute = (url: string): string => new URL(url, import.meta.url).href
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0)
