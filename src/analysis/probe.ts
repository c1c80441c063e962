import { sizeOf } from '../graph/tensors'
import type { Node } from '../graph/types'
import { activated, type Step } from './activation'
import { type Constants, evaluate, NONE } from './evaluate'
import { rowOf } from './row'

/** Nodes between a row and what follows from it, the last first. */
interface Stretch {
  readonly value: string
  readonly nodes: readonly Node[]
  /** Those whose bounds are left out. */
  readonly passed: ReadonlySet<Node>
}

/** The row that comes out, and for each number of it which one that was put in it stands for. */
interface Result {
  readonly data: readonly number[]
  readonly from: readonly number[]
}

/** Puts a row of numbers in, number k at place k. */
type Put = (numbers: (k: number) => number) => Result | undefined

/** As far as results may differ, of their size: what softmax in float32 leaves, many times over. */
const TOLERANCE = 1e-4

/** Of a scale that can be told from none: a temperature of 1,000. */
const LEAST_SCALE = 1e-3

/** A number from −1.5 to 1.5, another for each place. */
function noise(place: number): number {
  const x = Math.sin(12.9898 * (place + 1)) * 43758.5453
  return 3 * (x - Math.floor(x)) - 1.5
}

/**
 * The function between two rows, told from numbers: a softmax or sigmoid, in whatever operators and times any factor, or
 * its logarithm; undefined where it is neither.
 */
export function stepBetween(stretch: Stretch, end: string, batch: number, constants: Constants): Step | undefined {
  const probe = probeOf(stretch, end, batch, constants)
  const still = probe?.put(() => 0)
  const [atZero = 0] = still?.data ?? []
  if (!probe || !still || still.from.some(k => k < 0) || atZero === 0) return undefined
  if (!still.data.every(v => near(v, atZero))) return undefined
  const step = probe.count > 1 ? softmaxStep(probe.put, still, probe.count) : undefined
  return step ?? sigmoidStep(probe.put, still, probe.count)
}

/**
 * Why scores are none of classes that can be compared: they are the same whatever the picture is, or only some of them
 * depend on each other, as where a softmax runs over an axis that is not the classes'.
 */
export function oddity(stretch: Stretch, end: string, batch: number, constants: Constants): string | undefined {
  const probe = probeOf(stretch, end, batch, constants)
  const [still, moved] = [probe?.put(() => 0), probe?.put(noise)]
  if (!probe || !still || !moved || still.from.some(k => k < 0)) return undefined
  const [value] = still.data
  if (value !== undefined && Number.isFinite(value) && moved.data.every(v => near(v, value)))
    return `is ${value} for every class, whatever the picture is: a softmax runs along an axis that is not the classes'`
  const one = probe.put(k => Number(k === still.from[0]))
  const touched = one?.data.filter((v, k) => !near(v, still.data[k] ?? v)).length ?? 0
  return touched > 1 && touched < still.data.length
    ? `is several groups of ${touched} classes, each with a softmax of its own`
    : undefined
}

function probeOf(
  { value, nodes, passed }: Stretch,
  end: string,
  batch: number,
  constants: Constants,
): { readonly put: Put; readonly count: number } | undefined {
  const { shapes } = constants
  const [from, to] = [value, end].map(name => shapes.get(name))
  const [row, result] = [rowOf(from, batch), rowOf(to, batch)]
  if (!from || !to || !row || !result) return undefined
  const { count, stride } = row
  const order = nodes.toReversed()
  const put: Put = numbers => {
    // Pictures after the first have numbers of their own: they must not matter.
    const data = Array.from({ length: sizeOf(from.dims) }, (_, place) => noise(place + count))
    const origins = new Array<number>(data.length).fill(NONE)
    for (let k = 0; k < count; k++) {
      data[k * stride] = numbers(k)
      origins[k * stride] = k
    }
    const found = evaluate(order, [value, { dims: from.dims, data, from: origins }], end, { ...constants, passed })
    if (found?.data.length !== sizeOf(to.dims)) return undefined
    const places = Array.from({ length: result.count }, (_, k) => k * result.stride)
    return {
      data: places.map(place => found.data[place] ?? Number.NaN),
      from: places.map(place => (count === 1 ? 0 : (found.from[place] ?? NONE))),
    }
  }
  return { put, count }
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(b), 1e-12)

/** A score is c · p or m · log p; c and m follow from what p is where all logits are 0. */
const readings = (atZero: number, p: number): readonly ((score: number) => number)[] => [
  score => (score * p) / atZero,
  score => Math.exp((score * Math.log(p)) / atZero),
]

/** p = exp(s z) / Σ exp(s z): of a logit 1 among zeros e^s / (e^s + count − 1). */
function softmaxStep(put: Put, still: Result, count: number): Step | undefined {
  const results = still.from.map(index => ({ index, sign: 1 as const }))
  for (const read of readings(still.data[0] ?? 0, 1 / count)) {
    const p = read(put(k => Number(k === still.from[0]))?.data[0] ?? Number.NaN)
    const scale = rounded(Math.log(((count - 1) * p) / (1 - p)))
    const step: Step = { kind: 'softmax', scale, results }
    if (scale > LEAST_SCALE && holds(step, read, put, count)) return step
  }
  return undefined
}

/** p = 1 / (1 + exp(∓s z)): of logits 1 the odds are e^±s. */
function sigmoidStep(put: Put, still: Result, count: number): Step | undefined {
  const ones = put(() => 1)
  for (const read of readings(still.data[0] ?? 0, 0.5)) {
    const odds = (ones?.data ?? []).map(score => Math.log(read(score) / (1 - read(score))))
    const scale = rounded(Math.abs(odds[0] ?? 0))
    const results = odds.map((odd, k) => ({ index: still.from[k] ?? 0, sign: odd < 0 ? (-1 as const) : (1 as const) }))
    const step: Step = { kind: 'sigmoid', scale, results }
    if (scale > LEAST_SCALE && holds(step, read, put, count)) return step
  }
  return undefined
}

/** As it was written, without the rounding of the numbers that it was found from. */
const rounded = (scale: number): number => Number(scale.toPrecision(6))

function holds(step: Step, read: (score: number) => number, put: Put, count: number): boolean {
  return [1, 2].every(seed => {
    const numbers = Array.from({ length: count }, (_, k) => noise(seed * count + k))
    const found = put(k => numbers[k] ?? 0)
    const right = activated(Float32Array.from(numbers), [step])
    return found?.data.every((score, k) => near(read(score), right[k] ?? Number.NaN)) === true
  })
}
