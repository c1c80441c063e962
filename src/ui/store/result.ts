import { INPUT } from '../../cam/all-methods'
import type { AnyExplanation } from '../../engine/types'
import { labelOf } from '../model/classes'
import type { Scene } from './state'

/** A map or gradient with all that it belongs to, as the command line's `--json --raw` prints it. */
export function resultJson({ network, wanted, sight, top, at, before }: Scene, explanation: AnyExplanation) {
  const { method, target } = explanation
  const label = (index: number) => labelOf(network.labels, index)
  return {
    model: network.id,
    engine: network.engine.name,
    ...(before ? { interventions: at.interventions } : {}),
    results: [
      {
        picture: wanted.picture.name,
        resize: wanted.resize,
        top: top.map(({ index, probability }) => ({ index, label: label(index), probability })),
        logits: Array.from(sight.logits),
        maps: [{ method, ...placeOf(explanation), class: target, label: label(target), ...valuesOf(explanation) }],
      },
    ],
  }
}

function placeOf({ method, layer }: AnyExplanation) {
  return method === 'guided-gradcam' ? { layer: INPUT, camLayer: layer } : { layer }
}

function valuesOf(explanation: AnyExplanation) {
  if ('map' in explanation) {
    const { height, width, values, places } = explanation.map
    return { shape: [height, width], values: Array.from(values), ...(places && { places }) }
  }
  const { height, width, values } = explanation.gradient
  return { shape: [values.length / (height * width), height, width], values: Array.from(values) }
}
