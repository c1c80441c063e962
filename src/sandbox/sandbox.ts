import { HookscopeError } from '../errors'
import frame from './frame.html?url&no-inline'

export interface SandboxOptions {
  /** What an error's sentence calls the code: "The hook of layer4". */
  readonly name: string
  /** Milliseconds until the code is ended; 5000 unless given. */
  readonly timeLimit?: number
  readonly signal?: AbortSignal | undefined
}

const TIME_LIMIT = 5000

/** What the frame answers. */
type Answer =
  | { readonly result: unknown }
  | { readonly failed: 'read' | 'run'; readonly message: string; readonly line: number | null }

/**
 * Runs JavaScript that someone typed where it can do no harm: in a worker inside a frame that has an origin of its own
 * and no way to the network, the page or what the browser keeps. The page's own policy stays as strict as it is. Every
 * call gets a frame of its own, which is taken away in the end: nothing is left for the next, and an endless loop ends
 * with the frame.
 *
 * @param code an expression that gives a function, which may be async: `(x, y) => x + y`
 * @param args what it is called with: copies of anything that can be sent to a worker
 * @returns a copy of what it returns
 * @throws HookscopeError `hook-failed` where the code cannot be read, throws or takes too long; `cancelled`
 */
export function run(code: string, args: readonly unknown[], options: SandboxOptions): Promise<unknown> {
  const { name, timeLimit = TIME_LIMIT, signal } = options
  const element = document.createElement('iframe')
  element.sandbox.add('allow-scripts')
  element.hidden = true
  element.src = frame
  const { port1: here, port2: there } = new MessageChannel()
  const over = new AbortController()
  return new Promise<unknown>((resolve, reject) => {
    const cancel = () => reject(new HookscopeError('cancelled', 'Cancelled.'))
    if (signal?.aborted) return cancel()
    signal?.addEventListener('abort', cancel, { signal: over.signal })
    const timer = setTimeout(() => reject(tooLong(name, timeLimit)), timeLimit)
    over.signal.addEventListener('abort', () => clearTimeout(timer))
    here.onmessage = ({ data }: MessageEvent<Answer>) =>
      'result' in data ? resolve(data.result) : reject(failure(name, data))
    // An origin of its own has no name to send to.
    element.onload = () => element.contentWindow?.postMessage({ code: withoutEnd(code), args }, '*', [there])
    document.body.append(element)
  }).finally(() => {
    over.abort()
    here.close()
    element.remove()
  })
}

/** An expression has no semicolon at its end; people write one. */
const withoutEnd = (code: string): string => code.replace(/[;\s]+$/, '')

function tooLong(name: string, timeLimit: number): HookscopeError {
  const seconds = `${timeLimit / 1000} s`
  return new HookscopeError(
    'hook-failed',
    `${name} took longer than ${seconds} and was ended. Is there an endless loop?`,
  )
}

function failure(name: string, { failed, message, line }: Extract<Answer, { failed: unknown }>): HookscopeError {
  if (failed === 'read')
    return new HookscopeError('hook-failed', `${name} cannot be read as a function: ${sentence(message)}`)
  const where = line === null ? '' : ` in line ${line}`
  return new HookscopeError('hook-failed', `${name} failed${where}: ${sentence(message)}`)
}

const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`)
