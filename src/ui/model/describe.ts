import { METHODS } from '../../cam/methods'
import type { Explanation } from '../../engine/types'
import { peak, placeName, type ScaledMap } from '../../image/heatmap'
import { percent, value } from './format'

/** What a map without any positive value says. */
export function noEvidence(label: string, layer: string): string {
  return `No positive evidence for ${label} at ${layer}.`
}

/** A channel in a sentence. */
export function describeChannel(scaled: ScaledMap, channel: number, layer: string): string {
  const strongest = peak(scaled)
  if (!strongest) return `Channel ${channel} of ${layer} is ${value(scaled.low)} everywhere.`
  return `Channel ${channel} of ${layer}, strongest at the ${placeName(strongest.x, strongest.y)}.`
}

/** A map in a sentence: whose it is and where it is strongest. */
export function describeMap(scaled: ScaledMap, { method, layer }: Explanation, label: string): string {
  const strongest = peak(scaled)
  if (!strongest) return noEvidence(label, layer)
  const { x, y } = strongest
  const place = placeName(x, y)
  return `${METHODS[method].label} of ${label} at ${layer}, strongest at the ${place}: ${percent(x)} from the left and ${percent(y)} from the top of what the network saw.`
}
