import * as v from 'valibot'
import { HookscopeError } from '../errors'
import { type HookAnswer, type HookAsked, MOST_TOLD } from './hook-protocol'
import script from './hook-worker?script'
import { startSandboxed } from './start'

/** An activation on its way through a hook. */
export interface HookedActivation {
  readonly path: string
  /** [1, C, H, W] or [1, N] */
  readonly shape: readonly number[]
  /** Row-major. */
  readonly values: Float32Array
}

export interface HookOptions {
  /** Milliseconds until the code is ended; 5000 unless given. */
  readonly timeLimit?: number
  readonly signal?: AbortSignal | undefined
}

const TIME_LIMIT = 5000

/** Messages without sense until the code is ended. */
const MOST_STRAY = 1000

/** Room for the words that say how much was cut. */
const told = v.pipe(v.string(), v.maxLength(MOST_TOLD + 100))

const Answer = v.union([
  v.object({ values: v.nullable(v.instance(Float32Array)) }),
  v.object({ returned: told }),
  v.object({
    failed: v.picklist(['read', 'run']),
    message: told,
    line: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  }),
]) satisfies v.GenericSchema<unknown, HookAnswer>

/**
 * Runs a forward hook that someone wrote, `(activation, { shape, path }) => Float32Array | void`, in the sandbox. Every
 * call gets a worker of its own, which is taken away in the end: nothing is left for the next, and an endless loop ends
 * with it.
 *
 * @param code an expression that gives a function, which may be async
 * @returns what it returned, or the values as they were where it returned nothing: such a hook only reads
 * @throws HookscopeError `hook-failed` where it cannot be read, throws, takes too long, or returns anything but as many
 * finite numbers; `cancelled`
 */
export async function runHook(
  code: string,
  { path, shape, values }: HookedActivation,
  options: HookOptions = {},
): Promise<Float32Array> {
  const name = `The hook at ${path}`
  const answer = await ask({ code: withoutEnd(code), args: [values, { shape, path }] }, name, options)
  if ('failed' in answer) throw failure(name, answer)
  if ('returned' in answer)
    throw new HookscopeError(
      'hook-failed',
      `${name} returned ${answer.returned}. Return a Float32Array, or nothing to leave the activation as it is.`,
    )
  const result = answer.values
  if (result === null) return values
  if (result.length !== values.length)
    throw new HookscopeError(
      'hook-failed',
      `${name} returned ${result.length} values where the activation has ${values.length} (${shape.join(' × ')}). Return as many.`,
    )
  const stray = result.findIndex(value => !Number.isFinite(value))
  if (stray >= 0)
    throw new HookscopeError(
      'hook-failed',
      `${name} returned ${result[stray]} at place ${stray}. Return finite numbers.`,
    )
  return result
}

async function ask(
  asked: HookAsked,
  name: string,
  { timeLimit = TIME_LIMIT, signal = new AbortController().signal }: HookOptions,
): Promise<HookAnswer> {
  const worker = await startSandboxed(script, signal)
  const over = new AbortController()
  return new Promise<HookAnswer>((resolve, reject) => {
    const fail = (message: string) => reject(new HookscopeError('hook-failed', message))
    const cancel = () => reject(new HookscopeError('cancelled', 'Cancelled.'))
    if (signal.aborted) return cancel()
    signal.addEventListener('abort', cancel, { signal: over.signal })
    const seconds = `${timeLimit / 1000} s`
    const timer = setTimeout(
      () => fail(`${name} took longer than ${seconds} and was ended. Is there an endless loop?`),
      timeLimit,
    )
    over.signal.addEventListener('abort', () => clearTimeout(timer))
    worker.onFailed(() => fail(`${name} failed: its worker stopped.`))
    let stray = 0
    worker.port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const answer = v.safeParse(Answer, data, { abortEarly: true })
      if (answer.success) resolve(answer.output)
      else if (++stray > MOST_STRAY) fail(`${name} sent messages that make no sense and was ended.`)
    }
    worker.port.postMessage(asked)
  }).finally(() => {
    over.abort()
    worker.end()
  })
}

/** An expression has no semicolon at its end; people write one. */
const withoutEnd = (code: string): string => code.replace(/[;\s]+$/, '')

function failure(
  name: string,
  { failed, message, line }: Extract<HookAnswer, { readonly failed: unknown }>,
): HookscopeError {
  if (failed === 'read')
    return new HookscopeError('hook-failed', `${name} cannot be read as a function: ${sentence(message)}`)
  const where = line === null ? '' : ` in line ${line}`
  return new HookscopeError('hook-failed', `${name} failed${where}: ${sentence(message)}`)
}

const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`)
