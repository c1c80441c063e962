import type { Attribution } from '../attribution/method'
import { normal, uniform } from '../attribution/random'
import { type Explanation, explanationOf } from './explanation'
import type { Subject } from './metric'

/** What a metric says of random answers. */
export interface Chance {
  /** How many were drawn. */
  readonly draws: number
  readonly mean: number
  /** Standard deviation over the draws; 0 of one. */
  readonly deviation: number
}

/**
 * The same picture with random numbers in the place of a method's: over the map's own cells uniform between 0 and 1, as maps are drawn;
 * values over the input normal, as gradients have both signs.
 */
export function randomSubject(subject: Subject, seed: number): Subject {
  const { height, width, explanation } = subject
  return { ...subject, explanation: explanationOf(randomised(explanation.attribution, seed), height, width) }
}

function randomised(attribution: Attribution, seed: number): Attribution {
  if (attribution.kind === 'map') {
    const next = uniform(seed)
    const { map } = attribution
    return { ...attribution, map: { ...map, values: map.values.map(() => next()) } }
  }
  const next = normal(seed)
  const { gradient } = attribution
  return { ...attribution, gradient: { ...gradient, values: gradient.values.map(() => next()) } }
}

/** Equal for answers whose random counterparts are equal. */
export function cellsOf({ attribution }: Explanation): string {
  if (attribution.kind === 'gradient') return attribution.method
  const { height, width, places } = attribution.map
  return JSON.stringify([height, width, places ?? null])
}

export function chanceOf(values: readonly number[]): Chance {
  const draws = values.length
  const mean = values.reduce((sum, value) => sum + value / draws, 0)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, draws - 1)
  return { draws, mean, deviation: Math.sqrt(variance) }
}
