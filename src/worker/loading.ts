import { type AnalyzedModel, findHookPoint, readNetwork } from '../analysis/analyze'
import { findNetwork } from '../catalog/catalog'
import { loadLabels } from '../catalog/label-sets'
import { loadNetwork, sha256 } from '../catalog/load'

import { type Beside, type OpenFile, readOwn } from '../catalog/own'
import { forType } from '../preprocessing/check'

import { networkSources, readModelFile } from './model-files'
import type { Calls, NetworkView, OwnNetwork, Progress } from './protocol'

/** A network that has been read, with all that is said of it. */
interface Loaded extends Pick<NetworkView, 'id' | 'name' | 'labels' | 'preprocessing' | 'resize' | 'layer'> {
  readonly analyzed: AnalyzedModel
}

/** A network of the catalog, its file downloaded where it does not ship. */
export async function loadListed(
  { model, base }: Calls['open']['params'],
  { signal, emit }: { readonly signal: AbortSignal; emit(progress: Progress): void },
): Promise<Loaded> {
  const entry = findNetwork(model)
  const total = entry.bytes
  emit({ phase: 'download', loaded: 0, total })
  const onBytes = telling(total, emit)
  const { bytes, labels } = await loadNetwork(entry, networkSources(base), { onBytes, signal })
  const analyzed = readNetwork(bytes)
  const layer = entry.layer ? findHookPoint(analyzed, entry.layer).path : analyzed.layout.layer
  return { ...entry, labels: labels.shown, preprocessing: entry.input, layer, analyzed }
}

/** Tells of a download as often as it can be seen. */
export function telling(total: number, emit: (progress: Progress) => void): (loaded: number) => void {
  let told = 0
  return loaded => {
    if (loaded < total && loaded - told < total / 200) return
    told = loaded
    emit({ phase: 'download', loaded, total })
  }
}

export async function loadOwn(
  { id, name, file, beside, setup }: OwnNetwork,
  open: OpenFile,
  signal: AbortSignal,
): Promise<Loaded> {
  const { output, activation, picture, inputs, preprocessing, resize } = setup
  const reading = { output, activation, picture, inputs, size: preprocessing.size }
  const { analyzed } = await readOwn(await bytesOf(file), reading, among(beside), open)
  const { classes, layer, answer } = analyzed.layout
  const labels = await loadLabels(setup.labels, classes, readModelFile, signal, answer.isSingle)
  const fed = forType(preprocessing, analyzed.layout.input.type)
  return { id, name, labels: labels.shown, preprocessing: fed, resize, layer, analyzed }
}

/** Files are told apart by their names: a page sees no folders. */
const among =
  (files: readonly File[]): Beside =>
  async location => {
    const found = files.find(({ name }) => name === location.split('/').at(-1))
    return found && (await bytesOf(found))
  }

async function bytesOf(file: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.arrayBuffer())
}

export async function inspectOwn(
  { file, beside, ...reading }: Calls['inspect']['params'],
  open: OpenFile,
): Promise<Calls['inspect']['result']> {
  const bytes = await bytesOf(file)
  const { facts } = await readOwn(bytes, reading, among(beside), open)
  return { ...facts, sha256: await sha256(bytes) }
}
