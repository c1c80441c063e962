import { HookscopeError } from '../errors'
import type { ReadOptions } from './load'

/**
 * Fetches a file as it comes, telling how much has come.
 * @throws HookscopeError 'model-unavailable' where the server cannot be reached or has no such file, 'cancelled'
 */
export async function download(url: string, file: string, options: ReadOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { read } = await respond(url, file, 0, options)
  try {
    return await collect(read, options.onBytes)
  } catch (cause) {
    throw failed(file, options.signal, cause)
  }
}

/** A server's answer. */
export interface Sent {
  readonly response: Response
  /** The byte at which it begins: 0 where the server gives no ranges. */
  readonly start: number
  /** The next piece; null at the end. @throws Stalled, and what `fetch` throws */
  read(): Promise<Uint8Array<ArrayBuffer> | null>
  /** Takes no more of it. */
  cancel(): Promise<void>
}

/** Nothing came for too long. */
export class Stalled extends Error {
  constructor(readonly milliseconds: number) {
    super(`nothing came for ${milliseconds / 1000} s`)
  }
}

const STALL = 30_000

/**
 * Asks for a file from byte `from` on. A server that sends nothing for `stall` milliseconds is given up.
 * @throws HookscopeError 'model-unavailable', 'cancelled'
 */
export async function respond(
  url: string,
  file: string,
  from: number,
  { signal, stall = STALL }: ReadOptions,
): Promise<Sent> {
  const given = new AbortController()
  const unlessStalled = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => given.abort(new Stalled(stall)), stall)
    try {
      return await work
    } catch (error) {
      throw given.signal.aborted ? given.signal.reason : error
    } finally {
      clearTimeout(timer)
    }
  }
  const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {}
  const either = signal ? AbortSignal.any([signal, given.signal]) : given.signal
  let response: Response
  try {
    response = await unlessStalled(fetch(url, { headers, signal: either }))
  } catch (cause) {
    throw failed(file, signal, cause)
  }
  // What is kept is longer than the server's file, or the range is not the one that was asked for: from the start.
  const unfit = response.status === 206 && !beginsAt(from, response)
  if (from > 0 && (response.status === 416 || unfit)) {
    await response.body?.cancel()
    return respond(url, file, 0, { signal, stall })
  }
  if (!response.ok) throw unavailable(file, `the server answered ${response.status}`)
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw unavailable(file, 'the server answered with a web page in its place')
  }
  const reader = response.body?.getReader()
  return {
    response,
    start: response.status === 206 ? from : 0,
    read: async () => (reader && (await unlessStalled(reader.read())).value) ?? null,
    cancel: async () => reader?.cancel(),
  }
}

/** Other hosts may hide the header from a page; then the request's own range is believed, and the SHA-256 tells. */
function beginsAt(from: number, response: Response): boolean {
  const range = response.headers.get('content-range')
  return range === null || range.startsWith(`bytes ${from}-`)
}

async function collect(
  read: Sent['read'],
  onBytes: ((loaded: number) => void) | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let loaded = 0
  for (let piece = await read(); piece; piece = await read()) {
    chunks.push(piece)
    loaded += piece.length
    onBytes?.(loaded)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

function failed(file: string, signal: AbortSignal | undefined, cause: unknown): HookscopeError {
  if (signal?.aborted) return new HookscopeError('cancelled', `The download of ${file} was cancelled.`, { cause })
  return unavailable(file, cause instanceof Stalled ? cause.message : 'the connection failed', cause)
}

function unavailable(file: string, why: string, cause?: unknown): HookscopeError {
  return new HookscopeError(
    'model-unavailable',
    `${file} could not be fetched: ${why}. Check the connection and try again.`,
    { cause },
  )
}
