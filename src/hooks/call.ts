import { HookscopeError } from '../errors'
import { sizeOf } from '../graph/tensors'
import { backwardTo } from '../tensors/tape'
import type { Tensor } from './types'

export interface HookLimits {
  /** Milliseconds that a hook's promise may take. */
  readonly timeout: number
  /** Whether every tensor that a hook gets or returns must be finite. */
  readonly checkFinite: boolean
}

/** A hook as the passes see it: gets tensors, may return as many of the same shapes. */
export type Call = (current: readonly Tensor[]) => unknown

/**
 * Calls hooks one after another; each gets copies of what the one before returned.
 *
 * @param at the point, for sentences: `The forward hook on "layer4"`
 * @returns what takes the place of `first`, or undefined where no hook returned anything
 * @throws HookscopeError `hook-failed`
 */
export async function callInOrder(
  calls: Iterable<Call>,
  first: readonly Tensor[],
  at: string,
  limits: HookLimits,
): Promise<readonly Tensor[] | undefined> {
  if (limits.checkFinite) requireFinite(first, `${at} would get`)
  let current = first
  let changed = false
  for (const call of calls) {
    const handed = current.map(copy)
    const answer = await guarded(() => call(handed), at, limits)
    if (answer === undefined || answer === null) continue
    const tensors = checked(answer, current, at)
    if (limits.checkFinite) requireFinite(tensors, `${at} returned`)
    current = tensors.map((tensor, i) => chained(differentiable(tensor, handed[i]), current[i]))
    changed = true
  }
  return changed ? current : undefined
}

const copy = ({ dims, data }: Tensor): Tensor => ({ dims: [...dims], data: data.slice() })

/** What a hook made with the library's tensors brings its derivative by what it replaces, unless it brings one of its own. */
function differentiable(tensor: Tensor, handed: Tensor | undefined): Tensor {
  const backward = tensor.backward ?? (handed && backwardTo(tensor, handed))
  return backward ? { ...tensor, backward } : tensor
}

/** A gradient goes back through the last change first. */
function chained(later: Tensor, earlier: Tensor | undefined): Tensor {
  const { backward: before } = earlier ?? {}
  const { backward: after } = later
  if (!before) return later
  return { ...later, backward: grad => before(after ? after(grad) : grad) }
}

async function guarded(call: () => unknown, at: string, { timeout }: HookLimits): Promise<unknown> {
  let timer: unknown
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          failed(`${at} has not answered for ${timeout / 1000} s. Make it settle, or allow more with hookTimeout`),
        ),
      timeout,
    )
  })
  try {
    return await Promise.race([Promise.resolve().then(call), late])
  } catch (cause) {
    if (cause instanceof HookscopeError) throw cause
    throw failed(`${at} threw: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  } finally {
    clearTimeout(timer)
  }
}

function checked(answer: unknown, current: readonly Tensor[], at: string): readonly Tensor[] {
  const tensors: unknown = isTensor(answer) ? [answer] : answer
  if (!Array.isArray(tensors) || tensors.length !== current.length)
    throw failed(`${at} must return ${current.length} tensor${current.length === 1 ? '' : 's'}, or nothing`)
  return tensors.map((tensor: unknown, i) => {
    const wanted = current[i]?.dims ?? []
    if (!isTensor(tensor))
      throw failed(
        `${at} returned ${kindOf(tensor)}: it must return tensors { dims, data } with a Float32Array, or nothing. An arrow function without braces returns the value of its expression`,
      )
    if (tensor.dims.join() !== wanted.join() || tensor.data.length !== sizeOf(wanted))
      throw failed(
        `${at} returned [${tensor.dims.join(', ')}] with ${tensor.data.length} values in the place of [${wanted.join(', ')}]: a hook cannot change a shape`,
      )
    return tensor
  })
}

const kindOf = (value: unknown): string => (typeof value === 'object' ? 'another object' : `a ${typeof value}`)

/** Whether a value is a tensor as hooks get them. */
export function isTensor(value: unknown): value is Tensor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dims' in value &&
    Array.isArray(value.dims) &&
    'data' in value &&
    value.data instanceof Float32Array
  )
}

function requireFinite(tensors: readonly Tensor[], what: string): void {
  for (const { data } of tensors) {
    const place = data.findIndex(value => !Number.isFinite(value))
    if (place >= 0) throw failed(`${what} ${data[place]} at place ${place}`)
  }
}

const failed = (sentence: string, cause?: unknown): HookscopeError =>
  new HookscopeError('hook-failed', `${sentence}.`, cause === undefined ? {} : { cause })

/** Both of the places where the library runs have these; the language itself has not. */
declare function setTimeout(run: () => void, milliseconds: number): unknown
declare function clearTimeout(timer: unknown): void
