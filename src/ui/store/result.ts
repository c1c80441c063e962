import type { Attribution } from '../../attribution/method'
import { digits, mapEntry, mapValues, topClasses } from '../../export/result'
import { shownAnswer } from '../model/answer'
import type { Scene } from './state'

/** A map or gradient with all that it belongs to, as the command line's `--json --raw` prints it. */
export function resultJson(scene: Scene, explanation: Attribution) {
  const { network, wanted, at, changed } = scene
  const { logits, top } = shownAnswer(scene)
  const { labels, activation, rectifiers } = network
  return {
    model: network.id,
    engine: network.engine.name,
    ...(changed ? { interventions: at.interventions } : {}),
    results: [
      {
        picture: wanted.picture.name,
        resize: wanted.resize,
        top: topClasses(top, labels, activation === 'none'),
        logits: digits(logits),
        maps: [{ ...mapEntry(explanation, labels, rectifiers), ...mapValues(explanation) }],
      },
    ],
  }
}
