import type { Activation, ChangeFunction } from '../engine/interventions'
import { HookscopeError } from '../errors'
import type { Calls, HookAsked } from './protocol'

interface Waiting {
  resolve(values: Float32Array): void
  reject(error: HookscopeError): void
}

/** Hooks that someone wrote. The page runs them in its sandbox: an event asks for one, a call brings what it gave. */
export class PageHooks {
  readonly #waiting = new Map<number, Waiting>()
  #next = 0

  /** A change that asks the page. Its derivative is not known. */
  change(path: string, code: string, ask: (asked: HookAsked) => void, signal: AbortSignal): ChangeFunction {
    return async activation => ({ values: await this.#ask(path, code, activation, ask, signal) })
  }

  async #ask(
    path: string,
    code: string,
    { shape, values }: Activation,
    ask: (asked: HookAsked) => void,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const id = this.#next++
    try {
      return await new Promise((resolve, reject) => {
        const cancel = () => reject(new HookscopeError('cancelled', 'Cancelled.'))
        if (signal.aborted) return cancel()
        signal.addEventListener('abort', cancel, { once: true })
        this.#waiting.set(id, { resolve, reject })
        ask({ id, code, path, shape, values })
      })
    } finally {
      this.#waiting.delete(id)
    }
  }

  /** An answer that nobody waits for any more is dropped. */
  answer(answer: Calls['hooked']['params']): void {
    const waiting = this.#waiting.get(answer.id)
    if ('values' in answer) waiting?.resolve(answer.values)
    else waiting?.reject(new HookscopeError(answer.code, answer.message))
  }
}
