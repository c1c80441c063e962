import { HookscopeError } from '../errors'
import type { DownloadEntry } from './catalog'
import { respond, type Sent, Stalled } from './download'
import { type FileStore, isFull, type OpenFile } from './file-store'
import { mismatch, type ReadOptions, wrongSize } from './load'

/**
 * A network that can be downloaded: from the file store where it is kept, else from under `base` into the file store. What came of
 * an interrupted download is gone on with, and used only once the whole is there and its SHA-256 fits.
 *
 * @param base the catalog's place of downloads, or a mirror of it; ends with a slash
 * @throws HookscopeError 'model-unavailable' where it cannot be had or kept, 'bad-model' where another file came,
 * 'cancelled'
 */
export async function fetchNetwork(
  entry: DownloadEntry,
  base: string,
  files: FileStore,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { file } = entry
  if ((await files.size(file)) !== entry.bytes)
    await complete(entry, new URL(entry.download, base).href, files, options)
  const bytes = await files.read(file)
  const wrong = await mismatch(bytes, entry)
  if (!wrong) {
    await files.keep(file)
    return bytes
  }
  await files.remove(file)
  throw another(entry, wrong)
}

/** Brings the file in the file store to its full length. */
async function complete(entry: DownloadEntry, url: string, files: FileStore, options: ReadOptions): Promise<void> {
  const { file } = entry
  const kept = await files.claim(file)
  const sent = await respond(url, file, kept < entry.bytes ? kept : 0, options)
  const { response, start } = sent
  const promised = start + Number(response.headers.get('content-length') ?? Number.NaN)
  if (promised !== entry.bytes && !Number.isNaN(promised) && !response.headers.has('content-encoding')) {
    await sent.cancel()
    if (start > 0) await files.remove(file)
    throw another(entry, wrongSize(promised, entry))
  }
  let loaded = start
  let target: OpenFile | undefined
  try {
    target = await files.open(file, start)
    loaded = await write(entry, sent, target, options)
  } catch (cause) {
    await target?.close()
    target = undefined
    if (!isFull(cause)) throw cause
    await files.remove(file)
    throw new HookscopeError(
      'model-unavailable',
      `There is no room for ${entry.name} (${megabytes(entry.bytes)} MB): the storage is full. Make room, or delete downloaded networks, and try again.`,
      { cause },
    )
  } finally {
    await target?.close()
  }
  if (loaded > entry.bytes) {
    await files.remove(file)
    throw another(entry, wrongSize(loaded, entry))
  }
}

/** @returns how long the file is then; at most one piece past what belongs there */
async function write(
  entry: DownloadEntry,
  { start, read, cancel }: Sent,
  target: OpenFile,
  { onBytes, signal }: ReadOptions,
): Promise<number> {
  let loaded = start
  const next = async () => {
    try {
      return await read()
    } catch (cause) {
      throw brokenOff(entry, loaded, signal, cause)
    }
  }
  onBytes?.(loaded)
  for (let piece = await next(); piece; piece = await next()) {
    loaded += piece.length
    if (loaded > entry.bytes) {
      await cancel()
      return loaded
    }
    await target.append(piece)
    onBytes?.(loaded)
    if (signal?.aborted) throw brokenOff(entry, loaded, signal)
  }
  if (loaded < entry.bytes) throw brokenOff(entry, loaded, signal)
  return loaded
}

function brokenOff({ name, bytes }: DownloadEntry, loaded: number, signal: AbortSignal | undefined, cause?: unknown) {
  const at = `at ${megabytes(loaded)} of ${megabytes(bytes)} MB`
  return signal?.aborted
    ? new HookscopeError('cancelled', `The download of ${name} was stopped ${at}; it goes on from there next time.`)
    : new HookscopeError(
        'model-unavailable',
        `The download of ${name} broke off ${at}${cause instanceof Stalled ? `: ${cause.message}` : ''}. Try again: it goes on from there.`,
        {
          cause,
        },
      )
}

function another({ name }: DownloadEntry, wrong: string): HookscopeError {
  return new HookscopeError(
    'bad-model',
    `What came as ${name} is not the catalog’s file: ${wrong}. It was thrown away; try again, or use another mirror.`,
  )
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
