import { HookscopeError } from '../errors'
import { run, type SandboxOptions } from './sandbox'

/** An activation on its way through a hook. */
export interface HookedActivation {
  readonly path: string
  /** [1, C, H, W] or [1, N] */
  readonly shape: readonly number[]
  /** Row-major. */
  readonly values: Float32Array
}

/**
 * Runs a forward hook that someone wrote, `(activation, { shape, path }) => Float32Array | void`, in the sandbox.
 *
 * @returns what it returned, or the values as they were where it returned nothing: such a hook only reads
 * @throws HookscopeError `hook-failed` where it fails, or returns anything but as many finite numbers; `cancelled`
 */
export async function runHook(
  code: string,
  { path, shape, values }: HookedActivation,
  options: Omit<SandboxOptions, 'name'> = {},
): Promise<Float32Array> {
  const name = `The hook at ${path}`
  const result = await run(code, [values, { shape, path }], { ...options, name })
  if (result === undefined) return values
  if (!(result instanceof Float32Array))
    throw new HookscopeError(
      'hook-failed',
      `${name} returned ${kindOf(result)}. Return a Float32Array, or nothing to leave the activation as it is.`,
    )
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

function kindOf(result: unknown): string {
  if (result === null || typeof result !== 'object') return String(result)
  const kind = result.constructor.name
  return /^[AEIOU]/.test(kind) ? `an ${kind}` : `a ${kind}`
}
