/** A place that keeps downloaded files: a folder on disk, or the browser's own storage. */
export interface FileStore {
  /** Bytes that are there of a file, whole or not; 0 where there is none. */
  size(file: string): Promise<number>
  read(file: string): Promise<Uint8Array<ArrayBuffer>>
  /** Takes over what came of a file that is not whole. @returns its bytes, from which to go on */
  claim(file: string): Promise<number>
  /** Opens a file to write on from byte `at`; what lies behind goes. What was written stays, whatever comes after. */
  open(file: string, at: number): Promise<OpenFile>
  /** The file is whole and was checked. */
  keep(file: string): Promise<void>
  remove(file: string): Promise<void>
}

export interface OpenFile {
  /** @throws where the storage is full, among others; `isFull` tells */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>
  close(): Promise<void>
}

/** Whether the storage refused for want of room: the browser's quota, or the disk. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  return error.name === 'QuotaExceededError' || code === 'ENOSPC' || code === 'EDQUOT'
}
