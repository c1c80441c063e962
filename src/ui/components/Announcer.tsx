import { classOf } from '../../attribution/target'
import { labelOf } from '../../catalog/labels'
import { shownAnswer } from '../model/answer'
import { describe } from '../model/describe'
import { scoreFormat } from '../model/format'
import type { Scene, ShownMap } from '../store/state'
import { usePage } from '../usePage'

/** Says what came to those who do not see it. */
export function Announcer() {
  const scene = usePage(page => page.scene)
  const map = usePage(page => page.map)
  return (
    <>
      <p className="hidden" role="status">
        {scene && answer(scene)}
      </p>
      <p className="hidden" role="status">
        {map && words(map)}
      </p>
    </>
  )
}

function answer(scene: Scene): string {
  const { wanted, network } = scene
  const written = scoreFormat(network.activation)
  const classes = shownAnswer(scene).top.map(
    ({ index, probability }) => `${labelOf(network.labels, index)} ${written(probability)}`,
  )
  return `${wanted.picture.name}: ${classes.join(', ')}`
}

function words({ scene, explanation }: ShownMap): string {
  return describe(explanation, labelOf(scene.network.labels, classOf(explanation.target)))
}
