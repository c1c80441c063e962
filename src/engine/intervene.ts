import { type AnalyzedModel, findHookPoint } from '../analysis/analyze'
import type { HookPoint } from '../analysis/types'
import { HookscopeError } from '../errors'
import { type GraphIndex, indexGraph, reads } from '../graph/graph-index'
import { ownName } from '../graph/own-names'
import { forwardProgram, type Program } from '../graph/program'
import type { Node } from '../graph/types'
import type { Changed, ChangeFunction } from './interventions'
import type { Network } from './network'
import type { TensorHandle } from './runtime'
import type { Signal } from './values'

/** A change at one hook point. */
export interface Intervention {
  readonly path: string
  readonly change: ChangeFunction
}

/** A changed value of the network, and the way back through its change. */
export interface Seam {
  readonly path: string
  /** Name of the value after the change: what the rest of the network reads. */
  readonly value: string
  readonly pullback: Changed['pullback']
}

/** A network with values that were changed: the analyzed model in which each is made under another name, and their seams. */
export interface Course {
  readonly analyzed: AnalyzedModel
  /** By the name of the value before the change. */
  readonly seams: ReadonlyMap<string, Seam>
}

/** The results of the rest of the network after a change. */
export interface Rerun {
  readonly course: Course
  /** The changed values, what they were before, and what follows from them. */
  readonly values: ReadonlyMap<string, TensorHandle>
  /** Whether a value of the run before still holds. */
  stays(value: string): boolean
}

/** Name of a changed value as it was. */
const beforeOf = (value: string): string => ownName(value, 'before')

/**
 * Runs what follows from changed values, and nothing before them: from each change to the next, then to the logits and
 * all that the maps read.
 *
 * @param held values of the run as it was
 * @throws HookscopeError `unknown-layer`, `engine-failed`, `cancelled`, and what a change throws
 */
export async function rerun(
  network: Network,
  interventions: readonly Intervention[],
  held: (value: string) => Promise<TensorHandle>,
  signal?: Signal,
): Promise<Rerun> {
  const changes = byValue(network.analyzed, interventions)
  const points = [...changes.keys()]
  const analyzed = withSeams(network.analyzed, points)
  const level = levels(analyzed.graphIndex, points)
  const kept = [network.layout.input.name, network.analyzed.logits, ...network.plan.saved]
  const programs = programsBehind(analyzed.graphIndex, points, level, kept)
  const running = programs.filter(({ outputs }) => outputs.length > 0)
  const values = new Map<string, TensorHandle>()
  const seams = new Map<string, Seam>()
  try {
    for (const [i, [value, { point, functions }]] of [...changes].entries()) {
      const before = values.get(beforeOf(value)) ?? (await held(value)).share()
      values.set(beforeOf(value), before)
      const { changed, pullback } = await changedBy(functions, point, before, signal)
      seams.set(beforeOf(value), { path: point.path, value, pullback })
      values.set(value, network.runtime.float(changed, before.dims))
      const program = programs[i]
      if (!program || !running.includes(program)) continue
      const fed = async (name: string) => values.get(name) ?? held(name)
      const index = running.indexOf(program)
      const results = await network.executeBehind(points.join(), analyzed, running, index, fed)
      for (const [name, result] of results) values.set(name, result)
    }
  } catch (error) {
    for (const value of values.values()) value.dispose()
    throw error
  }
  return { course: { analyzed, seams }, values, stays: value => !level.has(value) }
}

/** Changes by the value that they change, in the network's order; those of one value one after another. */
function byValue(analyzed: AnalyzedModel, interventions: readonly Intervention[]) {
  const found = new Map<string, { point: HookPoint; functions: ChangeFunction[] }>()
  for (const { path: asked, change } of interventions) {
    const point = findHookPoint(analyzed, asked)
    const here = found.get(point.value) ?? { point, functions: [] }
    here.functions.push(change)
    found.set(point.value, here)
  }
  const { producer, place } = analyzed.graphIndex
  const placeOf = (value: string) => {
    const node = producer.get(value)
    return node ? (place.get(node) ?? 0) : -1
  }
  return new Map([...found].sort(([a], [b]) => placeOf(a) - placeOf(b)))
}

/** Each point is made under its name before the change; an Identity, which never runs, stands for the change. */
function withSeams(analyzed: AnalyzedModel, points: readonly string[]): AnalyzedModel {
  const cut = new Set(points)
  const { graph } = analyzed.graphIndex
  const nodes = graph.nodes.flatMap(node => {
    const here = node.outputs.filter(output => cut.has(output))
    if (here.length === 0) return [node]
    return [
      { ...node, outputs: node.outputs.map(output => (cut.has(output) ? beforeOf(output) : output)) },
      ...here.map(seam),
    ]
  })
  const shapes = new Map(analyzed.shapes)
  for (const point of points) {
    const known = shapes.get(point)
    if (known) shapes.set(beforeOf(point), known)
  }
  return { ...analyzed, graphIndex: indexGraph({ ...graph, nodes }), shapes }
}

function seam(value: string): Node {
  const [name, before] = [value, beforeOf(value)]
  return {
    name,
    op: 'Identity',
    domain: '',
    inputs: [before],
    outputs: [name],
    attributes: new Map(),
    metadata: new Map(),
  }
}

/** How many of the points, up to which, a value depends on; those that depend on none are missing. */
function levels(graphIndex: GraphIndex, points: readonly string[]): Map<string, number> {
  const level = new Map(points.map((point, i) => [point, i + 1]))
  for (const node of graphIndex.nodes) {
    const own = Math.max(0, ...reads(node).map(input => level.get(input) ?? 0))
    for (const output of node.outputs) if (own > 0 && !level.has(output)) level.set(output, own)
  }
  return level
}

/** For each point what runs once it is changed: what is kept and depends on no later one, and what later ones change. */
function programsBehind(
  graphIndex: GraphIndex,
  points: readonly string[],
  level: ReadonlyMap<string, number>,
  kept: readonly string[],
): Program[] {
  const levelOf = (value: string) => level.get(value) ?? 0
  const all = [...new Set([...kept, ...points.map(beforeOf)])].filter(value => !points.includes(value))
  return points.map((_, i) => {
    const given = new Set([...all.filter(value => levelOf(value) <= i), ...points.slice(0, i + 1)])
    return forwardProgram(
      graphIndex,
      given,
      all.filter(value => levelOf(value) === i + 1),
    )
  })
}

/** Function after function over a copy of the values; on the way back their pullbacks, the last first. */
async function changedBy(
  functions: readonly ChangeFunction[],
  point: HookPoint,
  before: TensorHandle,
  signal?: Signal,
) {
  let changed = await before.read()
  let pullback: Changed['pullback'] = gradient => gradient
  for (const change of functions) {
    if (signal?.aborted) throw new HookscopeError('cancelled', 'The change is no longer asked for.')
    const result = await change({ shape: before.dims, channels: point.channels, values: changed.slice() })
    if (result.values.length !== changed.length)
      throw new HookscopeError(
        'hook-failed',
        `The change of ${point.path} gave ${result.values.length} values for ${changed.length}. Give as many as there were.`,
      )
    changed = result.values
    pullback = after(result.pullback, pullback)
  }
  return { changed, pullback }
}

function after(last: Changed['pullback'], first: Changed['pullback']): Changed['pullback'] {
  return first && last && (gradient => first(last(gradient)))
}
