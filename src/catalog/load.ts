import { HookscopeError } from '../errors'
import { type DownloadEntry, isDownload, type NetworkEntry } from './catalog'
import { loadLabels } from './label-sets'
import type { Labels } from './labels'

/**
 * Reads a file of the models folder: from disk in Node, by `fetch` in the page.
 * @param onBytes is told how many bytes have come so far
 * @throws HookscopeError 'model-unavailable' where there is no such file, 'cancelled'
 */
export type ReadFile = (file: string, options: ReadOptions) => Promise<Uint8Array<ArrayBuffer>>

export interface ReadOptions {
  readonly onBytes?: ((loaded: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds without a byte after which a download is given up; 30 s unless given. */
  readonly stall?: number | undefined
}

/** Where networks come from. */
export interface Sources {
  /** Files that ship. */
  readonly read: ReadFile
  /** A network that is fetched when it is asked for: its file, checked. */
  readonly fetch: (entry: DownloadEntry, options: ReadOptions) => Promise<Uint8Array<ArrayBuffer>>
}

export interface NetworkFile {
  /** The ONNX file, its size and SHA-256 checked. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly labels: Labels
}

/** A network's file and labels, checked. @throws HookscopeError 'model-unavailable', 'bad-model', 'cancelled' */
export async function loadNetwork(
  entry: NetworkEntry,
  { read, fetch }: Sources,
  options: ReadOptions = {},
): Promise<NetworkFile> {
  if (!isDownload(entry)) return loadShipped(entry, read, options)
  const labels = await labelsOf(entry, read, options)
  return { bytes: await fetch(entry, options), labels }
}

/** The same of a network that ships. @throws as `loadNetwork` */
export async function loadShipped(
  entry: NetworkEntry,
  read: ReadFile,
  options: ReadOptions = {},
): Promise<NetworkFile> {
  const labels = await labelsOf(entry, read, options)
  const bytes = await read(entry.file, options)
  const wrong = await mismatch(bytes, entry)
  if (wrong) throw new HookscopeError('bad-model', `${entry.file} is broken: ${wrong}. Fetch it again.`)
  return { bytes, labels }
}

async function labelsOf(entry: NetworkEntry, read: ReadFile, { signal }: ReadOptions): Promise<Labels> {
  return loadLabels(entry.labels, entry.classes, read, signal).catch(cause => {
    throw withoutLabels(entry, cause)
  })
}

/** Names the network: whoever opens it has not heard of the file of its labels. */
function withoutLabels({ name }: NetworkEntry, cause: unknown): unknown {
  if (!(cause instanceof HookscopeError) || cause.code !== 'model-unavailable') return cause
  return new HookscopeError(cause.code, `${name} cannot be opened without its class names. ${cause.message}`, { cause })
}

/**
 * What tells a file from the catalog's, in words; null where it is the one. Servers answer a missing file with a page
 * and status 200, and downloads break off: size and SHA-256 tell.
 */
export async function mismatch(bytes: Uint8Array<ArrayBuffer>, entry: NetworkEntry): Promise<string | null> {
  if (bytes.length !== entry.bytes) return wrongSize(bytes.length, entry)
  // A page that came by plain http from another host has no crypto.subtle; there the size has to do.
  if (!globalThis.crypto?.subtle) return null
  return (await sha256(bytes)) === entry.sha256 ? null : 'its SHA-256 is not the catalog’s'
}

export function wrongSize(bytes: number, entry: NetworkEntry): string {
  return `it has ${bytes.toLocaleString('en')} bytes where ${entry.bytes.toLocaleString('en')} belong`
}

/** In hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
}
