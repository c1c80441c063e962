import sample from '/samples/chelsea.png?url'
import { findNetwork } from '../../catalog/catalog'
import { loadLabels } from '../../catalog/label-sets'
import { HookscopeError } from '../../errors'
import { toInput } from '../../image/transform'
import { Picture } from '../../worker/decode'
import { chooseEngine, loadOrt } from '../../worker/load-ort'
import { readModelFile } from '../../worker/model-files'
import type { Host, ShippedFiles } from '../run/shipped'

/** ONNX Runtime on WASM. @throws HookscopeError `engine-failed` */
export async function loadEngine(): Promise<Host['ort']> {
  return loadOrt(await chooseEngine('wasm'))
}

const read = new Map<string, Promise<ShippedFiles>>()

/** A network that ships and the sample picture for it, fetched once. */
export function readShipped(id: string, progress: (doing: string) => void): Promise<ShippedFiles> {
  const files = read.get(id) ?? fetchShipped(id, progress)
  read.set(id, files)
  files.catch(() => read.delete(id))
  return files
}

async function fetchShipped(id: string, progress: (doing: string) => void): Promise<ShippedFiles> {
  const { file, name, bytes, labels, classes, input: preprocessing, resize } = findNetwork(id)
  const total = megabytes(bytes)
  const onBytes = (loaded: number) => progress(`Fetching ${name}: ${megabytes(loaded)} of ${total} MB`)
  const network = await readModelFile(file, { onBytes })
  const names = await loadLabels(labels, classes, readModelFile)
  const picture = await Picture.decode(await fetchSample(), 'stored')
  const { input } = await toInput(picture, preprocessing, resize)
  picture.close()
  return { file: network, labels: names.shown, input, preprocessing }
}

async function fetchSample(): Promise<Blob> {
  const response = await fetch(new URL(sample, import.meta.url))
  if (response.ok) return response.blob()
  throw new HookscopeError('bad-picture', 'The sample picture could not be fetched. Check the connection.')
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0)
