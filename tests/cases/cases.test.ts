import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type Evaluation, evaluate, gradients } from '../evaluator'
import { FAILING } from './failing'
import { pixels, planesOf, type Row, type Values } from './row'
import { answerRows } from './rows/answers'
import { furtherRows } from './rows/further'
import { gradientRows } from './rows/gradients'
import { headRows } from './rows/heads'
import { inputRows } from './rows/inputs'
import { methodRows } from './rows/methods'
import { operatorRows } from './rows/operators'
import { placeRows } from './rows/places'
import { quantizedRows } from './rows/quantized'
import {
  type Asked,
  byCommandLine,
  byLibrary,
  byPage,
  fetchShipped,
  PLAIN,
  relu,
  type Seen,
  WAYS,
  type Way,
  weightedSum,
} from './ways'

const ROWS: readonly Row[] = [
  ...[...placeRows, ...headRows, ...gradientRows, ...inputRows, ...methodRows],
  ...answerRows,
  ...[...operatorRows, ...furtherRows, ...quantizedRows],
]

/** Largest error as a share of the largest value: float32 sums of some hundred products, as in `grad/check`. */
const TOLERANCE = 1e-4

vi.stubGlobal('fetch', fetchShipped)

const folder = mkdtempSync(join(tmpdir(), 'cases-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LAYERS = ['c1', 'f']
const TARGETS = [0, 1]

const feedsOf = ({ feeds, picture = pixels() }: Row) => feeds?.(picture) ?? new Map([['x', planesOf(picture)]])

/** Seen once on each way: what it is held against is one thing, whether the ways agree another. */
const known = new Map<string, Promise<Seen>>()

function seeOnce(row: Row, way: Way): Promise<Seen> {
  const key = `${way}: ${row.name}`
  const seen = known.get(key) ?? see(row, way)
  known.set(key, seen)
  return seen
}

/** The row's file seen on one way. */
async function see(row: Row, way: Way, targets = TARGETS): Promise<Seen> {
  const { bytes } = row.file()
  const { picture = pixels(), told = PLAIN, output, beside, inputs, activation, right } = row
  const silent = 'refusal' in right || way === 'library' ? [] : (right.silent ?? [])
  const values =
    'refusal' in right
      ? { layers: right.layer && targets.length > 0 ? [right.layer] : [], targets }
      : {
          layers: [...(right.layers ?? LAYERS), ...silent],
          targets,
          ...(right.inputGradient === false && { inputGradient: false as const }),
          ...(right.refused && { refused: Object.keys(right.refused) }),
          ...((right.cam || right.guided || right.main) && {
            methods: [...(right.cam ? (['cam'] as const) : []), ...(right.guided ? (['guided'] as const) : [])],
          }),
        }
  const asked: Asked = {
    ...{ bytes, picture, ...values },
    ...{ ...(told && { told }), ...(output && { output }), ...(beside && { beside }) },
    ...{ ...(inputs && { inputs }), ...(activation && { activation }) },
  }
  if (way === 'page') return byPage(asked)
  if (way === 'command line')
    return byCommandLine(asked, mkdtempSync(join(folder, 'row-')), (await byPage({ ...asked, targets: [] })).view)
  return byLibrary(asked, feedsOf(row), row.floats ?? 'x')
}

/** @param beside what `expected` was made of, where that is larger */
function expectNear(
  found: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
  what: string,
  beside: ArrayLike<number> = expected,
): void {
  const right = Array.from(expected)
  expect(found?.length, `size of ${what}`).toBe(right.length)
  const scale = Array.from(beside).reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const worst = right.reduce((max, value, i) => Math.max(max, Math.abs((found?.[i] ?? Number.NaN) - value)), 0)
  expect(worst, `error of ${what}, whose largest value is ${scale}`).toBeLessThanOrEqual(TOLERANCE * scale)
}

function expectRight(row: Row, right: Values, seen: Seen, way: Way): void {
  const { truth } = row.file()
  const feeds = feedsOf(row)
  const name = truth.inputs[0]?.name ?? 'x'
  const evaluation = evaluate(truth, feeds)
  const logits = evaluation.values.get(right.logits)
  if (!logits) throw new Error(`there is no ${right.logits}`)
  const order = right.order ?? Array.from(logits.data.keys())
  const own = order.map(place => logits.data[place] ?? Number.NaN)
  // The absence of what a single number stands for is a class of its own; a library shows the logits as they are.
  const scores = right.twoSides && way !== 'library' ? own.flatMap(logit => [logit, -logit]) : own
  expectNear(seen.logits, scores, 'the logits')
  const layers = right.layers ?? LAYERS
  for (const target of TARGETS) {
    const seed = new Float64Array(logits.data.length)
    if (right.twoSides) seed[0] = target === 0 ? 1 : -1
    else seed[order[target] ?? 0] = 1
    const found = gradients(evaluation, right.logits, seed, [...layers, ...feeds.keys()])
    for (const layer of layers) {
      const activation = evaluation.values.get(layer)
      if (!activation) throw new Error(`there is no ${layer}`)
      const sum = weightedSum(activation, found.get(layer))
      expectNear(seen.maps.get(`${layer} ${target}`), relu(sum), `Grad-CAM at ${layer}`, sum)
    }
    const atInput = found.get(name)
    if (way !== 'library')
      for (const layer of right.silent ?? [])
        expect(Math.max(...Array.from(seen.maps.get(`${layer} ${target}`) ?? [1])), `evidence at ${layer}`).toBe(0)
    if (right.inputGradient !== false && atInput)
      expectNear(seen.gradients.get(target), row.gradient?.(atInput, way) ?? atInput.data, 'the gradient at the input')
  }
  if (right.activation && seen.top) {
    const probabilities = activated(scores, right.activation)
    for (const { index, probability } of seen.top)
      expect(probability, `probability of ${index}`).toBeCloseTo(probabilities[index] ?? Number.NaN, 4)
  }
  if (right.best && seen.top) expect(seen.top[0]?.label).toBe(right.best)
  if (way !== 'library') expectOthers(row, right, seen, evaluation)
  right.also?.(seen, way)
}

/** What a library leaves to others: CAM, guided backpropagation, the default layer. */
function expectOthers(row: Row, right: Values, seen: Seen, evaluation: Evaluation): void {
  const { logits, order, cam, guided, main, says, refused = {} } = right
  if (says) expect(seen.said).toMatch(says)
  if (main) expect(seen.main).toBe(main)
  for (const [value, why] of Object.entries(refused)) expect(seen.others.get(value), value).toMatch(why)
  const gated = guided === true ? evaluate(row.file().truth, feedsOf(row), { guided: true }) : undefined
  if (guided instanceof RegExp) expect(seen.said).toMatch(guided)
  for (const target of TARGETS) {
    const seed = new Float64Array(evaluation.values.get(logits)?.data.length ?? 0)
    seed[order?.[target] ?? target] = 1
    const [ofCam, ofGuided] = ['cam', 'guided'].map(method => seen.others.get(`${method} ${target}`))
    if (cam instanceof RegExp) expect(ofCam).toMatch(cam)
    else if (cam) expectNear(numbers(ofCam), camOf(evaluation, right, seed, cam), `CAM at ${cam}`)
    if (!guided) continue
    const found = gated ? gradients(gated, logits, seed, ['x']).get('x')?.data : seen.gradients.get(target)
    if (gated) expect(found, 'it is another thing than saliency').not.toEqual(seen.gradients.get(target))
    expectNear(numbers(ofGuided), found ?? [], 'guided backpropagation')
  }
}

function numbers(seen: ArrayLike<number> | string | undefined): ArrayLike<number> | undefined {
  if (typeof seen === 'string') throw new Error(seen)
  return seen
}

/** Σ_k w_k·A_k, where each place of A_k adds w_k/(H·W) of itself to the logit, wherever it is. */
function camOf(evaluation: Evaluation, { logits }: Values, seed: Float64Array, features: string): Float64Array {
  const activation = evaluation.values.get(features)
  const slope = gradients(evaluation, logits, seed, [features]).get(features)
  if (!activation || !slope) throw new Error(`nothing depends on ${features}`)
  const plane = (activation.dims[2] ?? 1) * (activation.dims[3] ?? 1)
  slope.data.forEach((value, i) => {
    expect(value, 'each place counts alike').toBeCloseTo(slope.data[i - (i % plane)] ?? Number.NaN, 12)
  })
  return weightedSum(activation, slope).map(value => value * plane)
}

function activated(scores: readonly number[], activation: NonNullable<Values['activation']>): number[] {
  if (activation === 'none') return [...scores]
  if (activation === 'sigmoid') return scores.map(score => 1 / (1 + Math.exp(-score)))
  const powers = scores.map(score => Math.exp(score - Math.max(...scores)))
  const sum = powers.reduce((a, b) => a + b, 0)
  return powers.map(power => power / sum)
}

for (const way of WAYS)
  describe(`through the ${way}`, () => {
    for (const row of ROWS) {
      const check = async () => {
        if (!('refusal' in row.right)) return expectRight(row, row.right, await seeOnce(row, way), way)
        const { opens, pictures, layer } = row.right
        const numbers = way === 'library' && (pictures || layer)
        if (opens || numbers) expect((await see(row, way, [])).logits.length).toBeGreaterThan(1)
        if (numbers) return
        await expect(see(row, way)).rejects.toThrow(row.right.refusal)
      }
      if (FAILING.has(`${way}: ${row.name}`)) it.fails(row.name, check)
      else it(row.name, check)
    }
  })

describe('page and command line give the same numbers to the digit, and the library the same logits', () => {
  const written = (values: ArrayLike<number> | string | undefined) =>
    typeof values === 'string' ? values : Array.from(values ?? [], value => Math.fround(value) + 0)
  const all = (seen: ReadonlyMap<string | number, ArrayLike<number> | string>) =>
    Object.fromEntries([...seen].map(([key, values]) => [key, written(values)]))
  const rows = ROWS.filter(row => 'logits' in row.right && WAYS.every(way => !FAILING.has(`${way}: ${row.name}`)))
  it.each(rows)('$name', async row => {
    const [page, line, library] = await Promise.all(WAYS.map(way => seeOnce(row, way)))
    if (!page || !line || !library) throw new Error('a way is missing')
    expect(written(line.logits)).toEqual(written(page.logits))
    expect(all(line.maps)).toEqual(all(page.maps))
    expect(all(line.gradients)).toEqual(all(page.gradients))
    expect(line.top?.map(({ index }) => index)).toEqual(page.top?.slice(0, line.top?.length).map(({ index }) => index))
    const isTwo = 'twoSides' in row.right && row.right.twoSides
    expect(written(library.logits)).toEqual(written(page.logits).slice(0, isTwo ? 1 : undefined))
  })
})
