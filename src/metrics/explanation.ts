import type { Attribution, GradientAttribution, MapAttribution } from '../attribution/method'
import { findMethod } from '../attribution/methods'
import { HookscopeError } from '../errors'
import { strongestChannel } from '../image/gradient'
import { liesOnPicture, sampleMap, scaleMap } from '../image/heatmap'

/** A method's answer, laid over the network's input. */
export interface Explanation {
  readonly attribution: Attribution
  /**
   * What each pixel counts for, [H, W]: a map of a layer resized bilinearly (half-pixel centres, edges clamped), NaN where no cell of
   * it lies; of parts of the logit their sum over the channels; of other values over the input the largest size of a channel.
   */
  readonly relevance: Float32Array
}

/** @throws HookscopeError `no-spatial-extent` where the cells of a map cannot be laid over the picture */
export function explanationOf(attribution: Attribution, height: number, width: number): Explanation {
  if (attribution.kind === 'gradient') return { attribution, relevance: overChannels(attribution) }
  return { attribution, relevance: sampleMap(laid(attribution), width, height, true) }
}

/** As it is drawn: ReLU, the largest value 1, and 0 where no cell lies, [H, W]. */
export function shownOf({ attribution, relevance }: Explanation, height: number, width: number): Float32Array {
  const map = attribution.kind === 'map' ? attribution.map : { height, width, values: relevance }
  const shown = sampleMap(scaleMap(map), width, height, true)
  return shown.map(value => (Number.isNaN(value) ? 0 : value))
}

/** Whether there is nothing to judge: nothing in it speaks for the class. */
export const isEmpty = ({ relevance }: Explanation): boolean => !relevance.some(value => value > 0)

function laid({ map, layer }: MapAttribution) {
  if (liesOnPicture(map)) return map
  throw new HookscopeError(
    'no-spatial-extent',
    `The map at ${layer} cannot be laid over the picture (${map.places?.mixed}), so it cannot be judged by the picture. Choose another layer.`,
  )
}

function overChannels({ method, gradient }: GradientAttribution): Float32Array {
  const found = findMethod(method)
  if (found.result === 'map' || !found.isSigned) return strongestChannel(gradient).values.map(Math.abs)
  const places = gradient.height * gradient.width
  const sum = new Float64Array(places)
  for (const [i, value] of gradient.values.entries()) sum[i % places] = (sum[i % places] ?? 0) + value
  return Float32Array.from(sum)
}
