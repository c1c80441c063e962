import { type CSSProperties, type ReactNode, useMemo } from 'react'
import type { GradientAttribution } from '../../attribution/method'
import { findMethod } from '../../attribution/methods'
import { classOf } from '../../attribution/target'
import { labelOf } from '../../catalog/labels'
import { drawGradient } from '../../image/gradient'
import { describe } from '../model/describe'
import { seenPart } from '../model/seenPart'
import type { Comparison, Scene } from '../store/state'
import { usePage } from '../usePage'
import { AgainstSelect } from './AgainstSelect'
import { PixelCanvas } from './MapCanvas'
import '../styles/comparison.css'

/** The gradients of two classes, and how alike they are. */
export function ComparisonView({ comparison: { scene, pair, correlations } }: { comparison: Comparison }) {
  const layer = usePage(page => page.choice?.layer)
  const [first, second] = pair
  return (
    <div className="comparison">
      <Half scene={scene} explanation={first}>
        <strong>{labelOf(scene.network.labels, classOf(first.target))}</strong>
      </Half>
      <Half scene={scene} explanation={second}>
        <AgainstSelect scene={scene} target={classOf(first.target)} against={classOf(second.target)} />
      </Half>
      <p className="correlations-head small">Correlation of the two: 1 is the same picture, 0 nothing in common</p>
      <dl className="correlations" aria-label="Correlation of the two classes">
        {correlations.map(({ method, value }) => (
          <div key={method} className="correlation" style={{ '--share': Math.abs(value) || 0 } as CSSProperties}>
            <dt>
              {findMethod(method).label} {findMethod(method).result === 'map' && <span className="small">{layer}</span>}
            </dt>
            <dd>{Number.isNaN(value) ? 'one is empty' : value.toFixed(3)}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

interface HalfProps {
  readonly scene: Scene
  readonly explanation: GradientAttribution
  /** Whose it is. */
  readonly children: ReactNode
}

function Half({ scene, explanation, children }: HalfProps) {
  const { drawing, opacity } = usePage(page => page.settings.gradient)
  const { pixels } = useMemo(() => drawGradient(explanation.gradient, drawing), [explanation, drawing])
  const label = labelOf(scene.network.labels, classOf(explanation.target))
  const { seen } = scene.sight
  return (
    <figure className="half" style={{ '--ratio': seen.width / seen.height } as CSSProperties}>
      <figcaption className="half-class">{children}</figcaption>
      <div className="half-area">
        <div className="half-picture" role="img" aria-label={describe(explanation, label)} style={seenPart(scene)}>
          <PixelCanvas pixels={pixels} opacity={opacity} />
        </div>
      </div>
    </figure>
  )
}
