import type { Reading } from '../../src/analysis/analyze'
import type { HookPoint } from '../../src/analysis/types'
import { Network } from '../../src/engine/network'
import { openModel } from '../../src/engine/open'
import type { Run } from '../../src/engine/run'
import { HookscopeError } from '../../src/errors'
import type { RawMap } from '../../src/image/types'
import { type Evaluation, evaluate, gradients } from '../evaluator'
import { runtime } from '../support/engine'
import { gradientOf, mapOf } from '../support/explain'
import type { NdArray } from '../support/reference/array'
import { Dice } from './dice'
import type { Drawn } from './draw'
import type { Lie } from './drawing'
import type { Dressed } from './dress'

/** Largest error as a share of the largest value beside it. */
const TOLERANCE = 1e-3

/** Or as many times what rounding every step to float32 changes. */
const NOISES = 8

/**
 * A number this near to a kink, as a share of the largest beside it, may lie on its other side in float32: then the slope
 * is another, and both are right. A disagreement is only forgiven where the network came as near as that.
 */
const NEAR = 1e-5

export type Outcome =
  | { readonly kind: 'right'; readonly maps: number; readonly refusals: readonly string[] }
  | { readonly kind: 'refused'; readonly sentence: string }
  /** It disagrees, but the network came so near to a kink that float32 may fall on its other side. */
  | { readonly kind: 'edge' }
  | { readonly kind: 'wrong'; readonly what: string }

/** Runs the program on a drawn network, and holds it against the evaluator. */
export async function judge({ drawn, bytes, external }: Dressed): Promise<Outcome> {
  let network: Network | undefined
  let run: Run | undefined
  try {
    const analyzed = await openModel(bytes, { ...reading(drawn), external }, async () => runtime)
    network = await Network.create(analyzed, runtime)
    run = await network.forward(Float32Array.from(drawn.picture.data))
    return await compare(drawn, network, run)
  } catch (error) {
    if (error instanceof Disagreement) return error.outcome()
    if (error instanceof HookscopeError && error.code !== 'engine-failed')
      return { kind: 'refused', sentence: error.message }
    return { kind: 'wrong', what: told(error) }
  } finally {
    run?.dispose()
    await network?.dispose()
  }
}

function reading({ size, input }: Drawn): Reading {
  return input.dims.every(size => typeof size === 'number') ? {} : { size }
}

class Disagreement extends Error {
  constructor(
    message: string,
    private readonly evaluation: Evaluation,
  ) {
    super(message)
  }

  outcome(): Outcome {
    if (this.evaluation.tape.nearestEdge < NEAR) return { kind: 'edge' }
    return { kind: 'wrong', what: this.message }
  }
}

/** What is true of a drawn network, in double precision, or with every step rounded to float32. */
class Truth {
  readonly evaluation: Evaluation

  constructor(
    private readonly drawn: Drawn,
    round?: (x: number) => number,
  ) {
    const { picture, batch, input } = drawn
    const rows = Array.from({ length: batch }, () => [...picture.data]).flat()
    const dims = input.dims.length === picture.dims.length ? picture.dims : [batch, ...picture.dims]
    const feeds = new Map([[input.name, { dims, data: Float64Array.from(rows) }]])
    this.evaluation = evaluate(drawn.graph, feeds, round ? { round } : {})
  }

  value(name: string): NdArray {
    const found = this.evaluation.values.get(name)
    if (!found) throw new Error(`there is no value ${name}`)
    return found
  }

  scores(): number[] {
    const { logits, order } = this.drawn.answer
    return order.map(place => this.value(logits).data[place] ?? Number.NaN)
  }

  /** Of the classes: the activation of all logits, then those of the classes. */
  probabilities(): number[] {
    const { logits, order, activation, temperature = 1 } = this.drawn.answer
    const { data } = this.value(logits)
    const row = [...data.slice(0, data.length / this.drawn.batch)].map(logit => logit / temperature)
    if (activation === 'sigmoid') return order.map(place => 1 / (1 + Math.exp(-(row[place] ?? Number.NaN))))
    const sum = row.reduce((total, logit) => total + Math.exp(logit), 0)
    return order.map(place => Math.exp(row[place] ?? Number.NaN) / sum)
  }

  /** Gradients of one class's logit of the first row. */
  differentiate(target: number, wanted: readonly string[]): Map<string, NdArray | undefined> {
    const { logits, order } = this.drawn.answer
    const seed = new Float64Array(this.value(logits).data.length)
    seed[order[target] ?? 0] = 1
    return gradients(this.evaluation, logits, seed, wanted)
  }

  /** Σ_k α_k·A_k of the first row, and Σ_k m_k·|A_k| beside it, m_k the mean of the gradient's sizes. */
  map(name: string, gradient: NdArray | undefined): { readonly sum: Float64Array; readonly whole: Float64Array } {
    const lie = this.drawn.lies.get(name)
    const value = this.value(name)
    if (!lie || lie.kind === 'none') throw new Error(`${name} has no places`)
    const { channels, places, at } = laid(lie)
    const [sum, whole] = [new Float64Array(places), new Float64Array(places)]
    for (let c = 0; c < channels; c++) {
      let [weight, size] = [0, 0]
      for (let p = 0; p < places; p++) {
        const slope = gradient?.data[at(c, p)] ?? 0
        weight += slope / places
        size += Math.abs(slope) / places
      }
      for (let p = 0; p < places; p++) {
        const activation = value.data[at(c, p)] ?? Number.NaN
        sum[p] = (sum[p] ?? 0) + weight * activation
        whole[p] = (whole[p] ?? 0) + size * Math.abs(activation)
      }
    }
    return { sum, whole }
  }
}

/** Where the elements of the first row stand. */
function laid(lie: Exclude<Lie, { kind: 'none' }>) {
  const { channels, height, width } = lie
  const places = height * width
  const skip = lie.kind === 'tokens' ? lie.skip : 0
  const at = (c: number, p: number): number => (lie.kind === 'planes' ? c * places + p : (p + skip) * channels + c)
  return { channels, places, at }
}

const largest = (values: Iterable<number>): number => {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}

async function compare(drawn: Drawn, network: Network, run: Run): Promise<Outcome> {
  const truth = new Truth(drawn)
  const rounded = new Truth(drawn, imprecise)
  const { layout } = network.analyzed
  const { order } = drawn.answer
  const dice = new Dice(`judge ${drawn.seed}`)

  const near = (
    found: ArrayLike<number>,
    right: ArrayLike<number>,
    noisy: ArrayLike<number>,
    size: number,
    what: string,
  ) => {
    if (found.length !== right.length)
      throw new Disagreement(`${what}: ${found.length} values where ${right.length} are right`, truth.evaluation)
    let [worst, noise] = [0, 0]
    for (let i = 0; i < right.length; i++) {
      const exact = right[i] ?? Number.NaN
      const error = Math.abs((found[i] ?? Number.NaN) - exact)
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
      noise = Math.max(noise, Math.abs((noisy[i] ?? Number.NaN) - exact))
    }
    if (worst <= Math.max(TOLERANCE * size, NOISES * noise)) return
    throw new Disagreement(`${what}: off by ${worst.toPrecision(3)} of ${size.toPrecision(3)}`, truth.evaluation)
  }

  if (layout.classes !== order.length)
    throw new Disagreement(`${layout.classes} classes where there are ${order.length}`, truth.evaluation)
  near(run.logits, truth.scores(), rounded.scores(), largest(truth.scores()), 'logits')
  if (drawn.answer.activation !== 'none')
    near(run.probabilities, truth.probabilities(), rounded.probabilities(), 1, 'probabilities')
  const target = dice.int(0, order.length - 1)
  const points = chosenPoints(drawn, layout.hookPoints, layout.layer, dice)
  const input = drawn.input.name
  const wanted = [...points.map(point => point.value), input]
  const exact = truth.differentiate(target, wanted)
  const noisy = rounded.differentiate(target, wanted)
  const refusals: string[] = []
  let maps = 0
  for (const { path, value, gradient } of points) {
    if (!gradient.ok) {
      if (largest(truth.map(value, exact.get(value)).whole) > 0) refusals.push(gradient.reason)
      continue
    }
    const { map, rounding } = await mapOf(run, 'gradcam', path, target)
    const { sum, whole } = truth.map(value, exact.get(value))
    const right = sum.map(sum => Math.max(sum, 0))
    const [left, all] = [largest(right), largest(whole)]
    if (rounding && left < 1e-2 * all) continue
    const noise = rounded.map(value, noisy.get(value)).sum.map(sum => Math.max(sum, 0))
    const inOrder = (values: Float64Array) => (drawn.turned ? asIn(map, values, right) : values)
    near(map.values, inOrder(right), inOrder(noise), largest(sum), `Grad-CAM at ${value}`)
    maps++
  }
  const derivative = exact.get(input)
  if (layout.inputGradient.ok) {
    const found = await gradientOf(run, 'saliency', target)
    const row = firstRow(drawn, derivative)
    if (!(found.every(value => value === 0) && largest(row) < 1e-6))
      near(found, row, firstRow(drawn, noisy.get(input)), largest(row), 'the gradient at the input')
  } else if (derivative?.data.some(slope => slope !== 0)) refusals.push(layout.inputGradient.reason)
  return { kind: 'right', maps, refusals }
}

/**
 * float32, and up to two of its steps off, the same for the same number: engines sum in float32 too, where the evaluator sums in
 * doubles.
 */
const imprecise = (x: number): number => Math.fround(x * (1 + 2 ** -22 * Math.sin(78233.1 * x)))

/** Values in the order of `right`, rows and columns exchanged where that is nearer to the map. */
function asIn({ height, width, values: found }: RawMap, values: Float64Array, right: Float64Array): Float64Array {
  const turned = (all: Float64Array) =>
    Float64Array.from(all.keys(), i => all[(i % width) * height + Math.floor(i / width)] ?? Number.NaN)
  const distance = (all: Float64Array) => all.reduce((sum, value, i) => sum + Math.abs(value - (found[i] ?? 0)), 0)
  return distance(turned(right)) < distance(right) ? turned(values) : values
}

/** Three layers: the default, and two others of those whose places are known. */
function chosenPoints(drawn: Drawn, points: readonly HookPoint[], main: string, dice: Dice): HookPoint[] {
  const offered = points.find(({ value, gradient }) => drawn.lies.get(value)?.kind === 'none' && gradient.ok)
  if (offered) throw new Error(`a map is offered of ${offered.value}, which has no places`)
  const placed = points.filter(({ value }) => (drawn.lies.get(value)?.kind ?? 'none') !== 'none')
  const [first] = placed.filter(({ path }) => path === main)
  const others = placed.filter(point => point !== first)
  const two = others.length > 0 ? [dice.of(others), dice.of(others)] : []
  return [...new Set([...(first ? [first] : []), ...two])].filter(({ grid }) => !grid || grid.height * grid.width > 1)
}

/** The derivative by the first row of a batch, channels first, as the program gives it. */
function firstRow({ picture, input }: Drawn, derivative: NdArray | undefined): Float64Array {
  const values = derivative?.data ?? new Float64Array(picture.data.length)
  const row = values.slice(0, picture.data.length)
  if (picture.dims[2] !== 3 || input.dims.at(-1) !== 3) return row
  const plane = row.length / 3
  return Float64Array.from(row.keys(), i => row[(i % plane) * 3 + Math.floor(i / plane)] ?? 0)
}

function told(error: unknown): string {
  if (error instanceof HookscopeError) return `${error.message} ${error.detail ?? ''}`
  return error instanceof Error ? `${error.stack?.slice(0, 600)}` : String(error)
}
