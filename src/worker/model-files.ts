import { download } from '../catalog/download'
import { fetchNetwork } from '../catalog/fetch-network'
import type { FileStore } from '../catalog/file-store'
import type { ReadFile, Sources } from '../catalog/load'
import { HookscopeError } from '../errors'
import { browserFileStore } from './browser-file-store'
import { memoryFileStore } from './memory-file-store'
import { downloadBase } from './mirror'

const URLS = import.meta.glob<string>(['/models/*.onnx', '/models/*-*.json'], {
  query: '?url&no-inline',
  import: 'default',
  eager: true,
})

/** Reads a file of the models folder from the place that the build gave it. */
export const readModelFile: ReadFile = (file, options) => {
  const url = URLS[`/models/${file}`]
  if (!url)
    throw new HookscopeError('model-unavailable', `${file} is not among the files that were built in. Build again.`)
  return download(new URL(url, import.meta.url).href, file, options)
}

/**
 * @param base where networks that do not ship are fetched from, into the browser's storage
 * @throws HookscopeError 'bad-argument' where the build names no such host
 */
export function networkSources(base: string): Sources {
  const host = downloadBase(base, self.location.href)
  return {
    read: readModelFile,
    fetch: async (entry, options) => fetchNetwork(entry, host, (await downloadsPlace()).files, options),
  }
}

/** Where downloads are kept, and whether they are there at the next visit. */
interface Place {
  readonly files: FileStore
  readonly lasts: boolean
}

let place: Promise<Place> | null = null

/** The browser's storage; where it keeps nothing, memory. */
export function downloadsPlace(): Promise<Place> {
  place ??= browserFileStore().then(
    files => ({ files, lasts: true }),
    () => ({ files: memoryFileStore(), lasts: false }),
  )
  return place
}
