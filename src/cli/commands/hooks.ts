import type { Layout } from '../../analysis/analyze'
import type { Availability, HookPoint } from '../../analysis/types'
import { readsLayer } from '../../attribution/method'
import { METHODS } from '../../attribution/methods'
import type { Surroundings } from '../batch'
import type { Console } from '../console'
import { type ModelOptions, readModel } from '../model'

export interface HooksOptions
  extends Pick<ModelOptions, 'model' | 'size' | 'output' | 'layout' | 'input' | 'pictureInput'> {
  readonly json: boolean
}

export interface HooksReport {
  readonly model: string
  readonly input: { readonly shape: readonly number[] }
  readonly classes: number
  /** Path of the default hook point. */
  readonly layer: string
  /** In the network's order. */
  readonly hooks: readonly (Pick<HookPoint, 'path' | 'op' | 'shape' | 'kind' | 'stage'> & {
    /** Where each method that makes maps of a layer can be used. */
    readonly methods: Readonly<Record<string, Availability>>
  })[]
}

const MAPS = METHODS.filter(method => method.result === 'map' && readsLayer(method))

/** The hook points of a network, read from its file; nothing is run. */
export async function hooks(options: HooksOptions, surroundings: Surroundings): Promise<HooksReport> {
  const { name, layer, analyzed } = await readModel(options, surroundings)
  const { input, classes, hookPoints } = analyzed.layout
  if (!options.json) printTable(analyzed.layout, layer, surroundings.console)
  const hooks = hookPoints.map(point => {
    const { path, op, shape, kind, stage } = point
    const methods = Object.fromEntries(MAPS.map(method => [method.id, method.available(analyzed.layout, point)]))
    return { path, op, shape, kind, stage, methods }
  })
  return { model: name, input: { shape: input.shape }, classes, layer, hooks }
}

function printTable(network: Layout, layer: string, console: Console): void {
  const rows = network.hookPoints.map(point => {
    const { path, op, shape, kind } = point
    return [
      path === layer ? `${path} *` : path,
      op,
      shape.join('×'),
      kind === 'attention' ? 'attention' : madeAt(network, point),
    ]
  })
  const table = [['hook point', 'op', 'shape', 'maps'], ...rows]
  const widths = [0, 1, 2].map(column => table.reduce((widest, row) => Math.max(widest, (row[column] ?? '').length), 0))
  for (const row of table)
    console.print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  console.print('\n* the default')
}

/** Which methods make maps at a hook point, in few words: `all`, `all but cam`, `score-cam`, `–`. */
function madeAt(network: Layout, point: HookPoint): string {
  const ids = (ok: boolean) => MAPS.filter(method => method.available(network, point).ok === ok).map(({ id }) => id)
  const [made, missing] = [ids(true), ids(false)]
  if (made.length === 0) return '–'
  if (missing.length === 0) return 'all'
  return missing.length < made.length ? `all but ${missing.join(', ')}` : made.join(', ')
}
