import { HookscopeError } from '../../errors'
import type { FromWorker, Outcome, RunRequest, Shown } from '../protocol'
import { type FramedWorker, startFramedWorker } from './worker'

export interface RunEvents {
  onProgress(doing: string): void
  onShown(shown: Shown): void
}

/** Milliseconds until the engine must be there. */
const START_LIMIT = 60_000

/** The page's way to the worker that runs code: one run at a time, a limit on each, and an end to any of them. */
export class Learner {
  #framed: Promise<FramedWorker> | null = null
  #last: Promise<unknown> = Promise.resolve()
  #abort = new AbortController()
  #next = 0
  #running = false

  /** Starts a worker, so that the engine is there by the first run. */
  warm(): Promise<FramedWorker> {
    this.#framed ??= startFramedWorker()
    return this.#framed
  }

  /**
   * Runs code after what runs already.
   *
   * @param silence milliseconds that the code may go on without a sign of life
   * @throws HookscopeError `cancelled`, `hook-failed` where it was ended for its silence, `engine-failed`
   */
  run(asked: Omit<RunRequest, 'id'>, silence: number, events: RunEvents): Promise<Outcome> {
    const { signal } = this.#abort
    const run = this.#last.then(() => this.#run(asked, silence, events, signal))
    this.#last = run.catch(() => {})
    return run
  }

  /** Ends what runs and what waits; the worker too, for nothing else stops code. */
  stop(): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    if (this.#running) this.#end()
  }

  /** Ends all of it. It may be used again. */
  close(): void {
    this.stop()
    this.#end()
  }

  async #run(asked: Omit<RunRequest, 'id'>, silence: number, events: RunEvents, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) throw cancelled()
    const { worker } = await this.warm()
    if (signal.aborted) throw cancelled()
    this.#running = true
    const id = this.#next++
    const over = new AbortController()
    const listen = { signal: over.signal }
    let timer: ReturnType<typeof setTimeout> | undefined
    return new Promise<Outcome>((resolve, reject) => {
      const expect = (limit: number, message: string) => {
        clearTimeout(timer)
        timer = setTimeout(() => {
          this.#end()
          reject(new HookscopeError('hook-failed', message))
        }, limit)
      }
      signal.addEventListener('abort', () => reject(cancelled()), listen)
      worker.addEventListener(
        'error',
        event => {
          this.#end()
          reject(
            new HookscopeError('engine-failed', `The worker stopped: ${event.message || 'it could not be loaded'}.`),
          )
        },
        listen,
      )
      worker.addEventListener(
        'message',
        ({ data }: MessageEvent<FromWorker>) => {
          if (data.id !== id) return
          if (data.kind === 'started') events.onProgress('Running')
          if (data.kind === 'progress') events.onProgress(data.doing)
          if (data.kind === 'shown') events.onShown(data.shown)
          if (data.kind === 'done') resolve(data.outcome)
          else
            expect(
              silence,
              `The code gave no sign of life for ${silence / 1000} s and was ended. Is there an endless loop?`,
            )
        },
        listen,
      )
      expect(START_LIMIT, 'The engine did not start. Check the connection and run again.')
      worker.postMessage({ id, ...asked } satisfies RunRequest)
    }).finally(() => {
      this.#running = false
      clearTimeout(timer)
      over.abort()
    })
  }

  #end(): void {
    void this.#framed?.then(framed => framed.end())
    this.#framed = null
  }
}

const cancelled = () => new HookscopeError('cancelled', 'Stopped.')
