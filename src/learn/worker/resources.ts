import { findShippedNetwork } from '../../catalog/catalog'
import { loadShipped } from '../../catalog/load'
import { toInput } from '../../image/transform'
import { Picture } from '../../worker/decode'
import { SAMPLE } from '../protocol'
import type { ShippedFiles } from '../run/shipped'

/** A file that ships, as the page hands it over. */
export type AskFile = (file: string) => Promise<Uint8Array<ArrayBuffer>>

const read = new Map<string, Promise<ShippedFiles>>()

/** A network that ships and the sample picture for it, made once. */
export function readShipped(id: string, ask: AskFile): Promise<ShippedFiles> {
  const files = read.get(id) ?? makeShipped(id, ask)
  read.set(id, files)
  files.catch(() => read.delete(id))
  return files
}

async function makeShipped(id: string, ask: AskFile): Promise<ShippedFiles> {
  const entry = findShippedNetwork(id)
  const { bytes, labels } = await loadShipped(entry, ask)
  const { input: preprocessing, resize } = entry
  const picture = await Picture.decode(new Blob([await ask(SAMPLE)]), 'stored')
  const { input } = await toInput(picture, preprocessing, resize)
  picture.close()
  return { file: bytes, labels: labels.shown, input, preprocessing }
}
