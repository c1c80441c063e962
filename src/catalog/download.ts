import { HookscopeError } from '../errors'
import type { ReadOptions } from './load'

/**
 * Fetches a file as it comes, telling how much has come.
 * @throws HookscopeError 'model-unavailable' where the server cannot be reached or has no such file, 'cancelled'
 */
export async function download(
  url: string,
  file: string,
  { onBytes, signal }: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { response } = await respond(url, file, 0, signal)
  try {
    return await collect(response, onBytes)
  } catch (cause) {
    throw failed(file, signal, cause)
  }
}

/**
 * Asks for a file from byte `from` on.
 * @returns what the server answered, and the byte at which it begins: 0 where it gives no ranges
 * @throws HookscopeError 'model-unavailable', 'cancelled'
 */
export async function respond(
  url: string,
  file: string,
  from: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly response: Response; readonly start: number }> {
  const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {}
  let response: Response
  try {
    response = await fetch(url, { headers, ...(signal && { signal }) })
  } catch (cause) {
    throw failed(file, signal, cause)
  }
  // What is kept is longer than the server's file, or the range is not the one that was asked for: from the start.
  const unfit = response.status === 206 && !beginsAt(from, response)
  if (from > 0 && (response.status === 416 || unfit)) {
    await response.body?.cancel()
    return respond(url, file, 0, signal)
  }
  if (!response.ok) throw unavailable(file, `the server answered ${response.status}`)
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw unavailable(file, 'the server answered with a web page in its place')
  }
  return { response, start: response.status === 206 ? from : 0 }
}

/** Other hosts may hide the header from a page; then the request's own range is believed, and the SHA-256 tells. */
function beginsAt(from: number, response: Response): boolean {
  const range = response.headers.get('content-range')
  return range === null || range.startsWith(`bytes ${from}-`)
}

async function collect(
  response: Response,
  onBytes: ((loaded: number) => void) | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let loaded = 0
  const reader = response.body?.getReader()
  for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
    chunks.push(step.value)
    loaded += step.value.length
    onBytes?.(loaded)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

function failed(file: string, signal: AbortSignal | undefined, cause: unknown): HookscopeError {
  if (signal?.aborted) return new HookscopeError('cancelled', `The download of ${file} was cancelled.`, { cause })
  return unavailable(file, 'the connection failed', cause)
}

function unavailable(file: string, why: string, cause?: unknown): HookscopeError {
  return new HookscopeError(
    'model-unavailable',
    `${file} could not be fetched: ${why}. Check the connection and try again.`,
    { cause },
  )
}
