import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isFull } from '../catalog/file-store'
import type { ReadFile } from '../catalog/load'
import type { Beside } from '../catalog/own'
import { type ErrorCode, HookscopeError } from '../errors'

/** The program's own models folder, from src/cli as from dist/cli. An installed program has the labels alone there. */
const MODELS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'models')

/** The folder of the package hookscope-networks, as a file there would import it. */
function networksFolder(from: string): string[] {
  try {
    return [dirname(createRequire(from).resolve('hookscope-networks/package.json'))]
  } catch {
    return []
  }
}

/** Where a file that ships lies: beside the program, or in hookscope-networks; undefined where that is not installed. */
export async function findShipped(file: string): Promise<string | undefined> {
  const installed = [import.meta.url, join(process.cwd(), 'here')].flatMap(networksFolder)
  for (const folder of [MODELS, ...installed]) {
    const path = join(folder, file)
    if ((await sizeOf(path)) > 0) return path
  }
  return undefined
}

/** Reads labels or a network that ship with the program. */
export const readModelFile: ReadFile = async (file, { signal } = {}) => {
  const bytes = await readBytes((await findShipped(file)) ?? join(MODELS, file), 'model-unavailable')
  if (signal?.aborted) throw new HookscopeError('cancelled', 'Interrupted.')
  return bytes
}

/** Files that hold a model's weights, in its folder or below. */
export const readBeside =
  (model: string): Beside =>
  location =>
    readBytes(join(dirname(model), location), 'model-unavailable')

/** @param code of the error where the file cannot be read */
export async function readBytes(path: string, code: ErrorCode): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new HookscopeError(code, `${path} cannot be read: ${reason(cause)}.`, { cause })
  }
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null)
  return found?.isFile() ? found.size : 0
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true
}

/** A full disk is said by the one who knows what does not fit. */
export async function orSay<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isFull(cause)) throw cause
    throw new HookscopeError('model-unavailable', `${path} cannot be written: ${reason(cause)}.`, { cause })
  }
}

let drafts = 0

/** Writes under another name and renames, so that an interrupted run leaves no half-written file. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = join(dirname(path), `.hookscope-${process.pid}-${drafts++}.part`)
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(draft, bytes)
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw new HookscopeError('bad-argument', `${path} cannot be written: ${reason(cause)}.`, { cause })
  }
}

/** Whether both paths lead to the same file, by whatever links. */
export async function sameFile(a: string, b: string): Promise<boolean> {
  try {
    return relative(await realpath(a), await realpath(b)) === ''
  } catch {
    return false
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, name the files in it',
  ERR_FS_EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  EACCES: 'you have no permission',
  EPERM: 'you have no permission',
  ENOTDIR: 'a part of its path is not a folder',
  EEXIST: 'a file of that name stands where a folder is needed',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
}

function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause))
}
