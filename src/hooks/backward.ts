import { backward, gradientOf } from '../grad/backward'
import { reads } from '../graph/graph-index'
import { add } from '../tensors/arithmetic'
import { callInOrder } from './call'
import { compute, type HooksAt, map, type Pass, type Through } from './forward'
import { inTurn, upstream } from './reach'
import type { FullBackwardHook, FullBackwardPreHook, Tensor, TensorHook } from './types'
import type { Values } from './values'
import { moduleOf, place } from './views'

/** Hooks on gradients; those on tensors by the values that have one. */
export interface BackwardHooks {
  readonly modules: HooksAt<FullBackwardHook>
  readonly before: HooksAt<FullBackwardPreHook>
  readonly tensors: HooksAt<TensorHook>
  /** Values with a hook, and the name that the user has for each. */
  readonly points: ReadonlyMap<string, string>
}

interface Turn {
  readonly key: string
  /** Values whose gradients the hooks may replace. */
  readonly barriers: readonly string[]
  /** Values whose gradients, as they arrived, the hooks only see. */
  readonly others: readonly string[]
  /** Whether other turns see the gradient as this one leaves it, not as it came. */
  readonly arrives?: boolean
  call(gradients: readonly Tensor[], others: readonly Tensor[]): Promise<readonly Tensor[] | undefined>
}

/** Values whose gradients a pass with these hooks will work out. */
export function hookedValues({ instrumented }: Pick<Pass, 'instrumented'>, hooks: BackwardHooks): string[] {
  const modules = instrumented.boundaries.filter(({ call: { module, path } }) =>
    [hooks.modules, hooks.before].some(hooksAt => !isEmpty(hooksAt([module, path]))),
  )
  const views = modules.flatMap(({ inputs, output }) => [...inputs, ...(output ? [output] : [])])
  return [...views.map(view => view.name), ...hooks.points.keys()]
}

/**
 * Takes gradients back from those in `gradients` to every hooked value, calling hooks from the target towards the input.
 * As in `forwardPass`, a program is cut only where a hook changes something.
 *
 * Hooks at values from which no seed can be reached are not called.
 *
 * @param seeds gradients by value; where a value lies before another's, what comes from that one is added to its own
 * @param gradients empty; gets the gradients of the seeds and of the hooked values, after their hooks
 */
export async function backwardPass(
  pass: Pass,
  hooks: BackwardHooks,
  through: Through,
  seeds: ReadonlyMap<string, Tensor>,
  gradients: Values,
): Promise<void> {
  const { changers } = pass
  const { graphIndex } = pass.instrumented
  const before = upstream(graphIndex, seeds.keys())
  const inner = [...seeds].filter(([value]) => before.has(value))
  for (const [value, seed] of seeds) if (!before.has(value)) gradients.put(value, seed)
  const outer = new Set(gradients.names)
  const turns = inTurn(
    [
      ...seedTurns(inner),
      ...preTurns(pass, hooks),
      ...moduleTurns(pass, hooks),
      ...throughTurns(through),
      ...tensorTurns(pass, hooks),
    ]
      .filter(({ barriers, others }) => [...barriers, ...others].every(value => before.has(value) || outer.has(value)))
      .sort((a, b) => place(graphIndex, b.barriers) - place(graphIndex, a.barriers)),
    turn => [...turn.barriers, ...turn.others],
    turn => upstream(graphIndex, turn.barriers),
  )
  const isChanger = ({ key }: Turn) => changers.has(key) || key.startsWith(THROUGH) || key.startsWith(SEED)
  const open = new Map(turns.filter(isChanger).map(turn => [turn.key, turn.barriers]))
  const wanted = turns.flatMap(turn => [...turn.barriers, ...turn.others])
  const arrived = new Map<string, Tensor>()
  for (const turn of turns) {
    const { key, barriers, others, arrives, call } = turn
    await reach(pass, gradients, wanted, [...open.values()].flat(), [...barriers, ...others])
    const came = await gradients.tensors(barriers)
    barriers.forEach((barrier, i) => {
      const gradient = came[i]
      if (gradient && !arrived.has(barrier)) arrived.set(barrier, gradient)
    })
    const seen = await Promise.all(others.map(other => arrived.get(other) ?? gradients.tensor(other)))
    const after = await call(came, seen)
    if (after) changers.add(key)
    open.delete(key)
    if (!isChanger(turn)) continue
    gradients.drop([...upstream(graphIndex, barriers)].filter(value => !outer.has(value)))
    barriers.forEach((barrier, i) => {
      const tensor = (after ?? came)[i]
      if (!tensor) return
      gradients.put(barrier, tensor)
      if (arrives) arrived.set(barrier, tensor)
    })
  }
}

/**
 * Works out gradients from those that are there.
 *
 * @throws HookscopeError `no-gradient`
 */
export async function differentiate(pass: Pass, gradients: Values, wanted: readonly string[]): Promise<void> {
  const { instrumented, executor, values } = pass
  const missing = [...new Set(wanted)].filter(value => !gradients.has(value))
  if (missing.length === 0) return
  const program = backward(instrumented.graphIndex, instrumented.shapes, { known: gradients.names, wanted: missing })
  const fed = new Map(gradients.names.map(value => [gradientOf(value), value]))
  await compute(
    pass,
    program.inputs.filter(name => !fed.has(name)),
  )
  const results = await executor.run(instrumented, program, name => {
    const value = fed.get(name)
    return value === undefined ? values.get(name) : gradients.get(value)
  })
  for (const value of missing) {
    const held = results.get(gradientOf(value))
    if (held) gradients.keep(value, held)
  }
}

async function reach(
  pass: Pass,
  gradients: Values,
  wanted: readonly string[],
  barriers: readonly string[],
  needed: readonly string[],
): Promise<void> {
  if (needed.every(value => gradients.has(value))) return
  const { graphIndex } = pass.instrumented
  const later = upstream(graphIndex, barriers)
  const moving = upstream(graphIndex, gradients.names)
  const frontier = graphIndex.nodes
    .filter(node => reads(node).some(input => later.has(input) && moving.has(input)))
    .flatMap(node => node.outputs.slice(0, 1))
    .filter(output => !later.has(output) && moving.has(output))
  await differentiate(pass, gradients, [...wanted.filter(value => !later.has(value)), ...frontier])
}

function moduleTurns({ instrumented, limits }: Pass, hooks: BackwardHooks): Turn[] {
  return instrumented.boundaries.flatMap(({ call, inputs, output }) => {
    const module = moduleOf(call)
    const points = [call.module, call.path]
    if (!output || isEmpty(hooks.modules(points))) return []
    return {
      key: `back ${call.path}`,
      barriers: inputs.map(view => view.name),
      others: [output.name],
      call: (gradInput: readonly Tensor[], gradOutput: readonly Tensor[]) =>
        callInOrder(
          map(hooks.modules(points), hook => (current: readonly Tensor[]) => hook(module, current, gradOutput)),
          gradInput,
          `The backward hook on "${call.path}"`,
          limits,
        ),
    }
  })
}

function preTurns({ instrumented, limits }: Pass, hooks: BackwardHooks): Turn[] {
  return instrumented.boundaries.flatMap(({ call, output }) => {
    const module = moduleOf(call)
    const points = [call.module, call.path]
    if (!output || isEmpty(hooks.before(points))) return []
    return {
      key: `before back ${call.path}`,
      barriers: [output.name],
      others: [],
      arrives: true,
      call: (gradOutput: readonly Tensor[]) =>
        callInOrder(
          map(hooks.before(points), hook => (current: readonly Tensor[]) => hook(module, current)),
          gradOutput,
          `The backward pre-hook on "${call.path}"`,
          limits,
        ),
    }
  })
}

const SEED = 'seed '

/** Seeds at values through which the gradient of another seed comes. */
function seedTurns(seeds: readonly (readonly [string, Tensor])[]): Turn[] {
  return seeds.map(([value, seed]) => ({
    key: `${SEED}${value}`,
    barriers: [value],
    others: [],
    arrives: true,
    call: async gradients => gradients.map(gradient => add(gradient, seed)),
  }))
}

const THROUGH = 'through '

/** Changes of the forward pass that say how a gradient goes back through them. */
function throughTurns(through: Through): Turn[] {
  return [...through].map(([barrier, back]) => ({
    key: `${THROUGH}${barrier}`,
    barriers: [barrier],
    others: [],
    call: async gradients => gradients.map(back),
  }))
}

function tensorTurns({ limits }: Pass, hooks: BackwardHooks): Turn[] {
  return [...hooks.points].map(([value, name]) => ({
    key: `gradient ${value}`,
    barriers: [value],
    others: [],
    call: gradients =>
      callInOrder(
        map(hooks.tensors([value]), hook => async ([current]: readonly Tensor[]) => {
          const answer = current && (await hook(current))
          return answer ? [answer] : undefined
        }),
        gradients,
        `The hook on the gradient of "${name}"`,
        limits,
      ),
  }))
}

const isEmpty = (items: Iterable<unknown>): boolean => [...items].length === 0
