import { ERROR_CODES, HookscopeError } from '../errors'
import type { CallName, Calls, FromWorker, ToWorker } from './protocol'
import { Silence } from './silence'

/** The methods of a Worker that the bridge needs. */
export interface Port {
  postMessage(message: ToWorker): void
  addEventListener(type: 'message', listener: (event: MessageEvent<FromWorker>) => void): void
  addEventListener(type: 'error', listener: (event: ErrorEvent) => void): void
  terminate(): void
}

export interface CallOptions<N extends CallName> {
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: Calls[N]['event']) => void) | undefined
}

interface Pending {
  readonly name: CallName
  resolve(result: unknown): void
  reject(error: Error): void
  event(event: unknown): void
}

/**
 * Typed calls over one worker. The signal asks the worker to stop; the promise tells what the worker did in the
 * end, so that the page always knows what the worker holds. A worker whose engine is lost is ended.
 */
export class Bridge {
  readonly #port: Port
  readonly #pending = new Map<number, Pending>()
  #next = 0
  #pings = 0
  #ended: HookscopeError | null = null
  readonly #silence: Silence
  readonly #waiting = new Map<number, () => void>()

  /** @param onSilence told every second in which the worker answers nothing while it is asked something; 0: it is back */
  constructor(port: Port, onSilence: (seconds: number) => void = () => {}) {
    this.#port = port
    this.#silence = new Silence(() => this.#ping(), onSilence)
    port.addEventListener('message', event => this.#receive(event.data))
    port.addEventListener('error', event => {
      event.preventDefault()
      this.end(new HookscopeError('engine-failed', `The worker stopped: ${event.message || 'it could not be loaded'}.`))
    })
  }

  /** Whether the worker is gone: every call rejects. */
  get ended(): boolean {
    return this.#ended !== null
  }

  /** Names of the calls that are under way. */
  get pending(): readonly CallName[] {
    return [...this.#pending.values()].map(({ name }) => name)
  }

  /** Whether the worker gets within that time to what it was sent by now. */
  answers(milliseconds: number): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false)
    return new Promise(resolve => {
      const id = this.#ping()
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        resolve(false)
      }, milliseconds)
      this.#waiting.set(id, () => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(true)
      })
    })
  }

  #ping(): number {
    const id = this.#pings++
    this.#port.postMessage({ kind: 'ping', id })
    return id
  }

  call<N extends CallName>(
    name: N,
    params: Calls[N]['params'],
    { signal, onEvent }: CallOptions<N> = {},
  ): Promise<Calls[N]['result']> {
    if (this.#ended) return Promise.reject(this.#ended)
    if (signal?.aborted) return Promise.reject(new HookscopeError('cancelled', 'Cancelled.'))
    const id = this.#next++
    const abort = () => this.#port.postMessage({ kind: 'abort', id })
    signal?.addEventListener('abort', abort)
    return new Promise<Calls[N]['result']>((resolve, reject) => {
      this.#pending.set(id, {
        name,
        resolve: result => resolve(result as Calls[N]['result']),
        reject,
        event: event => onEvent?.(event as Calls[N]['event']),
      })
      this.#port.postMessage({ kind: 'call', id, name, params } as ToWorker)
      this.#silence.start()
    }).finally(() => {
      this.#pending.delete(id)
      if (this.#pending.size === 0) this.#silence.stop()
      signal?.removeEventListener('abort', abort)
    })
  }

  /** Ends the worker: what is under way rejects with `reason`. */
  end(reason = new HookscopeError('cancelled', 'Cancelled.')): void {
    this.#ended ??= reason
    this.#port.terminate()
    this.#silence.stop()
    for (const pending of this.#pending.values()) pending.reject(reason)
  }

  #receive(message: FromWorker): void {
    this.#silence.heard()
    if (message.kind === 'pong') {
      this.#waiting.get(message.id)?.()
      return
    }
    const pending = this.#pending.get(message.id)
    if (!pending) return
    if (message.kind === 'event') pending.event(message.event)
    else if (message.kind === 'result') pending.resolve(message.result)
    else {
      const error = revive(message.error)
      pending.reject(error)
      if (error instanceof HookscopeError && error.code === 'engine-lost') this.end(error)
    }
  }
}

/** An error as it crossed from the worker; one without a known code is a fault of the program. */
function revive({ code, message, detail, stack }: Extract<FromWorker, { kind: 'error' }>['error']): Error {
  const known = ERROR_CODES.find(known => known === code && known !== 'fault')
  const error = known ? new HookscopeError(known, message, { detail }) : new Error(message)
  if (stack) error.stack = stack
  return error
}
