import { type Answered, answered } from '../analysis/activation'
import { findHookPoint, tokensAlone } from '../analysis/analyze'
import { planes, unplaned } from '../analysis/grid'
import { rowValues } from '../analysis/row'
import type { HookPoint } from '../analysis/types'
import type { Activation } from '../attribution/combine'
import type { Target } from '../attribution/target'
import { HookscopeError } from '../errors'
import type { GradientKind } from '../grad/rules/gated'
import { allFinite, forwardFault, gradientFault } from './finite'
import { type Course, type Intervention, rerun } from './intervene'
import type { Network } from './network'
import type { TensorHandle } from './runtime'
import type { FeatureMaps } from './types'
import { type GradientOf, type Signal, Values } from './values'

/** Shares of the largest weight that gradients of one channel may differ by: float32 sums differ by 1e-6. */
const UNLIKE = 1e-4

/** One picture in one network: the forward pass has run, everything else is worked out from it when asked for. */
export class Run {
  private constructor(
    readonly network: Network,
    private readonly values: Values,
    /** [classes], before any softmax or sigmoid; of the absence of a class its negative. */
    readonly logits: Float32Array,
    /** [classes], 0..1; where the network gives none, the logits. */
    readonly probabilities: Float32Array,
    /** As the network was given it. */
    readonly picture: Float32Array,
    private readonly interventions: readonly Intervention[],
  ) {}

  static async start(
    network: Network,
    values: ReadonlyMap<string, TensorHandle>,
    picture: Float32Array,
    { course, interventions }: { readonly course: Course; readonly interventions: readonly Intervention[] } = {
      course: { analyzed: network.analyzed, seams: new Map() },
      interventions: [],
    },
  ): Promise<Run> {
    const held = values.get(network.analyzed.logits)
    if (!held) throw new Error('the forward program gave no logits')
    const answer = rowValues(await held.read(), network.layout.answer.row)
    const { logits, probabilities } = answered(answer, network.layout.answer)
    const own = new Values(network, values, course)
    if (allFinite(answer)) return new Run(network, own, logits, probabilities, picture, interventions)
    try {
      throw await forwardFault(own.searched(), network.analyzed.logits, 'The network’s answer')
    } finally {
      own.dispose()
    }
  }

  /** Whether values of the network are changed. */
  get isChanged(): boolean {
    return this.interventions.length > 0
  }

  /** Gradients are this many times as large: a seed of another mantissa tells rounding error from evidence. */
  set scale(factor: number) {
    this.values.scale = factor
  }

  /** Nothing that the run holds is freed while `work` may read it. */
  during<T>(work: () => Promise<T>): Promise<T> {
    return this.values.during(work)
  }

  /** The picture as the network is given it, [C, H, W]. */
  input(): Float32Array {
    const grid = this.network.analyzed.grids.get(this.network.layout.input.name)
    return grid ? planes(this.picture, grid) : this.picture
  }

  /**
   * The feature maps of a hook point with a height and a width. What the forward pass did not save is worked out from what
   * it did.
   *
   * @throws HookscopeError `unknown-layer`, `no-spatial-extent`, `not-finite`, `engine-failed`
   */
  async activation(layer: string): Promise<Activation> {
    const { path, kind, value, shape, grid } = this.point(layer)
    if (!grid)
      throw new HookscopeError(
        'no-spatial-extent',
        kind === 'attention'
          ? tokensAlone(path, shape)
          : `${path} has no feature maps: its shape is [${shape.join(', ')}]. Choose a layer with a height and a width.`,
      )
    const { channels, height, width, places } = grid
    const values = await this.values.planes(value, await this.values.value(value))
    if (!allFinite(values)) throw await forwardFault(this.values.searched(), value, path)
    return { channels, height, width, values, ...(places && { places }) }
  }

  /** All channels of a hook point's activation, by its path. @throws HookscopeError as `activation` */
  features(layer: string): Promise<FeatureMaps> {
    return this.during(async () => ({ layer: this.point(layer).path, ...(await this.activation(layer)) }))
  }

  /**
   * ∂target / ∂layer, [C, H, W]. Runs backward programs alone, and only those whose gradients are not there yet.
   *
   * @throws HookscopeError `unknown-layer`, `no-gradient`, `unknown-class`, `not-finite`, `cancelled`, `engine-failed`
   */
  gradient(layer: string, target: Target, signal?: Signal): Promise<Float32Array> {
    return this.gradientAt(this.point(layer), { kind: 'saliency', target }, signal)
  }

  /**
   * ∂target / ∂x with respect to the normalised input, [C, H, W]: the gradient itself (`saliency`), or with negative gradients
   * held back at every ReLU (`guided`, `deconvnet`): the same programs with other gates.
   *
   * @throws HookscopeError as `gradient`
   */
  async inputGradient(target: Target, kind: GradientKind, signal?: Signal): Promise<Float32Array> {
    const { gradientAt, inputGradient } = this.network.layout
    if (!inputGradient.ok) throw new HookscopeError(inputGradient.code, inputGradient.reason)
    return this.gradientAt({ path: 'the input', value: gradientAt }, { kind, target }, signal)
  }

  private async gradientAt({ path, value }: Pick<HookPoint, 'path' | 'value'>, of: GradientOf, signal?: Signal) {
    const values = await this.values.gradientPlanes(value, await this.values.gradient(value, of, signal))
    if (allFinite(values)) return values
    throw await gradientFault(this.values.searched(of.target), value, path)
  }

  /**
   * A target's weights of the feature maps, [C]: from there on everything is linear and every place counts alike, so that the
   * gradient is the weight over the number of places, at all of them.
   *
   * @throws HookscopeError `no-cam-head` where a change has made places count unlike
   */
  async classWeights(layer: string, target: Target, signal?: Signal): Promise<Float32Array> {
    const { path, value, grid } = this.point(layer)
    const kind = this.network.analyzed.head?.rectified ? 'straight' : 'saliency'
    const changed = this.values.course.seams.get(value)?.value ?? value
    const held = await this.values.gradient(changed, { kind, target }, signal)
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

  /**
   * The answer of the same network, with the same changes, to another input.
   *
   * @param input [C, H, W]
   */
  async answerTo(input: Float32Array, signal?: Signal): Promise<Answered> {
    if (this.isChanged) return this.at(input, async run => run, signal)
    return this.network.answer(this.placed(input))
  }

  /**
   * The logits that follow from other values of a hook point.
   *
   * @param values [C, H, W]
   * @returns one a class
   */
  async logitsBehind(layer: string, values: Float32Array, signal?: Signal): Promise<Float32Array> {
    const { value, grid, shape } = this.point(layer)
    const whole = await (await this.values.value(value)).read()
    const placed = grid && unplaned(values, grid, whole)
    if (!placed) throw new Error(`${layer} of [${shape.join(', ')}] has no feature maps`)
    const other: Intervention = { path: layer, change: () => ({ values: placed }) }
    const run = await this.changedBy([other], signal)
    run.dispose()
    return run.logits
  }

  /** Asks the same network, with the same changes, about another input, [C, H, W]. */
  async at<T>(input: Float32Array, ask: (run: Run) => Promise<T>, signal?: Signal): Promise<T> {
    const plain = await this.network.forward(this.placed(input))
    const run = this.isChanged ? await plain.intervene(this.interventions, signal) : plain
    try {
      return await run.during(() => ask(run))
    } finally {
      run.dispose()
      plain.dispose()
    }
  }

  /** This run with more changes. */
  private async changedBy(more: readonly Intervention[], signal?: Signal): Promise<Run> {
    if (!this.isChanged) return this.intervene(more, signal)
    const plain = await this.network.forward(this.picture)
    try {
      return await plain.intervene([...this.interventions, ...more], signal)
    } finally {
      plain.dispose()
    }
  }

  /** An input [C, H, W] as the network is given it. */
  private placed(input: Float32Array): Float32Array {
    const grid = this.network.analyzed.grids.get(this.network.layout.input.name)
    return grid ? unplaned(input, grid, this.picture) : input
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
    return this.during(async () => {
      if (this.values.isDisposed) throw new HookscopeError('cancelled', 'The picture is no longer open.')
      if (this.isChanged)
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
      const run = await Run.start(this.network, all, this.picture, { course, interventions })
      if (!this.values.isDisposed) return run
      run.dispose()
      throw new HookscopeError('cancelled', 'The picture is no longer open.')
    })
  }

  /** Lets go of everything that is held, once what runs now has ended. */
  dispose(): void {
    this.values.dispose()
  }

  private point(layer: string): HookPoint {
    return findHookPoint(this.network.analyzed, layer)
  }
}
