import { ALL_METHODS } from '../../cam/all-methods'
import { METHODS } from '../../cam/methods'
import type { AnyExplanation, Explanation, InputExplanation } from '../../engine/types'
import { strongestChannel } from '../../image/gradient'
import { type Peak, peak, placeName, type ScaledMap, scaleMap } from '../../image/heatmap'
import { percent, value } from './format'

/** A channel in a sentence. */
export function describeChannel(scaled: ScaledMap, channel: number, layer: string): string {
  const strongest = peak(scaled)
  if (!strongest) return `Channel ${channel} of ${layer} is ${value(scaled.low)} everywhere.`
  return `Channel ${channel} of ${layer}, strongest at the ${placeName(strongest.x, strongest.y)}.`
}

/** A map or a gradient in a sentence: whose it is and where it is strongest. */
export function describe(explanation: AnyExplanation, label: string): string {
  return 'map' in explanation
    ? describeMap(scaleMap(explanation.map), explanation, label)
    : describeGradient(explanation, label)
}

function describeMap(scaled: ScaledMap, { method, layer, rounding }: Explanation, label: string): string {
  const strongest = peak(scaled)
  if (rounding) return `No evidence for ${label} at ${layer}: its weights cancel there, to float32’s rounding error.`
  if (!strongest) return `No positive evidence for ${label} at ${layer}.`
  return `${METHODS[method].label} of ${label} at ${layer}, ${whereabouts(strongest)}`
}

function describeGradient({ method, gradient }: InputExplanation, label: string): string {
  const map = strongestChannel(gradient)
  const strongest = peak(scaleMap({ ...map, values: map.values.map(Math.abs) }))
  const what = `${ALL_METHODS[method].label} of ${label} at the input`
  return strongest ? `${what}, ${whereabouts(strongest)}` : `${what} is 0 everywhere, to float32’s rounding error.`
}

function whereabouts({ x, y }: Peak): string {
  return `strongest at the ${placeName(x, y)}: ${percent(x)} from the left and ${percent(y)} from the top of what the network saw.`
}
