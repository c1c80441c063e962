import { HookscopeError } from './errors'
import { externalFiles } from './onnx/read'

/** A file with what lies outside of it. */
export interface ModelFile {
  readonly bytes: Uint8Array
  readonly external: ReadonlyMap<string, Uint8Array>
}

/** Anything with bytes to be had: a Blob, a File, a Response of `fetch`. */
export interface HasBytes {
  arrayBuffer(): Promise<ArrayBuffer>
}

/** A page and Node have these; the language itself has not. */
declare const process: { getBuiltinModule?: BuiltinModule } | undefined
interface BuiltinModule {
  (name: 'node:fs/promises'): NodeFiles
  (name: 'node:url'): { fileURLToPath(address: string): string }
}
declare function fetch(address: string): Promise<HasBytes & { readonly ok: boolean; readonly status: number }>
interface NodeFiles {
  readFile(path: string): Promise<Uint8Array>
}

/**
 * The bytes of a model that is named: in Node a path or a `file:` address, elsewhere and with `http(s):` an address. Files
 * beside a path that hold weights are read too.
 *
 * @param named a path or address
 * @throws HookscopeError `model-unavailable`, `bad-model`
 */
export async function readSource(named: string, given: ModelFile['external']): Promise<ModelFile> {
  const files = nodeFiles()
  if (!files || /^https?:/i.test(named)) return { bytes: await download(named), external: given }
  const path = /^file:/i.test(named) ? pathOf(named) : named
  const bytes = await readFile(files, path)
  const external = new Map(given)
  for (const location of externalFiles(bytes)) {
    if (external.has(location)) continue
    const beside = await files.readFile(`${path.replace(/[^/\\]*$/, '')}${location}`).catch(() => undefined)
    if (beside) external.set(location, beside)
  }
  return { bytes, external }
}

/** Node's files; undefined in a page. */
export const nodeFiles = (): NodeFiles | undefined =>
  typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:fs/promises')

function pathOf(address: string): string {
  try {
    return process?.getBuiltinModule?.('node:url').fileURLToPath(address) ?? address
  } catch (cause) {
    throw new HookscopeError('model-unavailable', `${address} names no file. Check the address.`, { cause })
  }
}

async function readFile(files: NodeFiles, path: string): Promise<Uint8Array> {
  try {
    return await files.readFile(path)
  } catch (cause) {
    throw new HookscopeError('model-unavailable', `The model ${path} cannot be read. Check the path.`, { cause })
  }
}

async function download(address: string): Promise<Uint8Array> {
  try {
    const response = await fetch(address)
    if (response.ok) return new Uint8Array(await response.arrayBuffer())
    throw new HookscopeError('model-unavailable', `${address} answers with ${response.status}. Check the address.`)
  } catch (cause) {
    if (cause instanceof HookscopeError) throw cause
    throw new HookscopeError('model-unavailable', `${address} cannot be fetched. Check the address.`, { cause })
  }
}
