import { METHODS, type MethodName } from '../../cam/methods'
import type { Explanation } from '../../engine/types'
import { HookscopeError } from '../../errors'
import { type BatchOptions, batch, type Sight, type Surroundings, stopIfInterrupted } from '../batch'
import { defaultLayer, type Model, readModel } from '../model'
import { isFile, Names, type OutputOptions, PictureOutputs } from '../outputs'
import { digits, type Explained, failure, type MapEntry, type MapError, type Report, topClasses } from '../report'
import { resolveTarget } from '../targets'

export interface ExplainOptions extends BatchOptions, OutputOptions {
  readonly model: string
  readonly method: readonly MethodName[]
  /** Empty: the default hook point. */
  readonly layer: readonly string[]
  readonly class: readonly string[]
  readonly json: boolean
  readonly raw: boolean
}

/** One map to make of every picture. */
interface Combination {
  readonly method: MethodName
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
  const model = await readModel(options.model)
  const combinations = combine(model, options)
  const count = pictures.length * combinations.length
  if (isFile(options.out) && count > 1) {
    throw new HookscopeError('bad-argument', `--out ${options.out} is one file for ${count} maps. Give a folder.`)
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
    const top = topClasses(run.logits, model.labels, 5)
    return { picture: file.name, resize, top, ...(options.raw ? rawValues(sight, model) : {}), maps }
  })
}

function combine(model: Model, { method: methods, layer: layers, class: targets }: ExplainOptions): Combination[] {
  return methods.flatMap(method =>
    (layers.length > 0 ? layers : [defaultLayer(model, method)]).flatMap(layer =>
      targets.map(target => ({ method, layer, target })),
    ),
  )
}

async function makeMap(
  { method, layer, target }: Combination,
  { file, run }: Sight,
  { labels }: Model,
  outputs: PictureOutputs | undefined,
  { json, raw }: ExplainOptions,
  { console, signal }: Surroundings,
): Promise<MapEntry | MapError> {
  let index: number | undefined
  try {
    index = resolveTarget(target, labels, run.logits)
    const label = labels.shown[index] ?? String(index)
    const explanation = await run.explain(method, layer, index, signal)
    const { map } = explanation
    if (isEmpty(explanation)) {
      console.say(`${file.name}: the ${METHODS[method].label} of ${label} at ${layer} has no value above 0.`)
    }
    const path = await outputs?.write(explanation, label)
    if (path !== undefined && !json) console.print(path)
    return {
      method,
      layer,
      class: index,
      label,
      shape: [map.height, map.width],
      ...(raw ? { values: digits(map.values) } : {}),
      ...(path === undefined ? {} : { files: [path] }),
    }
  } catch (error) {
    return { method, layer, class: index ?? target, error: failure(console.fail(error)) }
  }
}

/** Whether nothing in the picture speaks for the class. */
function isEmpty({ map }: Explanation): boolean {
  return map.values.every(value => value <= 0)
}

function rawValues({ input, run }: Sight, { preprocessing }: Model): Pick<Explained, 'logits' | 'input'> {
  const sum = input.reduce((total, value) => total + value, 0)
  const absSum = input.reduce((total, value) => total + Math.abs(value), 0)
  return { logits: digits(run.logits), input: { shape: [1, 3, ...preprocessing.size], sum, absSum } }
}
