import { activated, logitsOf } from '../analysis/activation'
import { findHookPoint, tokensAlone } from '../analysis/analyze'
import type { HookPoint } from '../analysis/types'
import type { Activation } from '../cam/combine'
import { difference, momentum, remainder, shake } from '../cam/evidence'
import { guidedGradCam } from '../cam/guided-gradcam'
import { type Evidence, METHODS, type MethodName } from '../cam/methods'
import { classTarget } from '../cam/target'
import { HookscopeError } from '../errors'
import type { GradientKind } from '../grad/rules/gated'
import { liesOnPicture } from '../image/heatmap'
import type { RawMap } from '../image/types'
import { allFinite, forwardFault, gradientFault } from './finite'
import { type Course, type Intervention, rerun } from './intervene'
import type { Network } from './network'
import type { Held } from './runtime'
import type { Explanation, FeatureMaps } from './types'
import { type Signal, type Target, Values } from './values'

/** A map before it is known whether there is anything in it. */
interface Made {
  readonly weights: Float32Array
  readonly map: RawMap
  /** Of the weighted sum, 0..1; see `remainder`. */
  readonly left: number
  /** Of the gradient at the layer; null for methods that read none. */
  readonly momentum: number | null
}

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

/** What is left of a sum of float32 values that have been through a few operators is their rounding error: 64 steps. */
const CANCELLED = 2 ** -18

/** Shares of the largest weight that gradients of one channel may differ by: float32 sums differ by 1e-6. */
const UNLIKE = 1e-4

/** One picture in one network: the forward pass has run, everything else is worked out from it when asked for. */
export class Run {
  private constructor(
    private readonly network: Network,
    private readonly values: Values,
    /** [classes], before any softmax or sigmoid; of the absence of a class its negative. */
    readonly logits: Float32Array,
    /** [classes], 0..1; where the network gives none, the logits. */
    readonly probabilities: Float32Array,
    /** As the network was given it. */
    private readonly picture: Float32Array,
  ) {}

  static async start(
    network: Network,
    values: ReadonlyMap<string, Held>,
    picture: Float32Array,
    course: Course = { blueprint: network.blueprint, seams: new Map() },
  ): Promise<Run> {
    const held = values.get(network.blueprint.logits)
    if (!held) throw new Error('the forward program gave no logits')
    const { row, classes, steps } = network.layout.answer
    const numbers = await held.read()
    const answer = Float32Array.from({ length: row.count }, (_, k) => numbers[k * row.stride] ?? Number.NaN)
    const logits = logitsOf(answer, classes)
    const probabilities = steps.length > 0 ? activated(answer, steps) : logits
    const own = new Values(network, values, course)
    if (allFinite(answer)) return new Run(network, own, logits, probabilities, picture)
    try {
      throw await forwardFault(own.searched(), network.blueprint.logits, 'The network’s answer')
    } finally {
      own.dispose()
    }
  }

  /**
   * The raw map of one method for one class. Runs backward programs alone, and only those whose gradients are
   * not there yet.
   *
   * @param path a hook point with a height and a width
   * @param target class index
   * @throws HookscopeError `unknown-layer`, `no-cam-head`, `no-spatial-extent`, `no-gradient`, `unknown-class`,
   * `not-finite`, `cancelled`, `engine-failed`
   */
  explain(method: MethodName, path: string, target: number, signal?: Signal): Promise<Explanation> {
    return this.values.during(() => this.map(method, path, target, signal))
  }

  private async map(method: MethodName, path: string, target: number, signal?: Signal): Promise<Explanation> {
    const point = findHookPoint(this.network.blueprint, path)
    classTarget(this.network.layout.answer.classes, target)
    this.checkMethod(method, point)
    const made = await this.mapAt(method, point, target, signal)
    const { weights, map } = made
    const again = async (run: Run) => (await run.mapAt(method, point, target, signal)).weights
    const rounding =
      isCancelled(made) || ((await this.isDoubtful(made, target, signal)) && (await this.isRounding(again)))
    const values = rounding ? map.values.map(value => Math.min(value, 0)) : map.values
    return { method, layer: point.path, target, weights, map: { ...map, values, ...placesOf(point) }, rounding }
  }

  private async mapAt(method: MethodName, point: HookPoint, target: number, signal?: Signal): Promise<Made> {
    const activation = await this.activation(point)
    const evidence: Evidence = { activation, gradient: new Float32Array(0), classWeights: new Float32Array(0) }
    const { need, weights: weigh, magnitudes, map: combine } = METHODS[method]
    const of: Target = { kind: 'saliency', index: target }
    const part =
      need === 'gradient' ? await this.gradientAt(point, of, signal) : await this.classWeights(point, target, signal)
    const parts = { ...evidence, [need]: part }
    const weights = weigh(parts)
    const map = combine(activation, weights)
    const left = remainder(map, activation, magnitudes(parts))
    return { weights, map, left, momentum: need === 'gradient' ? momentum(part, activation.values) : null }
  }

  /** Whether a map could be rounding error: little is left of its sum, or of the gradient since the default layer. */
  private async isDoubtful({ map, left, momentum }: Made, target: number, signal?: Signal): Promise<boolean> {
    if (momentum === null || left === 0) return false
    const error = Math.max(LEAST_ERROR, map.values.length * STEP)
    return left < error || this.fades(momentum, target, signal)
  }

  private async fades(momentum: number, target: number, signal?: Signal): Promise<boolean> {
    const main = findHookPoint(this.network.blueprint, this.network.layout.layer)
    if (!main.methods.gradcam.ok) return false
    const last = await this.mapAt('gradcam', main, target, signal)
    return momentum < FADED * (last.momentum ?? 0)
  }

  /**
   * Whether a gradient is float32's rounding error: then it is another for a picture that differs by hardly more than
   * that, and for a seed of another mantissa. The network runs once more, without interventions, only where there is doubt.
   *
   * @param again works out of a run something that is linear in the gradient
   */
  private async isRounding(again: (run: Run) => Promise<Float32Array>): Promise<boolean> {
    const first = this.values.course.seams.size > 0 ? await this.network.forward(this.picture) : this
    const second = await this.network.forward(shake(this.picture, SHAKEN))
    try {
      const found = await again(first)
      for (const scale of SCALES) {
        second.values.scale = scale
        const scaled = (await again(second)).map(value => value / scale)
        if (difference(found, scaled) > ROUNDING) return true
      }
      return false
    } finally {
      second.dispose()
      if (first !== this) first.dispose()
    }
  }

  /**
   * Grad-CAM at every stage, from the last towards the input: each goes on from the gradient of the one before.
   *
   * @throws HookscopeError as `explain`
   */
  async strip(target: number, onMap: (explanation: Explanation) => void, signal?: Signal): Promise<void> {
    const { blueprint } = this.network
    for (const path of [...blueprint.layout.stages].reverse())
      if (findHookPoint(blueprint, path).methods.gradcam.ok) onMap(await this.explain('gradcam', path, target, signal))
  }

  /**
   * The feature maps of a hook point, [C, H, W]. What the forward pass did not save is worked out from what it did.
   *
   * @throws HookscopeError `unknown-layer`, `no-spatial-extent`, `engine-failed`
   */
  features(path: string): Promise<FeatureMaps> {
    return this.values.during(() => this.featureMaps(path))
  }

  private async featureMaps(path: string): Promise<FeatureMaps> {
    const point = findHookPoint(this.network.blueprint, path)
    if (!point.grid)
      throw new HookscopeError(
        'no-spatial-extent',
        point.kind === 'attention'
          ? tokensAlone(point.path, point.shape)
          : `${point.path} has no feature maps: its shape is [${point.shape.join(', ')}]. Choose a layer with a height and a width.`,
      )
    return { layer: point.path, ...(await this.activation(point)), ...placesOf(point) }
  }

  /**
   * The gradient of a class's logit with respect to the normalised input, [C, H, W] row-major: the gradient itself
   * (`saliency`), or with negative gradients held back at every ReLU (`guided`, `deconvnet`). Nothing is compiled for it:
   * the segments of Grad-CAM run with other gates.
   *
   * @param target class index
   * @throws HookscopeError `no-gradient`, `unknown-class`, `cancelled`, `engine-failed`
   */
  inputGradient(kind: GradientKind, target: number, signal?: Signal): Promise<Float32Array> {
    return this.values.during(() => this.atInput({ kind, index: target }, signal))
  }

  /**
   * Guided Grad-CAM, [C, H, W] row-major: guided backpropagation times the Grad-CAM of a hook point.
   *
   * @param path a hook point with a height and a width
   * @param target class index
   * @throws HookscopeError as `inputGradient` and `explain`
   */
  guidedGradCam(path: string, target: number, signal?: Signal): Promise<Float32Array> {
    return this.values.during(async () => {
      const { map } = await this.map('gradcam', path, target, signal)
      if (!liesOnPicture(map))
        throw new HookscopeError(
          'no-spatial-extent',
          `The Grad-CAM of ${path} cannot be laid over the input: ${map.places?.mixed}. Choose a layer before that.`,
        )
      const { grids, layout } = this.network.blueprint
      const { height = 1, width = 1 } = grids.get(layout.gradientAt) ?? {}
      return guidedGradCam(await this.atInput({ kind: 'guided', index: target }, signal), height, width, map)
    })
  }

  private async atInput(target: Target, signal?: Signal): Promise<Float32Array> {
    const { gradientAt, inputGradient, answer } = this.network.layout
    classTarget(answer.classes, target.index)
    if (!inputGradient.ok) throw new HookscopeError('no-gradient', inputGradient.reason)
    const point = { path: 'the input', value: gradientAt }
    const gradient = await this.gradientAt(point, target, signal)
    const image = await this.values.planes(gradientAt, await this.values.value(gradientAt))
    const again = (run: Run) => run.gradientAt(point, target, signal)
    const isRounding =
      (await this.fades(momentum(gradient, image), target.index, signal)) && (await this.isRounding(again))
    return isRounding ? new Float32Array(gradient.length) : gradient
  }

  /**
   * The same picture with values of the network changed: runs what follows from them, from each change to the next.
   * All the rest is shared with this run; either is disposed of without harm to the other. Maps of the new run are those
   * of the changed network. Gradients at layers before a change pass it by its own derivative, where it has one.
   *
   * @param interventions all of them, in any order; several at one hook point act one after another
   * @throws HookscopeError `unknown-layer`, `bad-argument` for a run that is changed already, `cancelled`,
   * `engine-failed`, and what a change throws
   */
  intervene(interventions: readonly Intervention[], signal?: Signal): Promise<Run> {
    return this.values.during(async () => {
      if (this.values.isDisposed) throw new HookscopeError('cancelled', 'The picture is no longer open.')
      if (this.values.course.seams.size > 0)
        throw new HookscopeError(
          'bad-argument',
          'This run is changed already. Give the run before all changes at once.',
        )
      const { values, course, stays } = await rerun(
        this.network,
        interventions,
        name => this.values.value(name),
        signal,
      )
      const all = new Map([...values, ...(await this.values.share(stays))])
      const run = await Run.start(this.network, all, this.picture, course)
      if (!this.values.isDisposed) return run
      run.dispose()
      throw new HookscopeError('cancelled', 'The picture is no longer open.')
    })
  }

  /** Lets go of everything that is held, once what runs now has ended. */
  dispose(): void {
    this.values.dispose()
  }

  private async activation({ path, value, grid }: HookPoint): Promise<Activation> {
    if (!grid) throw new Error('a value without a grid was asked for its feature maps')
    const { channels, height, width } = grid
    const values = await this.values.planes(value, await this.values.value(value))
    if (!allFinite(values)) throw await forwardFault(this.values.searched(), value, path)
    return { channels, height, width, values }
  }

  private async gradientAt({ path, value }: Pick<HookPoint, 'path' | 'value'>, target: Target, signal?: Signal) {
    const values = await this.values.gradientPlanes(value, await this.values.gradient(value, target, signal))
    if (allFinite(values)) return values
    throw await gradientFault(this.values.searched(target.index), value, path)
  }

  /**
   * A class's weights of the feature maps, [C]: from there on everything is linear and every place counts alike, so that the
   * gradient is the weight over the number of places, at all of them.
   */
  private async classWeights({ path, value, grid }: HookPoint, index: number, signal?: Signal): Promise<Float32Array> {
    const kind = this.network.blueprint.head?.rectified ? 'straight' : 'saliency'
    const changed = this.values.course.seams.get(value)?.value ?? value
    const held = await this.values.gradient(changed, { kind, index }, signal)
    const gradient = await this.values.gradientPlanes(value, held)
    const places = (grid?.height ?? 1) * (grid?.width ?? 1)
    const weights = Float32Array.from({ length: grid?.channels ?? 0 }, (_, k) =>
      gradient.subarray(k * places, (k + 1) * places).reduce((sum, share) => sum + share, 0),
    )
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)
    const isAlike = gradient.every(
      (share, i) => Math.abs(share * places - (weights[Math.floor(i / places)] ?? 0)) <= UNLIKE * largest,
    )
    if (isAlike) return weights
    throw new HookscopeError(
      'no-cam-head',
      `The places of ${path} do not count alike in the classes, so there is no CAM. Choose Grad-CAM.`,
    )
  }

  private checkMethod(method: MethodName, point: HookPoint): void {
    const available = point.methods[method]
    if (available.ok) return
    const flat = !point.grid || point.grid.height * point.grid.width <= 1
    const code = flat ? 'no-spatial-extent' : method === 'cam' ? 'no-cam-head' : 'no-gradient'
    throw new HookscopeError(code, available.reason)
  }
}

const isCancelled = ({ left }: Made): boolean => left > 0 && left < CANCELLED

const placesOf = ({ grid }: HookPoint): Pick<RawMap, 'places'> => (grid?.places ? { places: grid.places } : {})
