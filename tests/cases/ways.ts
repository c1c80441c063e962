import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-web'
import { Console } from '../../src/cli/console'
import { run } from '../../src/cli/main'
import { decodeShown, decodeStored, encodePng, pictureFile } from '../../src/cli/pictures'
import { HookscopeError } from '../../src/errors'
import { load } from '../../src/hookscope'
import { fromPixels } from '../../src/image/transform'
import type { Pixels, Preprocessing } from '../../src/image/types'
import type { NetworkView } from '../../src/worker/protocol'
import { Session } from '../../src/worker/session'
import '../support/engine'
import type { NdArray } from '../support/reference/array'

/** What is asked of a file on each way into the program. */
export interface Asked {
  readonly bytes: Uint8Array
  readonly picture: Pixels
  /** Values whose Grad-CAM is asked for. */
  readonly layers: readonly string[]
  readonly targets: readonly number[]
  /** false: none reaches the input, and none is asked for. */
  readonly inputGradient?: false
  /** What the user tells of the input; left out, the file's own word and the guess stand. */
  readonly told?: Partial<Preprocessing>
  readonly output?: string
}

export interface Seen {
  readonly logits: ArrayLike<number>
  /** Of the classes, best first; a library gives none. */
  readonly top?: readonly { readonly index: number; readonly label: string; readonly probability: number }[]
  /** By value and target: the map. */
  readonly maps: ReadonlyMap<string, ArrayLike<number>>
  /** By target. */
  readonly gradients: ReadonlyMap<number, ArrayLike<number>>
  /** What is said besides, on the command line. */
  readonly said: string
}

export const WAYS = ['page', 'command line', 'library'] as const
export type Way = (typeof WAYS)[number]

/** Values as they are: bytes from 0 to 1, nothing taken, nothing divided by. */
export const PLAIN = { range: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const

const quiet = { signal: new AbortController().signal, emit: () => {} }

export function session(): Session {
  const engines = {
    choose: async () => ({ name: 'wasm', threads: 2 }) as const,
    load: async () => ort,
  }
  return new Session(engines, async (file, colours) => {
    const picture = pictureFile('The picture', new Uint8Array(await file.arrayBuffer()))
    const pixels = await (colours === 'stored' ? decodeStored(picture) : decodeShown(picture))
    return { ...fromPixels(pixels), close: () => {} }
  })
}

/** As the page does: what is in the file, its setup, the network, one look, one question after the other. */
export async function byPage(asked: Asked): Promise<Seen & { readonly view: NetworkView }> {
  const page = session()
  const blob = new Blob([Uint8Array.from(asked.bytes)])
  const facts = await page.inspect({ file: blob, beside: [], output: asked.output ?? null }, quiet)
  const preprocessing = { ...facts.setup.preprocessing, ...asked.told }
  const setup = { ...facts.setup, preprocessing, resize: 'squash' as const }
  const own = { id: 'own', name: 'own', file: blob, beside: [], setup }
  const view = await page.open({ model: 'own', engine: 'wasm', base: '', own }, quiet)
  const picture = new Blob([Uint8Array.from(await encodePng(asked.picture))])
  const { logits } = await page.look({ picture, resize: 'squash' }, quiet)
  const maps = new Map<string, ArrayLike<number>>()
  const gradients = new Map<number, ArrayLike<number>>()
  for (const target of asked.targets) {
    for (const value of asked.layers) {
      const { value: found } = await page.explain({ method: 'gradcam', layer: pathOf(view, value), target }, quiet)
      if ('map' in found) maps.set(`${value} ${target}`, found.map.values)
    }
    if (asked.inputGradient === false) continue
    const { value: found } = await page.explain({ method: 'saliency', layer: view.layer, target }, quiet)
    if ('gradient' in found) gradients.set(target, found.gradient.values)
  }
  return { logits, maps, gradients, said: '', view }
}

function pathOf({ hookPoints }: NetworkView, value: string): string {
  const found = hookPoints.find(point => point.value === value)
  if (!found) throw new Error(`no hook point is the value ${value}`)
  return found.path
}

class Kept extends Console {
  readonly printed: string[] = []
  readonly sentences: string[] = []
  override print(line: string): void {
    this.printed.push(line)
  }
  override say(sentence: string): void {
    this.sentences.push(sentence)
  }
}

/** What the command line prints and says. */
export async function commandLine(args: readonly string[]): Promise<Pick<Kept, 'printed' | 'sentences'>> {
  const console = new Kept()
  await run(['node', 'hookscope', ...args], { console, signal: quiet.signal })
  return console
}

/** In process, with files in `folder`. @param view tells the paths of values, as `hookscope hooks` lists them */
export async function byCommandLine(asked: Asked, folder: string, view: NetworkView): Promise<Seen> {
  const [model, picture] = [join(folder, 'own.onnx'), join(folder, 'picture.png')]
  writeFileSync(model, asked.bytes)
  writeFileSync(picture, await encodePng(asked.picture))
  const { range, mean, std } = asked.told ?? {}
  const told = [
    ...(range ? ['--range', `${range}`] : []),
    ...(mean ? ['--mean', mean.join()] : []),
    ...(std ? ['--std', std.join()] : []),
    ...(asked.output ? ['--output', asked.output] : []),
  ]
  const layers = asked.layers.length > 0 ? ['--layer', asked.layers.map(value => pathOf(view, value)).join()] : []
  const classes = asked.targets.length > 0 ? ['--class', asked.targets.join()] : []
  const args = ['explain', picture, '--model', model, '--resize', 'squash', '--raw', ...told]
  const asks = [...(asked.layers.length > 0 ? ['gradcam'] : []), ...(asked.inputGradient === false ? [] : ['saliency'])]
  const methods = ['--method', asks.join()]
  const { printed, sentences } = await commandLine([...args, ...layers, ...classes, ...methods])
  const report = JSON.parse(printed.at(-1) ?? '{}')
  const [result] = report.results ?? []
  const map = result?.maps?.find((map: { error?: unknown }) => map.error)
  const failed = report.error ?? result?.error ?? (asked.targets.length > 0 ? map?.error : undefined)
  if (failed) throw new HookscopeError(failed.code, failed.message)
  const maps = new Map<string, ArrayLike<number>>()
  const gradients = new Map<number, ArrayLike<number>>()
  for (const map of result.maps)
    if (map.method === 'saliency') gradients.set(map.class, map.values)
    else maps.set(`${asked.layers.find(value => pathOf(view, value) === map.layer)} ${map.class}`, map.values)
  return { logits: result.logits, top: result.top, maps, gradients, said: sentences.join('\n') }
}

/**
 * Hooks see values and gradients; a Grad-CAM is made of them here, for values [1, C, H, W]. Of a batch the first row is
 * looked at.
 *
 * @param fed what the input `x` is fed
 * @param at the value whose gradient is that of the input: of whole numbers what they are cast to
 */
export async function byLibrary(asked: Asked, fed: NdArray, at: string): Promise<Seen> {
  const net = await load(asked.bytes)
  const [input] = net.inputs
  const dims = (input?.dims ?? fed.dims).map((size, i) =>
    typeof size === 'number' && size > 0 ? size : (fed.dims[i] ?? 1),
  )
  const count = dims.reduce((a, b) => a * b, 1)
  const run = await net.forward({
    image: { dims, data: Float32Array.from({ length: count }, (_, i) => fed.data[i % fed.data.length] ?? 0) },
  })
  const maps = new Map<string, ArrayLike<number>>()
  const gradients = new Map<number, ArrayLike<number>>()
  for (const target of asked.targets) {
    await run.backward({ class: target })
    for (const value of asked.layers)
      maps.set(`${value} ${target}`, relu(weightedSum(await run.value(value), await run.gradient(value))))
    if (asked.inputGradient !== false) gradients.set(target, (await run.gradient(at)).data.slice(0, fed.data.length))
  }
  const rows = count / fed.data.length
  const logits = run.logits.data.slice(0, run.logits.data.length / rows)
  run.dispose()
  await net.dispose()
  return { logits, maps, gradients, said: '' }
}

interface Channels {
  readonly dims: readonly number[]
  readonly data: ArrayLike<number>
}

/** Σ_k α_k·A_k, α_k the mean of the gradient over the places, of values [1, C, H, W]; a Grad-CAM is its ReLU. */
export function weightedSum(activation: Channels, gradient: Channels | undefined): Float64Array {
  const [, channels = 1, height = 1, width = 1] = activation.dims
  const plane = height * width
  const map = new Float64Array(plane)
  for (let c = 0; c < channels; c++) {
    let weight = 0
    for (let i = 0; i < plane; i++) weight += (gradient?.data[c * plane + i] ?? 0) / plane
    for (let i = 0; i < plane; i++) map[i] = (map[i] ?? 0) + weight * (activation.data[c * plane + i] ?? Number.NaN)
  }
  return map
}

export const relu = (values: Float64Array): Float64Array => values.map(value => Math.max(value, 0))
