import { cut } from '../../cut'
import { LIMITS } from '../limits'
import type { Outcome, RunRequest } from '../protocol'
import { placeOf } from './draw'
import { describeFailure, describeSyntaxError, FILE } from './failure'
import { HookRecorder } from './hooks'
import { IMPORTED, withoutImports } from './imports'
import { type Scope, scopeOf } from './scope'
import type { Host } from './shipped'
import { Watcher } from './watch'

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
  ...text: string[]
) => (...args: unknown[]) => Promise<unknown>

/** Runs the code of a lesson; what it shows goes to the host as it comes. Never throws for what the code does. */
export async function runCode({ code, off }: Pick<RunRequest, 'code' | 'off'>, host: Host): Promise<Outcome> {
  const recorder = new HookRecorder(new Set(off))
  const watcher = new Watcher(recorder, host.progress)
  const failure = await attempt(code, scopeOf(host, watcher))
  await watcher.dispose()
  const { plan, drawing } = watcher
  if (plan && !drawing)
    host.shown({
      kind: 'text',
      label: '',
      text: `The network is not drawn: it has more than ${LIMITS.nodes} parts, too many lines between far parts, or names of more than ${LIMITS.name} characters.`,
    })
  const hooks = recorder.hooks.slice(0, LIMITS.hooks).map(hook => ({
    ...hook,
    point: cut(hook.point, LIMITS.name),
    at: plan && placeOf(hook, plan),
  }))
  return { drawing, hooks, failure }
}

async function attempt(code: string, { globals, modules }: Scope): Promise<Outcome['failure']> {
  const scope = { ...globals, [IMPORTED]: modules }
  let run: (...args: unknown[]) => Promise<unknown>
  try {
    // Strict as a module is; in a block, so that the code may use the names of the scope for its own.
    const body = `'use strict'; {${withoutImports(code, modules)}\n}`
    run = new AsyncFunction(...Object.keys(scope), `${body}\n//# sourceURL=${FILE}`)
  } catch (error) {
    if (error instanceof SyntaxError) return describeSyntaxError(error, code)
    throw error
  }
  try {
    await run(...Object.values(scope))
    return null
  } catch (error) {
    return describeFailure(error)
  }
}
