import { setImmediate } from 'node:timers/promises'
import { pictureShape } from '../analysis/image-input'
import type { Network } from '../engine/network'
import type { Run } from '../engine/run'
import { HookscopeError } from '../errors'
import { tensorPixels } from '../image/tensor'
import { fromPixels, type NetworkInput, toInput } from '../image/transform'
import type { Pixels, ResizeRule } from '../image/types'
import type { Console } from './console'
import { readBytes } from './files'
import { ENGINE, type Model, startNetwork } from './model'
import { decodeShown, decodeStored, pictureFile } from './pictures'
import { failure, type PictureError, type Report } from './report'
import { checkChannels } from './setup'
import { isTensorFile, readTensorFile } from './tensor-file'

/** A picture that the network has seen. */
export interface Sight extends NetworkInput {
  readonly file: { readonly name: string }
  /** Null of a file that holds the input itself. */
  readonly resize: ResizeRule | null
  readonly run: Run
  /** As people see it; of a tensor its colours, or its first channel, from the least value to the most. */
  readonly shown: () => Promise<Pixels>
}

export interface BatchOptions {
  /** The model's own unless given. */
  readonly resize?: ResizeRule | undefined
}

/**
 * Shows the network one picture after the other, its forward pass run once for each; a picture that cannot be had becomes an error in its place.
 * @param tell what to report of a picture; its run is disposed afterwards
 */
export async function batch<R>(
  model: Model,
  pictures: readonly string[],
  options: BatchOptions,
  { console, signal }: Surroundings,
  tell: (sight: Sight) => Promise<R>,
): Promise<Report<R>> {
  const network = await startNetwork(model)
  const resize = options.resize ?? model.resize
  const results: (R | PictureError)[] = []
  for (const picture of console.progress(pictures)) {
    try {
      const seen = await see(picture, model, resize)
      await stopIfInterrupted(signal)
      const run = await look(network, seen.input, model)
      try {
        results.push(await tell({ ...seen, run }))
      } finally {
        run.dispose()
      }
    } catch (error) {
      results.push({ picture, error: failure(console.fail(error)) })
    }
  }
  await network.dispose()
  const { name, ablations } = model
  return { model: name, engine: ENGINE, ...(ablations.length > 0 ? { ablated: ablations } : {}), results }
}

/** A picture as the network takes it, or a file that holds the network's input itself. */
async function see(name: string, model: Model, resize: ResizeRule): Promise<Omit<Sight, 'run'>> {
  const bytes = await readBytes(name, 'bad-picture')
  const { input } = model.analyzed.layout
  if (isTensorFile(name)) {
    const values = readTensorFile(bytes, name, pictureShape(input))
    const { width, height } = input
    const seen = { x: 0, y: 0, width, height }
    return { input: values, seen, file: { name }, resize: null, shown: async () => tensorPixels(values, input) }
  }
  checkChannels(model.preprocessing)
  const file = pictureFile(name, bytes)
  const seen = await toInput(fromPixels(await decodeStored(file)), model.preprocessing, resize)
  return { ...seen, file, resize, shown: () => decodeShown(file) }
}

/** The network's run of a picture, with the channels off that are to be. */
async function look(network: Network, input: Float32Array, { interventions }: Model): Promise<Run> {
  const run = await network.forward(input)
  if (interventions.length === 0) return run
  try {
    return await run.intervene(interventions)
  } finally {
    run.dispose()
  }
}

/** The surroundings of a command. */
export interface Surroundings {
  readonly console: Console
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal
}

/** Lets an interrupt in, which the engine's work keeps out. @throws HookscopeError 'cancelled' */
export async function stopIfInterrupted(signal: AbortSignal): Promise<void> {
  await setImmediate()
  if (signal.aborted) throw new HookscopeError('cancelled', 'Interrupted.')
}
