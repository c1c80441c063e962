import type { HookPoint } from '../../analysis/types'
import { METHOD_NAMES } from '../../cam/methods'
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
  readonly hooks: readonly Pick<HookPoint, 'path' | 'op' | 'shape' | 'kind' | 'stage' | 'methods'>[]
}

/** The hook points of a network, read from its file; nothing is run. */
export async function hooks(options: HooksOptions, surroundings: Surroundings): Promise<HooksReport> {
  const { name, layer, blueprint } = await readModel(options, surroundings)
  const { input, classes, hookPoints } = blueprint.layout
  if (!options.json) printTable(hookPoints, layer, surroundings.console)
  const hooks = hookPoints.map(({ path, op, shape, kind, stage, methods }) => ({
    path,
    op,
    shape,
    kind,
    stage,
    methods,
  }))
  return { model: name, input: { shape: input.shape }, classes, layer, hooks }
}

function printTable(points: readonly HookPoint[], layer: string, console: Console): void {
  const rows = points.map(({ path, op, shape, kind, methods }) => [
    path === layer ? `${path} *` : path,
    op,
    shape.join('×'),
    METHOD_NAMES.filter(method => methods[method].ok).join(', ') || (kind === 'attention' ? 'attention' : '–'),
  ])
  const table = [['hook point', 'op', 'shape', 'methods'], ...rows]
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
