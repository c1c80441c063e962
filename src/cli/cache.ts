import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { FileStore } from '../catalog/file-store'
import { isFolder, orSay, readBytes, sizeOf } from './files'

/** Where downloaded networks are kept: $HOOKSCOPE_CACHE, else hookscope in the user's cache folder. */
export function cacheFolder(): string {
  const { HOOKSCOPE_CACHE, XDG_CACHE_HOME } = process.env
  return HOOKSCOPE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'hookscope')
}

/**
 * The cache folder; it is made when something is kept there. Each process writes a part of its own, `NAME.HOST-PID.part`,
 * and gives it its name when it is whole, so that several may download at once. A part whose process has ended is gone on with.
 */
export const cache: FileStore = {
  size: async file => (await sizeOf(place(file))) || sizeOf(await partOf(file)),
  /** This process's own goes first: it was written because what lies in the file's place was not whole. */
  async read(file) {
    const own = ownPart(file)
    if ((await sizeOf(own)) > 0) return readBytes(own, 'model-unavailable')
    return readBytes((await sizeOf(place(file))) > 0 ? place(file) : await partOf(file), 'model-unavailable')
  },
  async claim(file) {
    const [part, own] = [await partOf(file), ownPart(file)]
    // What lies in the file's place stays: another process may have put it there just now. A folder does not make room.
    if (await isFolder(place(file))) await orSay(place(file), () => rm(place(file)))
    if (part !== own) await rename(part, own).catch(() => undefined)
    return sizeOf(own)
  },
  async open(file, at) {
    const path = ownPart(file)
    const handle = await orSay(path, async () => {
      await mkdir(dirname(path), { recursive: true })
      const opened = await open(path, 'a')
      await opened.truncate(at)
      return opened
    })
    return {
      append: bytes => orSay(path, () => handle.appendFile(bytes)),
      close: () => handle.close(),
    }
  },
  async keep(file) {
    if ((await sizeOf(ownPart(file))) > 0) await orSay(place(file), () => rename(ownPart(file), place(file)))
  },
  remove: file =>
    orSay(place(file), async () => {
      await rm(place(file), { force: true })
      await rm(await partOf(file), { force: true })
    }),
}

const place = (file: string): string => join(cacheFolder(), file)

/** Process numbers mean something on one machine only, and the folder may be on a network. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

const ownPart = (file: string): string => place(`${file}.${HOST}-${process.pid}.part`)

/** Another machine's part that was not written to for so long, in milliseconds, has no process any more. */
const ABANDONED = 3_600_000

/** The part of a file that this process may write on: its own, else the largest of those whose process has ended. */
async function partOf(file: string): Promise<string> {
  const own = ownPart(file)
  if ((await sizeOf(own)) > 0) return own
  const names = await readdir(cacheFolder()).catch(() => [])
  let [best, most] = [own, 0]
  for (const name of names) {
    const owner = name.startsWith(`${file}.`) && /^\.([0-9a-f]{8})-(\d+)\.part$/.exec(name.slice(file.length))
    if (!owner || !(await hasEnded(place(name), owner[1] ?? '', Number(owner[2])))) continue
    const size = await sizeOf(place(name))
    if (size > most) [best, most] = [place(name), size]
  }
  return best
}

async function hasEnded(path: string, host: string, process: number): Promise<boolean> {
  if (host === HOST) return !isAlive(process)
  const found = await stat(path).catch(() => null)
  return found !== null && Date.now() - found.mtimeMs > ABANDONED
}

/** Signal 0 asks without doing anything. Another user's process may not be asked, but is there. */
function isAlive(number: number): boolean {
  try {
    return process.kill(number, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
