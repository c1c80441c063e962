import type { FileStore } from '../catalog/file-store'
import { HookscopeError } from '../errors'

/**
 * The page's private part of the browser's storage: what is downloaded is there at the next visit, and offline.
 * @throws where the browser keeps no files: in private windows, where site data is blocked, off https
 */
export async function browserFileStore(): Promise<FileStore> {
  // Opened each time: whoever clears the site's data takes the folder away.
  const folder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('networks', { create: true })
  const find = async (file: string) => (await folder()).getFileHandle(file).catch(() => null)
  await folder()
  const size = async (file: string) => (await (await find(file))?.getFile())?.size ?? 0
  return {
    size,
    claim: size,
    async read(file) {
      const found = await find(file)
      return found ? new Uint8Array(await (await found.getFile()).arrayBuffer()) : new Uint8Array()
    },
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
}
