import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { type AnalyzedModel, findHookPoint } from '../analysis/analyze'
import { findNetwork, NETWORKS } from '../catalog/catalog'
import { loadLabels, namesIn } from '../catalog/label-sets'
import type { Labels } from '../catalog/labels'
import { loadNetwork } from '../catalog/load'

import { type OpenFile, type OwnReading, readOwn } from '../catalog/own'

import type { Intervention } from '../engine/intervene'
import { Network } from '../engine/network'
import { openModel } from '../engine/open'
import { createRuntime } from '../engine/ort'
import type { Runtime } from '../engine/runtime'
import type { EngineName } from '../engine/types'
import { HookscopeError } from '../errors'
import type { Preprocessing, ResizeRule } from '../image/types'
import { forType } from '../preprocessing/check'
import { type Ablation, switchedOff } from './ablation'
import type { Surroundings } from './batch'
import { readBeside, readBytes, readModelFile } from './files'
import { networkSources } from './networks'
import { type Overrides, override, readLabelSource, sayAnswer, sayInput } from './setup'

export const ENGINE: EngineName = 'wasm'

/** A network as the command line was told of it: of the catalog, or a file. */
export interface Model {
  /** As it was asked for. */
  readonly name: string
  /** Its name in the names of saved files. */
  readonly id: string
  readonly labels: Labels
  readonly preprocessing: Preprocessing
  readonly resize: ResizeRule
  /** Path of the default hook point. */
  readonly layer: string
  readonly analyzed: AnalyzedModel
  /** Channels that are switched off. */
  readonly ablations: readonly Ablation[]
  /** The same, as a run is asked for them. */
  readonly interventions: readonly Intervention[]
}

export interface ModelOptions extends Overrides {
  readonly model: string
  /** Channels to switch off. */
  readonly ablate?: readonly Ablation[] | undefined
}

/**
 * @throws HookscopeError 'unknown-model', 'model-unavailable', 'bad-model'; 'bad-argument' of what is told of it;
 * 'unknown-layer', 'bad-argument' of ablations
 */
export async function readModel(options: ModelOptions, surroundings: Surroundings): Promise<Model> {
  const { model: asked, ablate: ablations = [] } = options
  const read = /\.onnx$|[/\\]/i.test(asked) ? readFileModel : readCatalogModel
  const model = await read(options, surroundings)
  const interventions = switchedOff(model.analyzed, ablations)
  const id = ablations.length > 0 ? `${model.id}-ablated` : model.id
  return { ...model, id, ablations, interventions }
}

/** Compiles the network on the WASM engine, with threads. @throws HookscopeError 'engine-failed' */
export async function startNetwork({ analyzed }: Model): Promise<Network> {
  return await Network.create(analyzed, await startEngine())
}

let engine: Promise<Runtime> | undefined

/** The engine, started once. */
function startEngine(): Promise<Runtime> {
  engine ??= import('onnxruntime-web').then(ort => {
    ort.env.logLevel = 'error'
    ort.env.wasm.numThreads = Math.min(4, availableParallelism())
    return createRuntime(ort, ENGINE)
  })
  return engine
}

/** Reads files so that an interrupt stops it, and a large one shows how far it is. */
const openFile =
  ({ console, signal }: Surroundings): OpenFile =>
  async (bytes, reading) => {
    const bar = console.working('reading the network')
    try {
      return await openModel(bytes, reading, startEngine, { signal, onProgress: bar.update })
    } finally {
      bar.stop()
    }
  }

type Plain = Omit<Model, 'ablations' | 'interventions'>

async function readCatalogModel(options: ModelOptions, surroundings: Surroundings): Promise<Plain> {
  const entry = findModel(options.model)
  const { bytes, labels } = await loadNetwork(entry, networkSources(surroundings), { signal: surroundings.signal })
  const { analyzed } = await named(entry.id, () => readOwn(bytes, reading(options)))
  const { classes, layer } = analyzed.layout
  return {
    name: entry.id,
    id: entry.id,
    labels: options.labels ? await loadLabels(await readLabelSource(options.labels), classes, readModelFile) : labels,
    preprocessing: override(options, entry.input),
    resize: entry.resize,
    layer: entry.layer ? findHookPoint(analyzed, entry.layer).path : layer,
    analyzed,
  }
}

/** The options that change how a file is read. */
function reading({ output, activation, size, layout, input: inputs, pictureInput: picture }: ModelOptions): OwnReading {
  return { output, activation, size, layout, inputs, picture }
}

function findModel(asked: string) {
  try {
    return findNetwork(asked)
  } catch (cause) {
    const known = NETWORKS.map(entry => entry.id).join(', ')
    const message = `There is no network called “${asked}”. Choose one of ${known}, or give the path of an .onnx file.`
    throw new HookscopeError('unknown-model', message, { cause })
  }
}

async function readFileModel(options: ModelOptions, surroundings: Surroundings): Promise<Plain> {
  const { console, signal } = surroundings
  const path = options.model
  const bytes = await readBytes(path, 'model-unavailable')
  const given = options.labels ? await readLabelSource(options.labels) : undefined
  const asked = { ...reading(options), labels: given && namesIn(given) }
  const { analyzed, facts } = await named(path, () => readOwn(bytes, asked, readBeside(path), openFile(surroundings)))
  const preprocessing = override(options, facts.setup.preprocessing)
  const source = given ?? facts.setup.labels
  const labels = await loadLabels(source, facts.classes, readModelFile, signal, facts.answer.isSingle)
  sayAnswer(path, options, facts, console)
  sayInput(path, options, facts, { ...facts.setup, preprocessing, labels: source }, console)
  return {
    name: path,
    id: basename(path).replace(/\.onnx$/i, ''),
    labels,
    preprocessing: forType(preprocessing, facts.input.type),
    resize: facts.setup.resize,
    layer: analyzed.layout.layer,
    analyzed,
  }
}

/** Puts the file's name before what is wrong with it. */
async function named<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (!(cause instanceof HookscopeError) || cause.message.includes(path)) throw cause
    throw new HookscopeError(cause.code, `${path}: ${cause.message}`, { cause })
  }
}
