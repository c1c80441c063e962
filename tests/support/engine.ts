import * as ort from 'onnxruntime-web'
import { readNetwork } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import { createRuntime } from '../../src/engine/ort'
import { modelBytes } from './golden'

ort.env.logLevel = 'error'
ort.env.wasm.numThreads = 2

/** One engine for all tests of a file, as a page has one. */
export const runtime = createRuntime(ort, 'wasm')

export const openModel = (id: string): Promise<Network> => Network.create(readNetwork(modelBytes(id)), runtime)
