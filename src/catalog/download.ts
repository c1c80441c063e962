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
  try {
    const response = await fetch(url, signal ? { signal } : {})
    if (!response.ok) throw unavailable(file, `the server answered ${response.status}`)
    if (response.headers.get('content-type')?.startsWith('text/html')) {
      throw unavailable(file, 'the server answered with a web page in its place')
    }
    return await collect(response, onBytes)
  } catch (cause) {
    if (cause instanceof HookscopeError) throw cause
    if (signal?.aborted) throw new HookscopeError('cancelled', `The download of ${file} was cancelled.`, { cause })
    throw unavailable(file, 'the connection failed', cause)
  }
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

function unavailable(file: string, why: string, cause?: unknown): HookscopeError {
  return new HookscopeError(
    'model-unavailable',
    `${file} could not be fetched: ${why}. Check the connection and try again.`,
    {
      cause,
    },
  )
}
