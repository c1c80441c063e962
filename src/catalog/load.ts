import { HookscopeError } from '../errors'
import type { NetworkEntry } from './catalog'
import { type Labels, readLabels } from './labels'

/**
 * Reads a file of the models folder: from disk in Node, by `fetch` in the page.
 * @param onBytes is told how many bytes have come so far
 * @throws HookscopeError 'model-unavailable' where there is no such file, 'cancelled'
 */
export type ReadFile = (file: string, options: ReadOptions) => Promise<Uint8Array<ArrayBuffer>>

export interface ReadOptions {
  readonly onBytes?: ((loaded: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface NetworkFile {
  /** The ONNX file, its size and SHA-256 checked. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly labels: Labels
}

/** A network's file and labels, checked. @throws HookscopeError 'model-unavailable', 'bad-model', 'cancelled' */
export async function loadNetwork(
  entry: NetworkEntry,
  read: ReadFile,
  options: ReadOptions = {},
): Promise<NetworkFile> {
  const labels = await loadLabels(entry, read, options.signal)
  const bytes = await read(entry.file, options)
  await verify(bytes, entry)
  return { bytes, labels }
}

async function loadLabels(entry: NetworkEntry, read: ReadFile, signal: AbortSignal | undefined): Promise<Labels> {
  const text = new TextDecoder().decode(await read(entry.labels, { signal }))
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new HookscopeError(
      'bad-model',
      `The labels file ${entry.labels} is broken: it is not JSON. Fetch it again.`,
      {
        cause,
      },
    )
  }
  return readLabels(json, entry.classes)
}

/** Servers answer a missing file with a page and status 200, and downloads break off: size and SHA-256 tell. */
async function verify(bytes: Uint8Array<ArrayBuffer>, entry: NetworkEntry): Promise<void> {
  const broken = (what: string) => new HookscopeError('bad-model', `${entry.file} is broken: ${what}. Fetch it again.`)
  if (bytes.length !== entry.bytes) {
    throw broken(`it has ${bytes.length.toLocaleString('en')} bytes where ${entry.bytes.toLocaleString('en')} belong`)
  }
  // A page that came by plain http from another host has no crypto.subtle; there the size has to do.
  if (!globalThis.crypto?.subtle) return
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const sha256 = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  if (sha256 !== entry.sha256) throw broken('its SHA-256 is not the catalog’s')
}
