import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import type { MethodName } from '../cam/methods'
import { findNetwork, NETWORKS } from '../catalog/catalog'
import { type Labels, numberedLabels } from '../catalog/labels'
import { loadNetwork } from '../catalog/load'
import { type Ablation, ablate } from '../engine/ablate'
import { type Blueprint, findHookPoint, type Layout, readNetwork } from '../engine/layout'
import { Network } from '../engine/network'
import { createRuntime } from '../engine/ort'
import type { EngineName } from '../engine/types'
import { HookscopeError } from '../errors'
import type { Preprocessing, ResizeRule } from '../image/types'
import { readBytes, readModelFile } from './files'

export const ENGINE: EngineName = 'wasm'

/** A network as the command line was told of it: of the catalog, or a file. */
export interface Model {
  /** As it was asked for. */
  readonly name: string
  /** What files that are saved call it. */
  readonly id: string
  readonly labels: Labels
  readonly preprocessing: Preprocessing
  readonly resize: ResizeRule
  /** Path of the default hook point. */
  readonly layer: string
  readonly blueprint: Blueprint
  /** Channels that the blueprint has switched off. */
  readonly ablations: readonly Ablation[]
}

/** @throws HookscopeError 'unknown-model', 'model-unavailable', 'bad-model'; 'unknown-layer', 'bad-argument' of ablations */
export async function readModel(asked: string, ablations: readonly Ablation[] = []): Promise<Model> {
  const model = /\.onnx$|[/\\]/i.test(asked) ? await readFileModel(asked) : await readCatalogModel(asked)
  if (ablations.length === 0) return { ...model, ablations }
  return { ...model, id: `${model.id}-ablated`, blueprint: ablate(model.blueprint, ablations), ablations }
}

/** Compiles the network on the WASM engine, with threads. @throws HookscopeError 'engine-failed' */
export async function startNetwork({ blueprint }: Model): Promise<Network> {
  const ort = await import('onnxruntime-web')
  ort.env.logLevel = 'error'
  ort.env.wasm.numThreads = Math.min(4, availableParallelism())
  return await Network.create(blueprint, createRuntime(ort, ENGINE))
}

/** The hook point that a method reads where none is asked for. */
export function defaultLayer({ blueprint, layer }: Model, method: MethodName): string {
  const { cam } = blueprint.layout
  return method === 'cam' && cam.ok ? cam.layer : layer
}

async function readCatalogModel(asked: string): Promise<Omit<Model, 'ablations'>> {
  const entry = findModel(asked)
  const { bytes, labels } = await loadNetwork(entry, readModelFile)
  const blueprint = readNetwork(bytes)
  const { path } = findHookPoint(blueprint, entry.layer)
  return {
    name: entry.id,
    id: entry.id,
    labels,
    preprocessing: entry.input,
    resize: entry.resize,
    layer: path,
    blueprint,
  }
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

async function readFileModel(path: string): Promise<Omit<Model, 'ablations'>> {
  const bytes = await readBytes(path, 'model-unavailable')
  const blueprint = named(path, () => readNetwork(bytes))
  const { layout } = blueprint
  return {
    name: path,
    id: basename(path).replace(/\.onnx$/i, ''),
    labels: numberedLabels(layout.classes),
    preprocessing: torchvisionPreprocessing(layout),
    resize: 'crop',
    layer: layout.layer,
    blueprint,
  }
}

/** Puts the file's name before what is wrong with it. */
function named<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof HookscopeError) || cause.message.includes(path)) throw cause
    throw new HookscopeError(cause.code, `${path}: ${cause.message}`, { cause })
  }
}

/** torchvision's ImageNet preset: short side to 256 for an input of 224 (342 for 299), mean and std of ImageNet. */
function torchvisionPreprocessing({ input }: Layout): Preprocessing {
  const [height = 224, width = 224] = input.shape.slice(2)
  return {
    size: [height, width],
    shortSide: Math.round((Math.max(height, width) * 256) / 224),
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  }
}
