import { backward, gradientOf } from '../grad/backward'
import { reads } from '../graph/wiring'
import { callInOrder } from './call'
import { compute, type HooksAt, map, type Pass, type Through } from './forward'
import { inTurn, upstream } from './reach'
import type { FullBackwardHook, Tensor, TensorHook } from './types'
import type { Values } from './values'
import { moduleOf, place } from './views'

/** Hooks on gradients; those on tensors by the values that have one. */
export interface BackwardHooks {
  readonly modules: HooksAt<FullBackwardHook>
  readonly tensors: HooksAt<TensorHook>
  /** Values with a hook, and the name that the user has for each. */
  readonly points: ReadonlyMap<string, string>
}

interface Turn {
  readonly key: string
  /** Values whose gradients the hooks may replace. */
  readonly walls: readonly string[]
  /** Values whose gradients, as they arrived, the hooks only see. */
  readonly others: readonly string[]
  call(gradients: readonly Tensor[], others: readonly Tensor[]): Promise<readonly Tensor[] | undefined>
}

/** Values whose gradients a pass with these hooks will work out. */
export function hookedValues({ scene }: Pick<Pass, 'scene'>, hooks: BackwardHooks): string[] {
  const modules = scene.boundaries.filter(({ call }) => !isEmpty(hooks.modules([call.module, call.path])))
  const views = modules.flatMap(({ inputs, output }) => [...inputs, ...(output ? [output] : [])])
  return [...views.map(view => view.name), ...hooks.points.keys()]
}

/**
 * Takes gradients back from those in `gradients` to every hooked value, calling hooks from the target towards the input.
 * As in `forwardPass`, a program is cut only where a hook changes something.
 *
 * @param gradients complete gradients by value; those of the hooked values, after their hooks, are added
 */
export async function backwardPass(
  pass: Pass,
  hooks: BackwardHooks,
  through: Through,
  gradients: Values,
): Promise<void> {
  const { changers } = pass
  const { wiring } = pass.scene
  const seeds = new Set(gradients.names)
  const turns = inTurn(
    [...moduleTurns(pass, hooks), ...throughTurns(through), ...tensorTurns(pass, hooks)].sort(
      (a, b) => place(wiring, b.walls) - place(wiring, a.walls),
    ),
    turn => [...turn.walls, ...turn.others],
    turn => upstream(wiring, turn.walls),
  )
  const isChanger = ({ key }: Turn) => changers.has(key) || key.startsWith(THROUGH)
  const open = new Map(turns.filter(isChanger).map(turn => [turn.key, turn.walls]))
  const wanted = turns.flatMap(turn => [...turn.walls, ...turn.others])
  const arrived = new Map<string, Tensor>()
  for (const turn of turns) {
    const { key, walls, others, call } = turn
    await reach(pass, gradients, wanted, [...open.values()].flat(), [...walls, ...others])
    const before = await gradients.tensors(walls)
    walls.forEach((wall, i) => {
      const gradient = before[i]
      if (gradient && !arrived.has(wall)) arrived.set(wall, gradient)
    })
    const seen = await Promise.all(others.map(other => arrived.get(other) ?? gradients.tensor(other)))
    const after = await call(before, seen)
    if (after) changers.add(key)
    open.delete(key)
    if (!isChanger(turn)) continue
    gradients.drop([...upstream(wiring, walls)].filter(value => !seeds.has(value)))
    walls.forEach((wall, i) => {
      const tensor = (after ?? before)[i]
      if (tensor) gradients.put(wall, tensor)
    })
  }
}

/**
 * Works out gradients from those that are there.
 *
 * @throws HookscopeError `no-gradient`
 */
export async function differentiate(pass: Pass, gradients: Values, wanted: readonly string[]): Promise<void> {
  const { scene, executor, values } = pass
  const missing = [...new Set(wanted)].filter(value => !gradients.has(value))
  if (missing.length === 0) return
  const program = backward(scene.wiring, scene.shapes, { known: gradients.names, wanted: missing })
  const fed = new Map(gradients.names.map(value => [gradientOf(value), value]))
  await compute(
    pass,
    program.inputs.filter(name => !fed.has(name)),
  )
  const results = await executor.run(scene, program, name => {
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
  walls: readonly string[],
  needed: readonly string[],
): Promise<void> {
  if (needed.every(value => gradients.has(value))) return
  const { wiring } = pass.scene
  const later = upstream(wiring, walls)
  const moving = upstream(wiring, gradients.names)
  const frontier = wiring.nodes
    .filter(node => reads(node).some(input => later.has(input) && moving.has(input)))
    .flatMap(node => node.outputs.slice(0, 1))
    .filter(output => !later.has(output) && moving.has(output))
  await differentiate(pass, gradients, [...wanted.filter(value => !later.has(value)), ...frontier])
}

function moduleTurns({ scene, limits }: Pass, hooks: BackwardHooks): Turn[] {
  return scene.boundaries.flatMap(({ call, inputs, output }) => {
    const module = moduleOf(call)
    const points = [call.module, call.path]
    if (!output || isEmpty(hooks.modules(points))) return []
    return {
      key: `back ${call.path}`,
      walls: inputs.map(view => view.name),
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

const THROUGH = 'through '

/** Changes of the forward pass that say how a gradient goes back through them. */
function throughTurns(through: Through): Turn[] {
  return [...through].map(([wall, back]) => ({
    key: `${THROUGH}${wall}`,
    walls: [wall],
    others: [],
    call: async gradients => gradients.map(back),
  }))
}

function tensorTurns({ limits }: Pass, hooks: BackwardHooks): Turn[] {
  return [...hooks.points].map(([value, name]) => ({
    key: `gradient ${value}`,
    walls: [value],
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
