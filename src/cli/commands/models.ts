import { type DownloadEntry, findNetwork, isDownload, NETWORKS, type NetworkEntry } from '../../catalog/catalog'
import { HookscopeError } from '../../errors'
import { cache, cacheFolder } from '../cache'
import type { Console } from '../console'
import { findShipped } from '../files'

export interface ModelsOptions {
  /** Networks whose downloads are to be deleted. */
  readonly remove: readonly string[]
  readonly json: boolean
}

export interface ModelsReport {
  /** Where downloads are kept. */
  readonly cache: string
  readonly models: readonly {
    readonly id: string
    readonly name: string
    readonly dataset: string
    readonly classes: number
    readonly bytes: number
    readonly licence: string
    /**
     * `shipped` with the program or hookscope-networks, `absent` where that is not installed, `kept` in the cache, `partial`
     * there, or `remote`: fetched when it is asked for.
     */
    readonly state: State
    /** Bytes that take room in the cache. */
    readonly kept: number
  }[]
}

type State = 'shipped' | 'absent' | 'kept' | 'partial' | 'remote'

/** The networks of the catalog and where each is; deletes downloads first where that is asked for. */
export async function models({ remove, json }: ModelsOptions, console: Console): Promise<ModelsReport> {
  for (const entry of remove.map(downloadOf)) {
    const bytes = await cache.size(entry.file)
    await cache.remove(entry.file)
    console.say(
      bytes > 0 ? `${entry.name} is deleted: ${megabytes(bytes)} are free again.` : `${entry.name} was not kept.`,
    )
  }
  const listed = await Promise.all(
    NETWORKS.map(async entry => {
      const { id, name, dataset, classes, bytes, licence } = entry
      const kept = await cache.size(entry.file)
      const state = (await findShipped(entry.file)) ? 'shipped' : stateOf(entry, kept)
      return { id, name, dataset, classes, bytes, licence, state, kept }
    }),
  )
  if (!json) print(listed, console)
  return { cache: cacheFolder(), models: listed }
}

function downloadOf(id: string): DownloadEntry {
  const entry = findNetwork(id)
  if (isDownload(entry)) return entry
  throw new HookscopeError('bad-argument', `${entry.name} ships with the program and cannot be deleted.`)
}

function stateOf(entry: NetworkEntry, kept: number): State {
  if (kept === entry.bytes) return 'kept'
  if (kept > 0) return 'partial'
  return isDownload(entry) ? 'remote' : 'absent'
}

function print(listed: ModelsReport['models'], console: Console): void {
  const words = (state: State, kept: number) =>
    ({
      shipped: 'ships with the program',
      absent: 'in hookscope-networks, not installed',
      kept: 'downloaded',
      partial: `${megabytes(kept)} downloaded`,
      remote: 'downloaded when asked for',
    })[state]
  const rows = listed.map(({ id, dataset, classes, bytes, licence, state, kept }) => [
    id,
    `${dataset}, ${classes.toLocaleString('en')} classes`,
    megabytes(bytes),
    licence,
    words(state, kept),
  ])
  const table = [['network', 'trained on', 'size', 'licence', ''], ...rows]
  const widths = [0, 1, 2, 3, 4].map(column => Math.max(...table.map(row => (row[column] ?? '').length)))
  for (const row of table)
    console.print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  const kept = listed.reduce((sum, model) => sum + model.kept, 0)
  if (kept > 0)
    console.print(`\n${megabytes(kept)} in ${cacheFolder()}; hookscope models --remove ID deletes a download.`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
