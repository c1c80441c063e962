import type { Explanation } from '../../engine/types'
import { labelOf } from '../model/classes'
import type { Scene } from './state'

/** A map with all that it belongs to, as the command line's `--json --raw` prints it. */
export function resultJson({ network, wanted, sight, top }: Scene, { method, layer, target, map }: Explanation) {
  const label = (index: number) => labelOf(network.labels, index)
  return {
    model: network.id,
    engine: network.engine.name,
    results: [
      {
        picture: wanted.picture.name,
        resize: wanted.resize,
        top: top.map(({ index, probability }) => ({ index, label: label(index), probability })),
        logits: Array.from(sight.logits),
        maps: [
          {
            method,
            layer,
            class: target,
            label: label(target),
            shape: [map.height, map.width],
            values: Array.from(map.values),
          },
        ],
      },
    ],
  }
}
