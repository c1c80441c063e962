import type { Attribution } from '../../attribution/method'
import { classOf } from '../../attribution/target'
import { shownAnswer } from '../model/answer'
import { labelOf } from '../model/classes'
import type { Scene } from './state'

/** A map or gradient with all that it belongs to, as the command line's `--json --raw` prints it. */
export function resultJson(scene: Scene, explanation: Attribution) {
  const { network, wanted, at, changed } = scene
  const { logits, top } = shownAnswer(scene)
  const { method } = explanation
  const target = classOf(explanation.target)
  const label = (index: number) => labelOf(network.labels, index)
  return {
    model: network.id,
    engine: network.engine.name,
    ...(changed ? { interventions: at.interventions } : {}),
    results: [
      {
        picture: wanted.picture.name,
        resize: wanted.resize,
        top: top.map(({ index, probability }) => ({ index, label: label(index), probability })),
        logits: Array.from(logits),
        maps: [{ method, ...placeOf(explanation), class: target, label: label(target), ...valuesOf(explanation) }],
      },
    ],
  }
}

function placeOf(explanation: Attribution) {
  const { layer } = explanation
  const camLayer = explanation.kind === 'gradient' ? explanation.camLayer : null
  return camLayer === null ? { layer } : { layer, camLayer }
}

function valuesOf(explanation: Attribution) {
  if (explanation.kind === 'map') {
    const { height, width, values, places } = explanation.map
    return { shape: [height, width], values: Array.from(values), ...(places && { places }) }
  }
  const { height, width, values } = explanation.gradient
  return { shape: [values.length / (height * width), height, width], values: Array.from(values) }
}
