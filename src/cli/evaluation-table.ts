import type { Evaluated } from '../engine/evaluate'
import type { Metric } from '../metrics/metric'
import type { Failure } from './report'

/** What metrics say of one method, layer and class of a picture. */
export interface Row {
  readonly picture: string
  /** Id of the method. */
  readonly method: string
  readonly layer: string
  /** Its index, or what was asked for where the network has no such class. */
  readonly class: number | string
  readonly label?: string
  readonly values: readonly (
    | ({ readonly metric: string } & Evaluated)
    | { readonly metric: string; readonly error: Failure }
  )[]
  readonly error?: Failure
}

/** A table a picture and class, then the means over all of them where there are several. */
export function tableOf(
  rows: readonly Row[],
  metrics: readonly Metric[],
  { seed, random }: { readonly seed: number; readonly random: number },
): string {
  const told = rows.filter(row => !row.error)
  const groups = groupedBy(told, row => `${row.picture} · ${row.label} (class ${row.class})`)
  const tables = [...groups].map(([title, rows]) => [title, ...aligned(rows.map(lineOf), metrics)].join('\n'))
  if (groups.size > 1) tables.push([`Mean of ${groups.size}`, ...aligned(means(told), metrics)].join('\n'))
  const chance =
    random > 0 ? `In brackets: the mean of ${random} random ${random === 1 ? 'map' : 'maps'} on the same cells. ` : ''
  return [...tables, `${chance}↓ less is better, ↑ more is better. Seed ${seed}.`].join('\n\n')
}

interface Line {
  readonly name: string
  readonly cells: ReadonlyMap<string, { readonly value: number; readonly chance: number | undefined }>
}

const lineOf = ({ method, layer, values }: Row): Line => ({
  name: `${method}  ${layer}`,
  cells: new Map(
    values.flatMap(found =>
      'error' in found ? [] : [[found.metric, { value: found.value, chance: found.chance?.mean }] as const],
    ),
  ),
})

function means(rows: readonly Row[]): readonly Line[] {
  return [...groupedBy(rows.map(lineOf), ({ name }) => name)].map(([name, lines]) => {
    const ids = new Set(lines.flatMap(({ cells }) => [...cells.keys()]))
    const cells = [...ids].map(id => {
      const found = lines.flatMap(({ cells }) => cells.get(id) ?? [])
      const chances = found.flatMap(({ chance }) => chance ?? [])
      const chance = chances.length === found.length ? mean(chances) : undefined
      return [id, { value: mean(found.map(({ value }) => value)), chance }] as const
    })
    return { name, cells: new Map(cells) }
  })
}

/** In the order in which keys are first met. */
function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group) group.push(one)
    else groups.set(keyOf(one), [one])
  }
  return groups
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function aligned(lines: readonly Line[], metrics: readonly Metric[]): readonly string[] {
  const head = ['', ...metrics.map(({ id, good }) => `${id} ${good === 'lower' ? '↓' : '↑'}`)]
  const body = lines.map(({ name, cells }) => [
    name,
    ...metrics.map(({ id }) => {
      const found = cells.get(id)
      if (!found) return '–'
      return found.chance === undefined ? short(found.value) : `${short(found.value)} (${short(found.chance)})`
    }),
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...body].map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, ...body].map(row => `  ${line(row)}`)
}

const short = (value: number): string =>
  Math.abs(value) < 1e-3 && value !== 0 ? value.toPrecision(2) : value.toFixed(3)

const COLUMNS = [
  'picture',
  'class',
  'label',
  'method',
  'layer',
  'metric',
  'value',
  'chance',
  'deviation',
  'draws',
  'error',
]

/** RFC 4180, with a line for each number. */
export function csvOf(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ picture, class: index, label, method, layer, values, error }) => {
    const start = [picture, index, label, method, layer]
    if (error) return [[...start, '', '', '', '', '', error.message]]
    return values.map(found => {
      if ('error' in found) return [...start, found.metric, '', '', '', '', found.error.message]
      const { chance } = found
      return [...start, found.metric, found.value, chance?.mean, chance?.deviation, chance?.draws, '']
    })
  })
  return [COLUMNS, ...lines].map(line => line.map(quoted).join(',')).join('\n')
}

function quoted(cell: string | number | undefined): string {
  const text = String(cell ?? '')
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
