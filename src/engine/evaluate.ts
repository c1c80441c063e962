import type { Context, OptionValues } from '../attribution/method'
import { findMethod, optionsOf } from '../attribution/methods'
import { keyOf } from '../attribution/target'
import { HookscopeError } from '../errors'
import { type Chance, cellsOf, chanceOf, randomSubject } from '../metrics/chance'
import { type Explanation, explanationOf, isEmpty } from '../metrics/explanation'
import type { Measured, Subject } from '../metrics/metric'
import { findMetric } from '../metrics/metrics'
import { type Asked, contextOf, type ExplainOptions, explain } from './explain'
import { remember } from './remember'
import type { Run } from './run'

export interface EvaluateOptions extends ExplainOptions {
  /** Of all that is drawn at random: 0 unless given. */
  readonly seed?: number | undefined
  /** Random answers that tell the chance level: 5 unless given. */
  readonly draws?: number | undefined
}

/** A metric's number for a method's answer. */
export interface Evaluated extends Measured {
  /** The same of random answers of the same form; null where none were drawn. */
  readonly chance: Chance | null
}

export const DRAWS = 5

/** Measures methods' answers about one picture: each answer is worked out once, and so is what chance gives. */
export class Evaluation {
  private readonly answers = new Map<string, Promise<Explanation>>()
  private readonly chances = new Map<string, Promise<Chance>>()

  constructor(
    private readonly run: Run,
    private readonly options: EvaluateOptions,
  ) {}

  /**
   * @param asked of a method
   * @param own those of the metric's options that are not to be its defaults
   * @throws HookscopeError `bad-argument` for a metric that there is not or an answer that says nothing, `no-spatial-extent` for a
   * map that does not lie on the picture, and as `explain`
   */
  measure(asked: Asked, id: string, own: OptionValues = {}): Promise<Evaluated> {
    return this.run.during(async () => {
      const metric = findMetric(id)
      const { seed = 0, draws = DRAWS } = this.options
      const options = optionsOf(metric, metric.options && 'seed' in metric.options ? { seed, ...own } : own)
      const explanation = await this.explained(asked)
      const key = JSON.stringify([id, options, keyOf(asked.target), cellsOf(explanation)])
      const parts = this.chances.has(key) ? 1 : draws + 1
      const measure = (part: number, subject: (whole: Subject) => Subject) =>
        metric.measure(subject(this.subject(asked, explanation, part, parts)), options)
      const measured = await measure(0, whole => whole)
      const chance = async () => {
        const values: number[] = []
        for (let k = 0; k < draws; k++)
          values.push((await measure(k + 1, whole => randomSubject(whole, seed + k))).value)
        return chanceOf(values)
      }
      if (draws === 0) return { ...measured, chance: null }
      return { ...measured, chance: await remember(this.chances, key, chance) }
    })
  }

  private async explained(asked: Asked): Promise<Explanation> {
    const { seed = 0 } = this.options
    const { options } = findMethod(asked.method)
    const seeded = options?.seed ? { ...asked, options: { seed, ...asked.options } } : asked
    const key = JSON.stringify([seeded.method, seeded.layer, keyOf(seeded.target), seeded.options ?? {}])
    const found = await remember(this.answers, key, async () => {
      const { height, width } = this.run.network.layout.input
      return explanationOf(await explain(this.run, seeded, this.options), height, width)
    })
    if (!isEmpty(found)) return found
    const { label } = findMethod(asked.method)
    throw new HookscopeError(
      'bad-argument',
      `The ${label} has no value above 0 here, so there is nothing to judge. Choose another layer or class.`,
    )
  }

  /** @param part of so many parts of one measurement: the answer itself, then those that are drawn */
  private subject({ target }: Asked, explanation: Explanation, part: number, parts: number): Subject {
    const { onProgress } = this.options
    const context: Context = contextOf(this.run, {
      ...this.options,
      onProgress: (done, total) => onProgress?.(part * total + done, parts * total),
    })
    return {
      height: context.height,
      width: context.width,
      target,
      input: this.run.input(),
      answer: context.answer,
      explanation,
      answerTo: input => context.answerTo(input),
      progress: (done, total) => context.progress(done, total),
    }
  }
}
