import { HookscopeError } from '../../errors'
import { type Sandboxed, startSandboxed } from '../../sandbox/start'
import { LIMITS } from '../limits'
import type { FromWorker, Outcome, RunRequest, Shown, ToWorker } from '../protocol'
import script from '../worker/serve?script'
import { readEngine, readFile } from './files'
import { readMessage } from './messages'

export interface RunEvents {
  onProgress(doing: string): void
  onShown(shown: Shown): void
  /** How many things were left out so far. */
  onMore(count: number): void
}

type Asked = Omit<RunRequest, 'id'>

/** Listens to the run that is on. */
interface Listener {
  message(message: FromWorker): void
  /** The page works for the code: it is not the code that is silent. */
  busy(doing: string): void
  fail(error: HookscopeError): void
}

/** The page's way to the sandbox that runs code: one run at a time, a limit on each, and an end to any of them. */
export class Learner {
  #worker: Promise<Sandboxed> | null = null
  /** Ends what is done for the worker there is. */
  #life = new AbortController()
  #last: Promise<unknown> = Promise.resolve()
  #abort = new AbortController()
  #next = 0
  #listener: Listener | null = null

  /** Starts a worker, so that the engine is there by the first run. */
  warm(): void {
    this.#start().catch(() => {})
  }

  /**
   * Runs code after what runs already.
   *
   * @param silence milliseconds that the code may go on without a sign of life
   * @throws HookscopeError `cancelled`; `hook-failed` where it was ended for its silence or for its flood of messages;
   * `engine-failed`, `model-unavailable`
   */
  run(asked: Asked, silence: number, events: RunEvents): Promise<Outcome> {
    const { signal } = this.#abort
    const run = this.#last.then(() => this.#run(asked, silence, events, signal))
    this.#last = run.catch(() => {})
    return run
  }

  /** Ends what runs and what waits; the worker too, for nothing else stops code. */
  stop(): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    if (this.#listener) this.#end()
  }

  /** Ends all of it. It may be used again. */
  close(): void {
    this.stop()
    this.#end()
  }

  #run(asked: Asked, silence: number, events: RunEvents, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return Promise.reject(cancelled())
    const id = this.#next++
    const over = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const hasRoom = room()
    return new Promise<Outcome>((resolve, reject) => {
      const fail = (error: unknown) => {
        if (over.signal.aborted) return
        this.#end()
        reject(error)
      }
      const expectSign = () => {
        clearTimeout(timer)
        const seconds = `${silence / 1000} s`
        timer = setTimeout(
          () => fail(failed(`The code gave no sign of life for ${seconds} and was ended. Is there an endless loop?`)),
          silence,
        )
      }
      this.#listener = {
        message: message => {
          if (message.kind === 'file' || message.id !== id) return
          if (message.kind === 'more') return events.onMore(message.count)
          expectSign()
          if (message.kind === 'started') events.onProgress('Running')
          if (message.kind === 'progress') events.onProgress(message.doing)
          if (message.kind === 'shown') {
            if (!hasRoom(message.shown)) return fail(failed(FLOOD))
            events.onShown(message.shown)
          }
          if (message.kind === 'done') resolve(message.outcome)
        },
        busy: doing => {
          expectSign()
          events.onProgress(doing)
        },
        fail,
      }
      signal.addEventListener('abort', () => reject(cancelled()), { signal: over.signal })
      this.#start().then(worker => {
        if (signal.aborted) return
        expectSign()
        post(worker, { kind: 'run', id, ...asked })
      }, fail)
    }).finally(() => {
      this.#listener = null
      clearTimeout(timer)
      over.abort()
    })
  }

  #start(): Promise<Sandboxed> {
    this.#worker ??= this.#begin(this.#life.signal)
    return this.#worker
  }

  async #begin(life: AbortSignal): Promise<Sandboxed> {
    const engine = await readEngine(doing => this.#listener?.busy(doing))
    const worker = await startSandboxed(script, life)
    life.addEventListener('abort', () => worker.end())
    worker.onFailed(message => {
      if (!life.aborted) this.#fail(new HookscopeError('engine-failed', `The worker stopped: ${message}.`))
    })
    const handed = new Set<string>()
    const rate = flood()
    worker.port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (rate()) return this.#fail(failed(FLOOD))
      const message = readMessage(data)
      if (message?.kind === 'file') void this.#hand(worker, message.file, handed, life)
      else if (message) this.#listener?.message(message)
    }
    post(worker, { kind: 'engine', ...engine })
    return worker
  }

  /** Hands the worker a file that ships: each once. */
  async #hand(worker: Sandboxed, file: string, handed: Set<string>, signal: AbortSignal): Promise<void> {
    if (handed.has(file)) return
    handed.add(file)
    try {
      const bytes = await readFile(file, { signal, onProgress: doing => this.#listener?.busy(doing) })
      post(worker, { kind: 'file', file, bytes }, [bytes.buffer])
    } catch (error) {
      handed.delete(file)
      if (!signal.aborted)
        post(worker, { kind: 'file', file, problem: error instanceof Error ? error.message : `${error}` })
    }
  }

  #fail(error: HookscopeError): void {
    if (this.#listener) this.#listener.fail(error)
    else this.#end()
  }

  #end(): void {
    this.#life.abort()
    this.#life = new AbortController()
    this.#worker = null
  }
}

const FLOOD = 'The code sent a flood of messages and was ended.'

/** Tells whether there is room for one thing more; the sandbox itself sends no more, and a sentence of its own. */
function room(): (shown: Shown) => boolean {
  let [things, pixels] = [0, 0]
  return shown => {
    if (shown.kind === 'picture') pixels += shown.width * shown.height
    return ++things <= LIMITS.shown + 1 && pixels <= LIMITS.pixels
  }
}

/** Tells whether more messages came within a second than anything of ours sends. */
function flood(): () => boolean {
  let count = 0
  let since = 0
  return () => {
    const now = performance.now()
    if (now - since > 1000) {
      count = 0
      since = now
    }
    return ++count > LIMITS.rate
  }
}

function post(worker: Sandboxed, message: ToWorker, transfer: Transferable[] = []): void {
  worker.port.postMessage(message, transfer)
}

const cancelled = () => new HookscopeError('cancelled', 'Stopped.')
const failed = (message: string) => new HookscopeError('hook-failed', message)
