import { type Attribution, INPUT, type OptionValues, readsLayer } from '../../attribution/method'
import { findMethod } from '../../attribution/methods'
import { sayTarget, type Target } from '../../attribution/target'
import { labelOf } from '../../catalog/labels'
import { explain as explainRun } from '../../engine/explain'
import { HookscopeError } from '../../errors'
import { digits, type MapEntry, mapEntry, mapValues } from '../../export/result'
import { type BatchOptions, batch, type Sight, type Surroundings, stopIfInterrupted } from '../batch'
import { type Combination, checkOptions, combine, ownOptions } from '../combinations'
import { type Model, type ModelOptions, readModel } from '../model'
import { isFile, Names, type OutputOptions, PictureOutputs } from '../outputs'
import { bestClasses, type Explained, failure, type MapError, type Report } from '../report'
import { resolveTarget } from '../targets'

export interface ExplainOptions extends BatchOptions, ModelOptions, OutputOptions {
  /** Ids of methods. */
  readonly method: readonly string[]
  /** Empty: the default hook point. */
  readonly layer: readonly string[]
  readonly class: readonly string[]
  /** A class that every one is held against. */
  readonly against?: string | undefined
  /** Whether what speaks against the class is explained. */
  readonly negative: boolean
  /** Options of the methods. */
  readonly option?: OptionValues | undefined
  readonly json: boolean
  readonly raw: boolean
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
  if (options.layer.length > 0 && !options.method.map(findMethod).some(readsLayer)) {
    surroundings.console.say(`--layer changes nothing: no layer can be chosen for ${options.method.join(', ')}.`)
  }
  for (const method of options.method.map(findMethod)) {
    const remark = method.remark?.(model.analyzed.layout)
    if (remark) surroundings.console.say(remark)
  }
  checkOptions(options.method.map(findMethod), options.option)
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
    const top = bestClasses(run, model, 5)
    return { picture: file.name, resize, top, ...(options.raw ? rawValues(sight, model) : {}), maps }
  })
}

async function makeMap(
  { method, layer, target: asked }: Combination,
  { file, run }: Sight,
  { labels, preprocessing, analyzed }: Model,
  outputs: PictureOutputs | undefined,
  { against, negative, option, json, raw }: ExplainOptions,
  { console, signal }: Surroundings,
): Promise<MapEntry | MapError> {
  const { id, label: name } = method
  const isGradient = method.result === 'gradient'
  const place = isGradient && readsLayer(method) ? { layer: INPUT, camLayer: layer } : { layer }
  let index: number | undefined
  try {
    index = resolveTarget(asked, labels, run)
    const nameOf = (index: number) => labelOf(labels.shown, index)
    const other = against === undefined ? undefined : resolveTarget(against, labels, run)
    const target = targetOf(index, other, negative)
    const [label, said] = [nameOf(index), sayTarget(target, nameOf)]
    const bar = console.working(`${name} of ${said}`)
    const onProgress = (done: number, total: number) => bar.update(done / total)
    const options = { ...preprocessing, signal, onProgress }
    const result = await explainRun(
      run,
      { method: id, layer, target, options: ownOptions(method, option) },
      options,
    ).finally(bar.stop)
    if (isEmpty(result)) {
      const why = result.rounding ? ' but float32’s rounding error' : ''
      const at = isGradient ? 'is 0 everywhere' : `at ${layer} has no value above 0${why}`
      console.say(`${file.name}: the ${name} of ${said} ${at}.`)
    }
    const entry = mapEntry(result, labels.shown, analyzed.layout.rectifiers)
    const { places } = entry
    if (places?.mixed !== undefined)
      console.say(
        `${file.name}: the map at ${layer} cannot be laid over the picture, and is drawn by itself: ${places.mixed}.`,
      )
    const path = await outputs?.write(result, label)
    if (path !== undefined && !json) console.print(path)
    return {
      ...entry,
      ...place,
      ...(raw && mapValues(result)),
      ...(path !== undefined && { files: [path] }),
    }
  } catch (error) {
    return { method: id, ...place, class: index ?? asked, error: failure(console.fail(error)) }
  }
}

/** What speaks against a class rather than another is what speaks for the other rather than it. */
function targetOf(index: number, against: number | undefined, negative: boolean): Target {
  if (against === undefined) return negative ? { absent: index } : { class: index }
  return negative ? { class: against, against: index } : { class: index, against }
}

/** Whether nothing in the picture speaks for the class, or of a gradient nothing for or against it. */
function isEmpty(result: Attribution): boolean {
  return result.kind === 'map'
    ? result.map.values.every(value => value <= 0)
    : result.gradient.values.every(value => value === 0)
}

function rawValues({ input, run }: Sight, { analyzed }: Model): Pick<Explained, 'logits' | 'input'> {
  const sum = input.reduce((total, value) => total + value, 0)
  const absSum = input.reduce((total, value) => total + Math.abs(value), 0)
  return { logits: digits(run.logits), input: { shape: analyzed.layout.input.shape, sum, absSum } }
}
