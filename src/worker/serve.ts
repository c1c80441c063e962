import { HookscopeError } from '../errors'
import { Picture } from './decode'
import { chooseEngine, loadOrt } from './load-ort'
import type { Call, CallName, Calls, FromWorker, ToWorker } from './protocol'
import { type CallContext, type Handlers, Session } from './session'

const handlers: Handlers = new Session({ choose: chooseEngine, load: loadOrt }, Picture.decode)
const running = new Map<number, AbortController>()

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'ping') post({ kind: 'pong', id: data.id })
  else if (data.kind === 'abort') running.get(data.id)?.abort()
  else void serve(data)
})

async function serve<N extends CallName>(call: Call<N>): Promise<void> {
  const { id } = call
  const abort = new AbortController()
  running.set(id, abort)
  const context: CallContext<N> = { signal: abort.signal, emit: event => post({ kind: 'event', id, event }) }
  try {
    post({ kind: 'result', id, result: await dispatch(call, context) })
  } catch (error) {
    post({ kind: 'error', id, error: portable(error) })
  } finally {
    running.delete(id)
  }
}

function dispatch<N extends CallName>(call: Call<N>, context: CallContext<N>): Promise<Calls[N]['result']> {
  return handlers[call.name](call.params, context)
}

function post(message: FromWorker): void {
  self.postMessage(message)
}

function portable(error: unknown): Extract<FromWorker, { kind: 'error' }>['error'] {
  if (error instanceof HookscopeError) {
    const { code, message, detail } = error
    return { code, message, ...(detail && { detail }) }
  }
  if (!(error instanceof Error)) return { code: 'fault', message: String(error) }
  return { code: 'fault', message: error.message, ...(error.stack ? { stack: error.stack } : {}) }
}
