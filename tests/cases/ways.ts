import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as ort from 'onnxruntime-web'
import type { ActivationName } from '../../src/analysis/activation'
import { findMethod } from '../../src/attribution/methods'
import { Console } from '../../src/cli/console'
import { decodeShown, decodeStored, encodePng, pictureFile } from '../../src/cli/pictures'
import { run } from '../../src/cli/program'
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
  readonly activation?: ActivationName
  /** Texts of files that lie beside it, by name. */
  readonly beside?: Readonly<Record<string, string>>
  /** What the user tells of inputs besides the picture. */
  readonly inputs?: Readonly<Record<string, readonly number[]>>
  /** Asked for besides Grad-CAM and saliency, without a layer. */
  readonly methods?: readonly ('cam' | 'guided')[]
  /** Values whose Grad-CAM is asked for although there is none. */
  readonly refused?: readonly string[]
}

export interface Seen {
  readonly logits: ArrayLike<number>
  /** Of the classes, best first, with logits where there is no probability; a library gives none. */
  readonly top?: readonly { readonly index: number; readonly label: string; readonly probability: number }[]
  /** By value and target: the map. */
  readonly maps: ReadonlyMap<string, ArrayLike<number>>
  /** By target. */
  readonly gradients: ReadonlyMap<number, ArrayLike<number>>
  /** By method and target, or by value: what else was asked for, or the sentence that refuses it. A library gives none. */
  readonly others: ReadonlyMap<string, ArrayLike<number> | string>
  /** The value that the default layer is. */
  readonly main?: string
  /** What is said besides; a library says nothing. */
  readonly said: string
}

export const WAYS = ['page', 'command line', 'library'] as const
export type Way = (typeof WAYS)[number]

/** Values as they are: bytes from 0 to 1, nothing taken, nothing divided by. */
export const PLAIN = { range: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const

export const quiet = { signal: new AbortController().signal, emit: () => {} }

/** In place of `fetch`: the names of classes that ship lie beside a page. */
export const fetchShipped: typeof fetch = async input =>
  new Response(new Uint8Array(readFileSync(join('models', basename(new URL(String(input)).pathname)))))

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
  const beside = Object.entries(asked.beside ?? {}).map(([name, text]) => new File([text], name))
  const { inputs, activation } = asked
  const reading = { output: asked.output ?? null, inputs, activation, size: asked.told?.size }
  const facts = await page.inspect({ file: blob, beside, ...reading }, quiet)
  const preprocessing = { ...facts.setup.preprocessing, ...asked.told }
  const setup = { ...facts.setup, preprocessing, resize: 'squash' as const }
  const own = { id: 'own', name: 'own', file: blob, beside, setup }
  const view = await page.open({ model: 'own', engine: 'wasm', base: '', own }, quiet)
  const picture = new Blob([Uint8Array.from(await encodePng(asked.picture))])
  const { logits, probabilities } = await page.look({ picture, resize: 'squash' }, quiet)
  const top = Array.from(probabilities, (probability, index) => ({
    ...{ index, probability, label: view.labels[index] ?? '' },
  })).sort((a, b) => b.probability - a.probability)
  const { outputs, notes } = facts
  const sentences = [...notes, ...outputs.map(({ output }) => output)]
  const ask = async (method: string, target: number, layer = view.layer) => {
    const { value } = await page.explain({ method, layer, target: { class: target } }, quiet)
    if (value.kind === 'gradient') return value.gradient.values
    if (value.map.places?.mixed) sentences.push(value.map.places.mixed)
    return value.map.values
  }
  const maps = new Map<string, ArrayLike<number>>()
  const gradients = new Map<number, ArrayLike<number>>()
  const others = new Map<string, ArrayLike<number> | string>()
  const attempt = async (key: string, answer: Promise<ArrayLike<number>>) =>
    others.set(key, await answer.catch(sentence))
  for (const target of asked.targets) {
    for (const value of asked.layers) maps.set(`${value} ${target}`, await ask('gradcam', target, pathOf(view, value)))
    if (asked.inputGradient !== false) gradients.set(target, await ask('saliency', target))
    for (const method of asked.methods ?? [])
      if (method === 'cam' && !view.cam.ok) others.set(`cam ${target}`, view.cam.reason)
      else await attempt(`${method} ${target}`, ask(method, target, view.cam.ok ? view.cam.layer : view.layer))
  }
  for (const value of asked.refused ?? []) await attempt(value, ask('gradcam', 0, pathOf(view, value)))
  const said = [...sentences, findMethod('guided').remark?.(view)].join('\n')
  return { logits, top, maps, gradients, others, main: valueAt(view, view.layer), said, view }
}

function sentence(error: unknown): string {
  if (error instanceof HookscopeError) return error.message
  throw error
}

const valueAt = ({ hookPoints }: NetworkView, path: string): string =>
  hookPoints.find(point => point.path === path)?.value ?? ''

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
  for (const [name, text] of Object.entries(asked.beside ?? {})) writeFileSync(join(folder, name), text)
  const { range, mean, std, size } = asked.told ?? {}
  const told = [
    ...(range ? ['--range', `${range}`] : []),
    ...(mean ? ['--mean', mean.join()] : []),
    ...(std ? ['--std', std.join()] : []),
    ...(size ? ['--size', size.join('x')] : []),
    ...(asked.output ? ['--output', asked.output] : []),
    ...(asked.activation ? ['--activation', asked.activation] : []),
    ...Object.entries(asked.inputs ?? {}).flatMap(([name, values]) => ['--input', `${name}=${values.join()}`]),
  ]
  const classes = asked.targets.length > 0 ? ['--class', asked.targets.join()] : []
  const paths = (values: readonly string[]) => ['--layer', values.map(value => pathOf(view, value)).join()]
  const explain = async (methods: readonly string[], layers: readonly string[] = []) => {
    const args = ['explain', picture, '--model', model, '--resize', 'squash', '--raw', ...told, ...classes]
    const { printed, sentences } = await commandLine([...args, '--method', methods.join(), ...layers])
    return { report: JSON.parse(printed.at(-1) ?? '{}'), said: sentences.join('\n') }
  }
  const first = [
    ...(asked.layers.length > 0 ? ['gradcam'] : []),
    ...(asked.inputGradient === false ? [] : ['saliency']),
  ]
  const { report, said } = await explain(first, asked.layers.length > 0 ? paths(asked.layers) : [])
  const [result] = report.results ?? []
  const map = result?.maps?.find((map: { error?: unknown }) => map.error)
  const failed = report.error ?? result?.error ?? (asked.targets.length > 0 ? map?.error : undefined)
  if (failed) throw new HookscopeError(failed.code, failed.message)
  const maps = new Map<string, ArrayLike<number>>()
  const gradients = new Map<number, ArrayLike<number>>()
  for (const map of result.maps)
    if (map.method === 'saliency') gradients.set(map.class, map.values)
    else maps.set(`${valueAt(view, map.layer)} ${map.class}`, map.values)

  const others = new Map<string, ArrayLike<number> | string>()
  const top = result.top.map((entry: { probability?: number; value?: number }) => ({
    ...entry,
    probability: entry.probability ?? entry.value,
  }))
  const seen = { logits: result.logits, top, maps, gradients, others, said }
  for (const value of asked.refused ?? []) {
    const { report } = await explain(['gradcam'], paths([value]))
    others.set(value, report.results?.[0]?.maps[0]?.error?.message ?? report.error?.message ?? [])
  }
  if (!asked.methods) return seen
  const more = await explain(['gradcam', ...asked.methods.filter(method => method !== 'cam')])
  const main = valueAt(view, more.report.results[0].maps[0].layer)
  const camera = asked.methods.includes('cam') ? [(await explain(['cam'])).report] : []
  for (const { results, error } of [more.report, ...camera]) {
    if (error) for (const target of asked.targets) others.set(`cam ${target}`, error.message)
    for (const { method, class: target, values, error } of results?.[0]?.maps ?? [])
      others.set(`${method} ${target}`, values ?? error.message)
  }
  return { ...seen, main, said: `${said}\n${more.said}` }
}

/**
 * Hooks see values and gradients; a Grad-CAM is made of them here, for values [1, C, H, W]. Of a batch the first row is
 * looked at.
 *
 * @param feeds what the inputs are fed, the picture’s `x`; those that are not told keep what they usually are
 * @param at the value whose gradient is that of the input: of whole numbers what they are cast to
 */
export async function byLibrary(asked: Asked, feeds: ReadonlyMap<string, NdArray>, at: string): Promise<Seen> {
  const fed = feeds.get('x')
  if (!fed) throw new Error('the picture’s input is x')
  const net = await load(asked.bytes)
  const input = net.inputs.find(({ name }) => name === 'x')
  const further = Object.keys(asked.inputs ?? {}).map(name => {
    const { dims = [], data = [] } = feeds.get(name) ?? {}
    return [name, { dims, data: Float32Array.from(data) }] as const
  })
  const dims = (input?.dims ?? fed.dims).map((size, i) =>
    typeof size === 'number' && size > 0 ? size : (fed.dims[i] ?? 1),
  )
  const count = dims.reduce((a, b) => a * b, 1)
  const run = await net.forward({
    ...Object.fromEntries(further),
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
  return { logits, maps, gradients, others: new Map(), said: '' }
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
