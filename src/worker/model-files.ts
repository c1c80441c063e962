import { download } from '../catalog/download'
import { fetchNetwork } from '../catalog/fetch-network'
import type { ReadFile, Sources } from '../catalog/load'
import type { Shelf } from '../catalog/shelf'
import { HookscopeError } from '../errors'
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
  const place = downloadBase(base, self.location.href)
  return { read: readModelFile, fetch: (entry, options) => fetchNetwork(entry, place, downloads, options) }
}

/** Downloaded networks, in the page's private part of the browser's storage: there at the next visit, and offline. */
export const downloads: Shelf = {
  async size(file) {
    const found = await find(file)
    return found ? (await found.getFile()).size : 0
  },
  async read(file) {
    const found = await find(file)
    return found ? new Uint8Array(await (await found.getFile()).arrayBuffer()) : new Uint8Array()
  },
  claim: file => downloads.size(file),
  async open(file, at) {
    const handle = await (await folder()).getFileHandle(file, { create: true })
    const access = await handle.createSyncAccessHandle().catch(cause => {
      throw new HookscopeError('model-unavailable', `${file} is being downloaded already, perhaps in another tab.`, {
        cause,
      })
    })
    access.truncate(at)
    let end = at
    return {
      async append(bytes) {
        // Past the quota Chromium throws nothing but returns another number.
        if (access.write(bytes, { at: end }) !== bytes.length) {
          throw new DOMException('The storage is full.', 'QuotaExceededError')
        }
        end += bytes.length
      },
      async close() {
        access.flush()
        access.close()
      },
    }
  },
  async keep() {},
  async remove(file) {
    if (await find(file)) await (await folder()).removeEntry(file)
  },
}

async function folder(): Promise<FileSystemDirectoryHandle> {
  try {
    const root = await navigator.storage.getDirectory()
    return await root.getDirectoryHandle('networks', { create: true })
  } catch (cause) {
    throw new HookscopeError(
      'model-unavailable',
      'This browser keeps no files for this page, so nothing can be downloaded into it. Open the page over https, and not in a private window.',
      { cause },
    )
  }
}

async function find(file: string): Promise<FileSystemFileHandle | null> {
  const place = await folder()
  try {
    return await place.getFileHandle(file)
  } catch {
    return null
  }
}
