import { findHookPoint } from '../analysis/analyze'
import { difference, type Evidence, momentum, shake } from '../attribution/evidence'
import {
  type Attribution,
  type Context,
  type GradientAttribution,
  type GradientMethod,
  INPUT,
  type MapAttribution,
  type MapMethod,
  type Method,
  type OptionValues,
  type Question,
  readsLayer,
} from '../attribution/method'
import { DEFAULT_METHOD, findMethod, optionsOf } from '../attribution/methods'
import { type Target, termsOf } from '../attribution/target'
import { HookscopeError } from '../errors'
import type { GradientKind } from '../grad/rules/gated'
import { letOthersIn } from '../graph/steps'
import { evenInput } from '../image/transform'
import type { Preprocessing } from '../image/types'
import { allFinite } from './finite'
import type { Run } from './run'
import type { Signal } from './values'

/** Half a step of float32: a naive sum of n values of one size is wrong by up to n of them. */
const STEP = 2 ** -24

/** Even few values have been through many operators. */
const LEAST_ERROR = 1e-4

/** Networks that fade no gradient were seen to have more of it towards the input, not less. */
const FADED = 5e-3

/** By how much of its largest value the input is changed to tell rounding error from evidence: some 100 float32 steps. */
const SHAKEN = 1e-5

/** Of the seed, for the same: no powers of two, which would leave every mantissa as it is. */
const SCALES = [1.7, 1.3, 1.1]

/** Weights of maps were seen to change by up to 0.014 of their size, rounding errors by 0.05 and mostly by 1 and more. */
const ROUNDING = 0.03

/** A change that is this far below needs no second seed. */
const CLEAR = 0.005

/** What is left of a sum of float32 values that have been through a few operators is their rounding error: 64 steps. */
const CANCELLED = 2 ** -18

/** Milliseconds after which messages are let in: a pause costs up to 4. */
const TURN = 150

export interface Asked extends Omit<Question, 'options'> {
  /** Id of the method. */
  readonly method: string
  /** Those of the method's options that are not to be its defaults. */
  readonly options?: OptionValues | undefined
}

/** How colours become values of the network's input: what its channels mean and, where it is known, how they are normalised. */
export interface ExplainOptions
  extends Pick<Preprocessing, 'channels'>,
    Partial<Pick<Preprocessing, 'range' | 'mean' | 'std'>> {
  readonly signal?: Signal | undefined
  /** Is told how much is done by methods that run the network many times. */
  onProgress?(done: number, total: number): void
}

/**
 * A method's answer for a target. Runs backward programs alone, and only those whose gradients are not there yet, unless the
 * method itself asks for more.
 *
 * @throws HookscopeError `bad-argument` for a method that there is not, `unknown-layer`, `no-cam-head`, `no-spatial-extent`,
 * `no-gradient`, `unknown-class`, `not-finite`, `cancelled`, `engine-failed`
 */
export async function explain(run: Run, asked: Asked, options: ExplainOptions): Promise<Attribution> {
  const method = findMethod(asked.method)
  const question = { ...asked, options: optionsOf(method, asked.options ?? {}) }
  return run.during(() => new RunContext(run, options).explain(method, question))
}

/**
 * A method's map at every stage, from the last towards the input: each goes on from the gradient of the one before. Stages
 * that have none are left out.
 *
 * @throws HookscopeError as `explain`
 */
export async function explainStages(
  run: Run,
  target: Target,
  options: ExplainOptions,
  onMap: (map: MapAttribution) => void,
): Promise<void> {
  const { analyzed, layout } = run.network
  const method = findMethod(DEFAULT_METHOD)
  for (const layer of [...layout.stages].reverse()) {
    if (!method.available(layout, findHookPoint(analyzed, layer)).ok) continue
    const map = await explain(run, { method: method.id, layer, target }, options)
    if (map.kind === 'map') onMap(map)
  }
}

/** Sums and products of finite numbers may still be beyond float32. @throws HookscopeError `not-finite` */
function checkFinite({ label }: Method, values: Float32Array): void {
  if (allFinite(values)) return
  throw new HookscopeError(
    'not-finite',
    `The ${label} holds a value that is not a number or too large for float32. Choose another method or layer.`,
  )
}

/** What a method is given of a run. */
export const contextOf = (run: Run, options: ExplainOptions): Context => new RunContext(run, options)

class RunContext implements Context {
  readonly height: number
  readonly width: number
  private turned = Date.now()

  constructor(
    private readonly run: Run,
    private readonly options: ExplainOptions,
  ) {
    const { height, width } = run.network.layout.input
    this.height = height
    this.width = width
  }

  get network() {
    return this.run.network.layout
  }

  async input() {
    return this.run.input()
  }

  evenInput(level: number): Float32Array {
    const { channels, range, mean, std } = this.options
    if (range !== undefined && mean && std)
      return evenInput(level, this.height * this.width, { channels, range, mean, std })
    throw new HookscopeError(
      'bad-argument',
      'Nobody told how this network’s pictures are normalised, so black and white are not known. Give range, mean and std.',
    )
  }

  activation(layer: string) {
    return this.run.activation(layer)
  }

  gradient(layer: string, target: Target) {
    return this.run.gradient(layer, target, this.options.signal)
  }

  inputGradient(target: Target, kind: GradientKind) {
    return this.run.inputGradient(target, kind, this.options.signal)
  }

  classWeights(layer: string, target: Target) {
    return this.run.classWeights(layer, target, this.options.signal)
  }

  get answer() {
    return this.run
  }

  async answerTo(input: Float32Array) {
    const answer = await this.run.answerTo(input, this.options.signal)
    if (allFinite(answer.logits)) return answer
    throw new HookscopeError(
      'not-finite',
      'The network’s answer to a changed picture is not finite, so nothing can be read from it. Choose a method that runs the picture alone.',
    )
  }

  logitsBehind(layer: string, values: Float32Array) {
    return this.run.logitsBehind(layer, values, this.options.signal)
  }

  gradientOf(input: Float32Array, target: Target) {
    return this.run.at(input, run => run.inputGradient(target, 'saliency', this.options.signal), this.options.signal)
  }

  async progress(done: number, total: number): Promise<void> {
    if (Date.now() - this.turned > TURN) {
      await letOthersIn()
      this.turned = Date.now()
    }
    this.stopIfAborted()
    this.options.onProgress?.(done, total)
  }

  explain(method: MapMethod, question: Question): Promise<MapAttribution>
  explain(method: GradientMethod, question: Question): Promise<GradientAttribution>
  explain(method: Method, question: Question): Promise<Attribution>
  async explain(method: Method, { layer: asked, target, options }: Question): Promise<Attribution> {
    this.stopIfAborted()
    termsOf(target, this.network.answer.classes)
    const layer = this.checkedLayer(method, asked)
    const question = { layer, target, options }
    const about = { method: method.id, target }
    if (method.result === 'map') {
      const { map, weights, evidence } = await method.attribute(this, question)
      checkFinite(method, map.values)
      const rounding = await this.isRounding(method, question, evidence, map.values.length)
      const values = rounding ? map.values.map(value => Math.min(value, 0)) : map.values
      const place = readsLayer(method) ? layer : INPUT
      return { kind: 'map', ...about, layer: place, map: { ...map, values }, weights, rounding }
    }
    const { values, evidence } = await method.attribute(this, question)
    checkFinite(method, values)
    const rounding = await this.isRounding(method, question, evidence, 0)
    const { height, width } = this
    const { channels } = this.options
    const gradient = { height, width, channels, values: rounding ? new Float32Array(values.length) : values }
    return { kind: 'gradient', ...about, layer: INPUT, camLayer: method.readsLayer ? layer : null, gradient, rounding }
  }

  private stopIfAborted(): void {
    if (this.options.signal?.aborted) throw new HookscopeError('cancelled', 'The map is no longer asked for.')
  }

  /** The path of the hook point that is read. */
  private checkedLayer(method: Method, asked: string): string {
    const { analyzed, layout } = this.run.network
    const point = findHookPoint(analyzed, readsLayer(method) ? asked : layout.layer)
    const available = method.available(layout, point)
    if (available.ok) return point.path
    throw new HookscopeError(available.code, available.reason)
  }

  /** @param places cells of the map */
  private async isRounding(method: Method, question: Question, evidence: Evidence | null, places: number) {
    if (evidence === null || evidence.left === 0) return false
    const { linear, left, momentum } = evidence
    if (left < CANCELLED) return true
    const error = Math.max(LEAST_ERROR, places * STEP)
    const isDoubtful = momentum !== null && (left < error || (await this.fades(momentum, question.target)))
    return isDoubtful && this.changes(method, question, linear)
  }

  /** Whether much less of the gradient is left than at the default layer. */
  private async fades(left: number, target: Target): Promise<boolean> {
    const { layer } = this.network
    if (!findHookPoint(this.run.network.analyzed, layer).gradient.ok) return false
    const { values } = await this.activation(layer)
    return left < FADED * momentum(await this.gradient(layer, target), values)
  }

  /**
   * Whether a gradient is float32's rounding error: then it is another for a picture that differs by hardly more than
   * that, and for a seed of another mantissa. The network runs once more, without interventions, only where there is doubt.
   *
   * @param linear of the method's evidence in this run
   */
  private async changes(method: Method, question: Question, linear: Float32Array): Promise<boolean> {
    const { network, picture, isChanged } = this.run
    const again = async (run: Run) => {
      const { evidence } = await method.attribute(new RunContext(run, this.options), question)
      return evidence?.linear ?? linear
    }
    const second = await network.forward(shake(picture, SHAKEN))
    const first = isChanged ? await network.forward(picture) : undefined
    try {
      const found = first ? await again(first) : linear
      for (const scale of SCALES) {
        second.scale = scale
        const change = difference(
          found,
          (await again(second)).map(value => value / scale),
        )
        if (change > ROUNDING) return true
        if (change < CLEAR) return false
      }
      return false
    } finally {
      second.dispose()
      first?.dispose()
    }
  }
}
