import { HookscopeError } from '../../errors'
import type { EngineFiles, FromWorker, RunRequest, Shown, ToWorker } from '../protocol'
import { runCode } from '../run/run'
import type { Host } from '../run/shipped'
import { startEngine } from './engine'
import { type AskFile, readShipped } from './resources'

/** Milliseconds between two tellings of how far the code is. */
const PAUSE = 100

/**
 * Runs what someone typed, in the sandbox: all that it needs comes from the page, over the port that its first message
 * brings.
 */
self.addEventListener('message', ({ ports: [page] }: MessageEvent) => page && serve(page), { once: true })

function serve(page: MessagePort): void {
  const post = (message: FromWorker) => {
    const pixels = message.kind === 'shown' && message.shown.kind === 'picture' ? [message.shown.data.buffer] : []
    page.postMessage(message, pixels)
  }
  const { ask, take } = filesFrom(post)
  let ort: Host['ort'] | null = null
  page.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'engine') ort = startEngine(data satisfies EngineFiles)
    else if (data.kind === 'file') take(data)
    else if (ort) void run(data, ort, ask, post)
  }
}

async function run({ id, code, off }: RunRequest, ort: Host['ort'], ask: AskFile, post: (message: FromWorker) => void) {
  post({ kind: 'started', id })
  const telling = everySoOften()
  const counting = everySoOften()
  let left = 0
  const outcome = await runCode(
    { code, off },
    {
      ort,
      progress: doing => telling(() => post({ kind: 'progress', id, doing })),
      shown: (shown: Shown) => post({ kind: 'shown', id, shown }),
      more: count => {
        left = count
        counting(() => post({ kind: 'more', id, count }))
      },
      read: network => readShipped(network, ask),
    },
  )
  if (left > 0) post({ kind: 'more', id, count: left })
  post({ kind: 'done', id, outcome })
}

function everySoOften(): (work: () => void) => void {
  let last = Number.NEGATIVE_INFINITY
  return work => {
    if (performance.now() - last < PAUSE) return
    last = performance.now()
    work()
  }
}

type Handed = Extract<ToWorker, { readonly kind: 'file' }>

/** Files by name, each handed over once. */
function filesFrom(post: (message: FromWorker) => void): { ask: AskFile; take(handed: Handed): void } {
  const asked = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  const waiting = new Map<string, (handed: Handed) => void>()
  const request = async (file: string) => {
    const handed = await new Promise<Handed>(resolve => {
      waiting.set(file, resolve)
      post({ kind: 'file', file })
    })
    if ('bytes' in handed) return handed.bytes
    asked.delete(file)
    throw new HookscopeError('model-unavailable', handed.problem)
  }
  return {
    ask: file => {
      const bytes = asked.get(file) ?? request(file)
      asked.set(file, bytes)
      return bytes
    },
    take: handed => waiting.get(handed.file)?.(handed),
  }
}
