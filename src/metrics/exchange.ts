import { scoreOf } from '../attribution/target'
import type { Measured, Subject } from './metric'

/** The option of metrics that change a picture bit by bit. */
export const PARTS = { default: 50, least: 1, most: 1000, isWhole: true, help: 'parts in which the pixels are changed' }

/**
 * The target's probability while the pixels of one input give way to those of another, those that count most first, and the area under it
 * by the trapezium rule, all pixels being 1: Petsiuk et al. 2018, section 4.1.
 *
 * @param from, to [C, H, W]
 */
export async function exchange(
  subject: Subject,
  from: Float32Array,
  to: Float32Array,
  parts: number,
): Promise<Measured> {
  const { target, explanation } = subject
  const order = byRelevance(explanation.relevance)
  const now = from.slice()
  const curve: number[] = []
  for (let part = 0; part <= parts; part++) {
    await subject.progress(part, parts + 1)
    if (part > 0) put(now, to, order.subarray(edge(part - 1, parts, order), edge(part, parts, order)), order.length)
    curve.push(scoreOf(target, (await answerTo(subject, now)).probabilities))
  }
  return { value: area(curve), curve }
}

const edge = (part: number, parts: number, { length }: Uint32Array): number => Math.round((part * length) / parts)

/** The picture itself has been run already. */
const answerTo = async (subject: Subject, input: Float32Array) =>
  input.every((value, i) => value === subject.input[i]) ? subject.answer : subject.answerTo(input)

/** Places of pixels, the largest first, of equals the first in the picture, and last those on which no cell lies. */
export function byRelevance(relevance: Float32Array): Uint32Array {
  const known = relevance.map(value => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value))
  return Uint32Array.from(relevance.keys()).sort((a, b) => (known[b] ?? 0) - (known[a] ?? 0) || a - b)
}

/** Takes some places of all channels from another input. @param size places of a channel */
function put(input: Float32Array, from: Float32Array, places: Uint32Array, size: number): void {
  for (let channel = 0; channel < input.length; channel += size)
    for (const place of places) input[channel + place] = from[channel + place] ?? 0
}

/** Under values at equal steps from 0 to 1. */
const area = (values: readonly number[]): number =>
  values.reduce((sum, value, i) => sum + (i === 0 || i === values.length - 1 ? value / 2 : value), 0) /
  (values.length - 1)
