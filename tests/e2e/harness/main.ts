import { readNetwork } from '../../../src/analysis/analyze'
import { findNetwork } from '../../../src/catalog/catalog'
import { Network } from '../../../src/engine/network'
import { createRuntime } from '../../../src/engine/ort'
import type { EngineName } from '../../../src/engine/types'
import { load, type Net } from '../../../src/hookscope'
import { toInput } from '../../../src/image/transform'
import { Picture } from '../../../src/worker/decode'
import { loadOrt } from '../../../src/worker/load-ort'
import { gradientOf, mapOf } from '../../support/explain'

async function open(bytes: Uint8Array, name: EngineName, size?: readonly [number, number]): Promise<Network> {
  return Network.create(readNetwork(bytes, size && { size }), createRuntime(await loadOrt({ name, threads: 1 }), name))
}

async function inputOf(network: string, picture: Blob): Promise<Float32Array> {
  const { input } = await toInput(await Picture.decode(picture, 'stored'), findNetwork(network).input, 'crop')
  return input
}

async function hook(bytes: Uint8Array, name: EngineName): Promise<Net> {
  return load(bytes, { engine: name, ort: await loadOrt({ name, threads: 1 }) })
}

const harness = { open, inputOf, hook, mapOf, gradientOf }

export type Harness = typeof harness

Object.assign(window, { harness })
