import { setImmediate } from 'node:timers/promises'
import type { Network } from '../engine/network'
import type { Run } from '../engine/run'
import { HookscopeError } from '../errors'
import { fromPixels, type NetworkInput, toInput } from '../image/transform'
import type { ResizeRule } from '../image/types'
import type { Console } from './console'
import { readBytes } from './files'
import { ENGINE, type Model, startNetwork } from './model'
import { decodeStored, type PictureFile, pictureFile } from './pictures'
import { failure, type PictureError, type Report } from './report'

/** A picture that the network has seen. */
export interface Sight extends NetworkInput {
  readonly file: PictureFile
  readonly resize: ResizeRule
  readonly run: Run
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
      const file = pictureFile(picture, await readBytes(picture, 'bad-picture'))
      const seen = await toInput(fromPixels(await decodeStored(file)), model.preprocessing, resize)
      await stopIfInterrupted(signal)
      const run = await look(network, seen.input, model)
      try {
        results.push(await tell({ ...seen, file, resize, run }))
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

/** What a command runs in. */
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
