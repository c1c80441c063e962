import * as ort from 'onnxruntime-web'
import { readNetwork } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { createRuntime } from '../../src/engine/ort'
import type { Run } from '../../src/engine/run'
import { fromPixels, toInput } from '../../src/image/transform'
import { goldenPixels, modelBytes, PREPROCESSING } from './golden'

ort.env.logLevel = 'error'
ort.env.wasm.numThreads = 2

/** One engine for all tests of a file, as a page has one. */
export const runtime = createRuntime(ort, 'wasm')

export const openModel = (id: string): Promise<Network> => Network.create(readNetwork(modelBytes(id)), runtime)

/** A network that ships, run on a picture of the golden ones. */
export async function runOn(id: keyof typeof PREPROCESSING, picture: string): Promise<{ network: Network; run: Run }> {
  const network = await openModel(id)
  const preprocessing = PREPROCESSING[id]
  if (!preprocessing) throw new Error(`no preprocessing for ${id}`)
  const { input } = await toInput(fromPixels(await goldenPixels(picture)), preprocessing, 'crop')
  return { network, run: await network.forward(input) }
}
