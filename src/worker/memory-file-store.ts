import type { FileStore } from '../catalog/file-store'

/** Keeps files for as long as the worker lives, where the browser keeps none. */
export function memoryFileStore(): FileStore {
  const files = new Map<string, Blob>()
  const bytesOf = (file: string) => files.get(file) ?? new Blob()
  const size = async (file: string) => bytesOf(file).size
  return {
    size,
    claim: size,
    read: async file => new Uint8Array(await bytesOf(file).arrayBuffer()),
    async open(file, at) {
      const pieces: BlobPart[] = [bytesOf(file).slice(0, at)]
      return {
        append: async bytes => void pieces.push(bytes),
        close: async () => void files.set(file, new Blob(pieces)),
      }
    },
    async keep() {},
    remove: async file => void files.delete(file),
  }
}
