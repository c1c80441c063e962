import { type OptionValues, readsLayer } from '../../attribution/method'
import { findMethod } from '../../attribution/methods'
import { labelOf } from '../../catalog/labels'
import { type Evaluated, Evaluation } from '../../engine/evaluate'
import type { Metric } from '../../metrics/metric'
import { findMetric } from '../../metrics/metrics'
import { type BatchOptions, batch, type Sight, type Surroundings, stopIfInterrupted } from '../batch'
import { type Combination, type Combined, checkOptions, combine, ownOptions } from '../combinations'
import { csvOf, type Row, tableOf } from '../evaluation-table'
import { type Model, type ModelOptions, readModel } from '../model'
import { bestClasses, type Classified, failure, type Report } from '../report'
import { resolveTarget } from '../targets'

export interface EvaluateOptions extends BatchOptions, ModelOptions, Combined {
  /** Ids of metrics. */
  readonly metric: readonly string[]
  /** Options of the methods and metrics. */
  readonly option?: OptionValues | undefined
  readonly seed: number
  /** How many random maps tell the chance level. */
  readonly random: number
  readonly json: boolean
  readonly csv: boolean
}

export interface EvaluationOf extends Classified {
  /** A row for each method, layer and class. */
  readonly rows: readonly Row[]
}

export interface EvaluateReport extends Report<EvaluationOf> {
  readonly seed: number
  readonly metrics: readonly Pick<Metric, 'id' | 'label' | 'good' | 'paper'>[]
}

/** How well methods' answers fit the network: every metric of every combination, for every picture. */
export async function evaluate(
  pictures: readonly string[],
  options: EvaluateOptions,
  surroundings: Surroundings,
): Promise<EvaluateReport> {
  const metrics = options.metric.map(findMetric)
  checkOptions([...metrics, ...options.method.map(findMethod)], options.option)
  const model = await readModel(options, surroundings)
  const combinations = combine(model, options)
  const report = await batch(model, pictures, options, surroundings, async sight => {
    const rows = await judge(sight, model, combinations, metrics, options, surroundings)
    const { file, resize, run } = sight
    return { picture: file.name, resize, top: bestClasses(run, model, 5), rows }
  })
  const { seed, random, json, csv } = options
  const judged = report.results.flatMap(result => ('rows' in result ? result.rows : []))
  if (csv) surroundings.console.print(csvOf(judged))
  else if (!json && judged.length > 0) surroundings.console.print(tableOf(judged, metrics, { seed, random }))
  return { ...report, seed, metrics: metrics.map(({ id, label, good, paper }) => ({ id, label, good, paper })) }
}

async function judge(
  { file, run }: Sight,
  { labels, preprocessing: { channels } }: Model,
  combinations: readonly Combination[],
  metrics: readonly Metric[],
  { option, seed, random: draws }: EvaluateOptions,
  { console, signal }: Surroundings,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  let bar = console.working('measuring')
  const onProgress = (done: number, total: number) => bar.update(done / total)
  const evaluation = new Evaluation(run, { channels, signal, seed, draws, onProgress })
  for (const { method, layer, target } of combinations) {
    const row = { picture: file.name, method: method.id, layer }
    let index: number
    try {
      index = resolveTarget(target, labels, run)
    } catch (error) {
      rows.push({ ...row, class: target, values: [], error: failure(console.fail(error)) })
      continue
    }
    const label = labelOf(labels.shown, index)
    const asked = { method: method.id, layer, target: { class: index }, options: ownOptions(method, option) }
    const values: Row['values'][number][] = []
    for (const metric of metrics) {
      await stopIfInterrupted(signal)
      bar = console.working(`${metric.label} of ${method.label}${readsLayer(method) ? ` at ${layer}` : ''}, ${label}`)
      try {
        const found: Evaluated = await evaluation
          .measure(asked, metric.id, ownOptions(metric, option))
          .finally(bar.stop)
        values.push({ metric: metric.id, ...found })
      } catch (error) {
        values.push({ metric: metric.id, error: failure(console.fail(error)) })
      }
    }
    rows.push({ ...row, class: index, label, values })
  }
  return rows
}
