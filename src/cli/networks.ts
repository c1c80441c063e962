import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DOWNLOAD_BASE, DOWNLOADS, type DownloadEntry, NETWORKS, type NetworkEntry } from '../catalog/catalog'
import { fetchNetwork } from '../catalog/fetch-network'
import { mismatch, type ReadOptions, type Sources } from '../catalog/load'
import { HookscopeError } from '../errors'
import type { Surroundings } from './batch'
import { cache } from './cache'
import { findShipped, isFolder, readBytes, readModelFile, sizeOf } from './files'

/**
 * Networks that ship lie beside the program or in hookscope-networks. The others are fetched into the cache folder, from a
 * mirror where one is set; so are those that ship where a mirror has them.
 */
export function networkSources({ console, signal }: Surroundings): Sources {
  const fetch = async (entry: DownloadEntry) => {
    const mirror = process.env.HOOKSCOPE_MIRROR
    const folder = mirror && folderOf(mirror)
    if (folder && (await cache.size(entry.file)) !== entry.bytes) return await fromFolder(entry, folder)
    const base = mirror && !folder ? baseOf(mirror) : DOWNLOAD_BASE
    const progress = console.download(entry.name, entry.bytes)
    const options: ReadOptions = { signal, onBytes: progress.update }
    try {
      return await fetchNetwork(entry, base, cache, options)
    } finally {
      progress.stop()
    }
  }
  return {
    fetch,
    read: async (file, options) => {
      const entry = NETWORKS.find(network => network.file === file)
      if (!entry || (await findShipped(file))) return await readModelFile(file, options)
      if (process.env.HOOKSCOPE_MIRROR || (await cache.size(file)) === entry.bytes)
        return await fetch({ ...entry, download: file })
      throw notInstalled(entry)
    },
  }
}

function notInstalled({ name, file }: NetworkEntry): HookscopeError {
  const others = DOWNLOADS.map(({ id }) => id).join(', ')
  const message = `${name} is in the package hookscope-networks, which is not installed here. Install it, set HOOKSCOPE_MIRROR to where ${file} lies, or choose a network that is downloaded: ${others}.`
  return new HookscopeError('model-unavailable', message)
}

function baseOf(mirror: string): string {
  if (URL.canParse(mirror)) return mirror.replace(/([^/])$/, '$1/')
  throw noMirror(mirror)
}

/** The folder that a mirror is; undefined for one that is asked over http. */
function folderOf(mirror: string): string | undefined {
  if (/^https?:/i.test(mirror)) return undefined
  if (!mirror.startsWith('file:')) return mirror
  try {
    return fileURLToPath(mirror)
  } catch (cause) {
    throw noMirror(mirror, cause)
  }
}

function noMirror(mirror: string, cause?: unknown): HookscopeError {
  const message = `HOOKSCOPE_MIRROR is “${mirror}”: neither a folder nor an address. Give a folder, or an address that begins with http:// or https://.`
  return new HookscopeError('bad-argument', message, { cause })
}

/** A folder that holds the files as the place of downloads does, or side by side. */
async function fromFolder(entry: DownloadEntry, folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const name = basename(entry.download)
  if (!(await isFolder(folder))) throw noMirror(folder)
  for (const place of [entry.download, name]) {
    const path = join(folder, place)
    if ((await sizeOf(path)) === 0) continue
    const bytes = await readBytes(path, 'model-unavailable')
    const wrong = await mismatch(bytes, entry)
    if (wrong) throw new HookscopeError('bad-model', `${path} is not the catalog’s file: ${wrong}.`)
    return bytes
  }
  throw new HookscopeError('model-unavailable', `The mirror ${folder} has neither ${entry.download} nor ${name}.`)
}
