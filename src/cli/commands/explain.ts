import { ALL_METHODS, type AnyMethod, hasLayer, INPUT, isInputMethod } from '../../cam/all-methods'
import { withoutReLU } from '../../cam/input-methods'
import { runMethod } from '../../engine/any-method'
import type { AnyExplanation } from '../../engine/types'
import { HookscopeError } from '../../errors'
import { type BatchOptions, batch, type Sight, type Surroundings, stopIfInterrupted } from '../batch'
import { defaultLayer, type Model, type ModelOptions, readModel } from '../model'
import { isFile, Names, type OutputOptions, PictureOutputs } from '../outputs'
import { digits, type Explained, failure, type MapEntry, type MapError, type Report, topClasses } from '../report'
import { resolveTarget } from '../targets'

export interface ExplainOptions extends BatchOptions, ModelOptions, OutputOptions {
  readonly method: readonly AnyMethod[]
  /** Empty: the default hook point. */
  readonly layer: readonly string[]
  readonly class: readonly string[]
  readonly json: boolean
  readonly raw: boolean
}

/** One map to make of every picture. */
interface Combination {
  readonly method: AnyMethod
  /** Path of the hook point that is read, or `INPUT`. */
  readonly layer: string
  /** The class as it was asked for. */
  readonly target: string
}

/** Every combination of method, layer and class for every picture, from one forward pass a picture. */
export async function explain(
  pictures: readonly string[],
  options: ExplainOptions,
  surroundings: Surroundings,
): Promise<Report<Explained>> {
  const model = await readModel(options, surroundings)
  const combinations = combine(model, options)
  const count = pictures.length * combinations.length
  if (isFile(options.out) && count > 1) {
    throw new HookscopeError('bad-argument', `--out ${options.out} is one file for ${count} maps. Give a folder.`)
  }
  if (options.layer.length > 0 && !options.method.some(hasLayer)) {
    surroundings.console.say(`--layer changes nothing: ${options.method.join(', ')} are gradients at the input.`)
  }
  const { rectifiers } = model.blueprint.layout
  for (const method of options.method.filter(isInputMethod)) {
    const plain = withoutReLU(method, rectifiers)
    if (plain) surroundings.console.say(plain)
  }
  const names = new Names()
  return batch(model, pictures, options, surroundings, async sight => {
    const writes = !options.json || options.out !== undefined
    const outputs = writes ? new PictureOutputs(sight, model, options, names) : undefined
    const maps: (MapEntry | MapError)[] = []
    for (const combination of combinations) {
      await stopIfInterrupted(surroundings.signal)
      maps.push(await makeMap(combination, sight, model, outputs, options, surroundings))
    }
    const { file, resize, run } = sight
    const top = topClasses(run, model, 5)
    return { picture: file.name, resize, top, ...(options.raw ? rawValues(sight, model) : {}), maps }
  })
}

function combine(model: Model, { method: methods, layer: layers, class: targets }: ExplainOptions): Combination[] {
  const layersOf = (method: AnyMethod): readonly string[] => {
    if (!hasLayer(method)) return [INPUT]
    return layers.length > 0 ? layers : [defaultLayer(model, method === 'cam' ? 'cam' : 'gradcam')]
  }
  return methods.flatMap(method =>
    layersOf(method).flatMap(layer => targets.map(target => ({ method, layer, target }))),
  )
}

async function makeMap(
  { method, layer, target }: Combination,
  { file, run }: Sight,
  { labels, preprocessing, blueprint }: Model,
  outputs: PictureOutputs | undefined,
  { json, raw }: ExplainOptions,
  { console, signal }: Surroundings,
): Promise<MapEntry | MapError> {
  const place = method === 'guided-gradcam' ? { layer: INPUT, camLayer: layer } : { layer }
  let index: number | undefined
  try {
    index = resolveTarget(target, labels, run)
    const label = labels.shown[index] ?? String(index)
    const result = await runMethod(run, { method, layer, target: index }, preprocessing, signal)
    const { shape, values } = numbers(result)
    if (isEmpty(result)) {
      const why = 'rounding' in result && result.rounding ? ' but float32’s rounding error' : ''
      const at = isInputMethod(method) ? 'is 0 everywhere' : `at ${layer} has no value above 0${why}`
      console.say(`${file.name}: the ${ALL_METHODS[method].label} of ${label} ${at}.`)
    }
    const places = 'map' in result ? result.map.places : undefined
    if (places?.mixed !== undefined)
      console.say(
        `${file.name}: the map at ${layer} cannot be laid over the picture, and is drawn by itself: ${places.mixed}.`,
      )
    const path = await outputs?.write(result, label)
    if (path !== undefined && !json) console.print(path)
    return {
      method,
      ...place,
      class: index,
      label,
      shape,
      ...(isInputMethod(method) && method !== 'saliency' && { rectifiers: blueprint.layout.rectifiers }),
      ...(raw ? { values: digits(values) } : {}),
      ...(places ? { places } : {}),
      ...(path === undefined ? {} : { files: [path] }),
    }
  } catch (error) {
    return { method, ...place, class: index ?? target, error: failure(console.fail(error)) }
  }
}

function numbers(result: AnyExplanation): { readonly shape: readonly number[]; readonly values: Float32Array } {
  if ('map' in result) return { shape: [result.map.height, result.map.width], values: result.map.values }
  const { height, width, values } = result.gradient
  return { shape: [values.length / (height * width), height, width], values }
}

/** Whether nothing in the picture speaks for the class, or of a gradient nothing for or against it. */
function isEmpty(result: AnyExplanation): boolean {
  return 'map' in result
    ? result.map.values.every(value => value <= 0)
    : result.gradient.values.every(value => value === 0)
}

function rawValues({ input, run }: Sight, { blueprint }: Model): Pick<Explained, 'logits' | 'input'> {
  const sum = input.reduce((total, value) => total + value, 0)
  const absSum = input.reduce((total, value) => total + Math.abs(value), 0)
  return { logits: digits(run.logits), input: { shape: blueprint.layout.input.shape, sum, absSum } }
}
