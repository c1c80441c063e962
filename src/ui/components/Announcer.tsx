import { scaleMap } from '../../image/heatmap'
import { describeMap } from '../model/describe'
import { percent } from '../model/format'
import { usePage } from '../usePage'

/** Says what came to those who do not see it. */
export function Announcer() {
  const scene = usePage(page => page.scene)
  const map = usePage(page => page.map)
  const engine = usePage(page => page.engine)
  const labels = scene?.network.labels
  return (
    <>
      <p className="hidden" role="status">
        {scene && `${scene.wanted.picture.name}: `}
        {scene?.top.map(({ index, probability }) => `${labels?.[index]} ${percent(probability)}`).join(', ')}
      </p>
      <p className="hidden" role="status">
        {map && describeMap(scaleMap(map.explanation.map), map.explanation, labelOf(map.explanation.target, labels))}
      </p>
      <p className="hidden" role="status">
        {engine?.note}
      </p>
    </>
  )
}

function labelOf(index: number, labels: readonly string[] | undefined): string {
  return labels?.[index] ?? String(index)
}
