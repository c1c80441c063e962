import { reads } from '../graph/graph-index'
import { forwardProgram, type Program } from '../graph/program'
import { isFloat } from '../graph/shapes'
import { callInOrder, type HookLimits } from './call'
import type { Executor } from './executor'
import type { InstrumentedGraph } from './instrumented-graph'
import { downstream, inTurn } from './reach'
import type { ForwardHook, ForwardPreHook, Tensor } from './types'
import type { Values } from './values'
import { type Boundary, moduleOf, place } from './views'

/** The hooks of one kind when a pass begins: those on any of the given points. */
export type HooksAt<Hook> = (points: readonly string[]) => Iterable<Hook>

/** The state that both passes share. */
export interface Pass {
  readonly instrumented: InstrumentedGraph
  readonly executor: Executor
  readonly values: Values
  readonly limits: HookLimits
  /** Points whose hooks have changed a gradient before: there the backward pass is cut. */
  readonly changers: Set<string>
}

/** How gradients go back through what hooks changed, by the value that a hook gave. */
export type Through = ReadonlyMap<string, NonNullable<Tensor['backward']>>

interface Turn {
  /** Values that the hooks may replace, in the order of `sources`. */
  readonly barriers: readonly string[]
  readonly sources: readonly string[]
  readonly others: readonly string[]
  call(sources: readonly Tensor[], others: readonly Tensor[]): Promise<readonly Tensor[] | undefined>
}

/**
 * Runs the network up to `results`, calling hooks in the order of the network. Nobody can tell beforehand which of them changes
 * something, so the network is cut at each of them. The pieces are compiled together, and no value is worked out twice.
 */
export async function forwardPass(
  pass: Pass,
  hooks: { readonly pre: HooksAt<ForwardPreHook>; readonly post: HooksAt<ForwardHook> },
  results: readonly string[],
): Promise<Through> {
  const { instrumented, executor, values } = pass
  const { graphIndex } = instrumented
  const turns = inTurn(
    instrumented.boundaries
      .flatMap(boundary => turnsOf(boundary, pass, hooks))
      .sort((a, b) => place(graphIndex, a.barriers) - place(graphIndex, b.barriers)),
    turn => [...turn.sources, ...turn.others],
    turn => downstream(graphIndex, turn.barriers),
  )
  const wanted = [...turns.flatMap(turn => [...turn.sources, ...turn.others]), ...results]
  executor.expect(instrumented, pieces(pass, turns, wanted, results))
  const through = new Map<string, NonNullable<Tensor['backward']>>()
  for (const [i, { barriers, sources, others, call }] of turns.entries()) {
    const open = turns.slice(i).flatMap(turn => turn.barriers)
    await reach(pass, wanted, open, [...sources, ...others])
    const after = await call(await values.tensors(sources), await values.tensors(others))
    barriers.forEach((barrier, j) => {
      const [tensor, source] = [after?.[j], sources[j]]
      if (tensor) values.put(barrier, tensor)
      else if (source !== undefined) values.keep(barrier, values.get(source).share())
      if (tensor?.backward) through.set(barrier, tensor.backward)
    })
  }
  await reach(pass, wanted, [], results)
  return through
}

/** Works out values from those that are there. */
export async function compute(pass: Pass, wanted: readonly string[]): Promise<void> {
  const { instrumented, executor, values } = pass
  const program = missingProgram(pass, new Set(values.names), wanted)
  if (!program) return
  const results = await executor.run(instrumented, program, value => values.get(value))
  for (const [name, held] of results) values.keep(name, held)
}

/** The program that works out those of `wanted` that are not there. */
function missingProgram(
  { instrumented: { graphIndex } }: Pass,
  have: ReadonlySet<string>,
  wanted: readonly string[],
): Program | undefined {
  const missing = [...new Set(wanted)].filter(value => !have.has(value) && !graphIndex.parameters.has(value))
  return missing.length > 0 ? forwardProgram(graphIndex, have, missing) : undefined
}

/**
 * Where one of `needed` is missing, runs the next piece: all that is wanted and does not depend on an open barrier, and
 * what the pieces after it will read.
 */
async function reach(
  pass: Pass,
  wanted: readonly string[],
  barriers: readonly string[],
  needed: readonly string[],
): Promise<void> {
  await compute(
    pass,
    piece(pass, value => pass.values.has(value), wanted, barriers, needed),
  )
}

function piece(
  { instrumented: { graphIndex, shapes } }: Pass,
  has: (value: string) => boolean,
  wanted: readonly string[],
  barriers: readonly string[],
  needed: readonly string[],
): string[] {
  if (needed.every(value => has(value) || graphIndex.parameters.has(value))) return []
  const later = downstream(graphIndex, barriers)
  const frontier = graphIndex.nodes
    .filter(node => node.outputs.some(output => later.has(output)))
    .flatMap(reads)
    .filter(
      value => !later.has(value) && graphIndex.producer.has(value) && isFloat(shapes.get(value)?.type ?? 'float32'),
    )
  return [...wanted.filter(value => !later.has(value)), ...frontier]
}

/** The programs of a pass, in order. */
function pieces(pass: Pass, turns: readonly Turn[], wanted: readonly string[], results: readonly string[]): Program[] {
  const have = new Set(pass.values.names)
  const programs: Program[] = []
  const run = (barriers: readonly string[], needed: readonly string[]) => {
    const program = missingProgram(
      pass,
      have,
      piece(pass, value => have.has(value), wanted, barriers, needed),
    )
    if (!program) return
    programs.push(program)
    for (const value of program.outputs) have.add(value)
  }
  turns.forEach(({ barriers, sources, others }, i) => {
    run(
      turns.slice(i).flatMap(turn => turn.barriers),
      [...sources, ...others],
    )
    for (const barrier of barriers) have.add(barrier)
  })
  run([], results)
  return programs
}

function turnsOf(
  boundary: Boundary,
  { limits }: Pass,
  hooks: { readonly pre: HooksAt<ForwardPreHook>; readonly post: HooksAt<ForwardHook> },
): Turn[] {
  const { call, inputs, output } = boundary
  const module = moduleOf(call)
  const points = [call.module, call.path]
  const has = (kind: HooksAt<unknown>) => [...kind(points)].length > 0
  const turns: Turn[] = []
  if (inputs.length > 0 && has(hooks.pre))
    turns.push({
      barriers: inputs.map(view => view.name),
      sources: inputs.map(view => view.source),
      others: [],
      call: sources =>
        callInOrder(
          map(hooks.pre(points), hook => (current: readonly Tensor[]) => hook(module, current)),
          sources,
          `The forward pre-hook on "${call.path}"`,
          limits,
        ),
    })
  if (output && has(hooks.post))
    turns.push({
      barriers: [output.name],
      sources: [output.source],
      others: inputs.map(view => view.name),
      call: (sources, others) =>
        callInOrder(
          map(hooks.post(points), hook => async ([current = NONE]: readonly Tensor[]) => {
            const answer = await hook(module, others, current)
            return answer === undefined ? undefined : [answer]
          }),
          sources,
          `The forward hook on "${call.path}"`,
          limits,
        ),
    })
  return turns
}

const NONE: Tensor = { dims: [0], data: new Float32Array(0) }

/** Lazily, for a hook may remove the next one. */
export function* map<A, B>(items: Iterable<A>, change: (item: A) => B): Iterable<B> {
  for (const item of items) yield change(item)
}
