import type { CSSProperties } from 'react'
import { classOf } from '../../attribution/target'
import { labelOf } from '../../catalog/labels'
import { describe, describeChannel } from '../model/describe'
import { shownPicture } from '../store/selectors'
import { useDecoded } from '../useDecoded'
import { type Layer, useLayer } from '../useLayer'
import { usePage } from '../usePage'
import { Caption } from './Caption'
import { ChangedMarker } from './ChangedMarker'
import { ComparisonView } from './ComparisonView'
import { Crossfade } from './Crossfade'
import { PictureView } from './PictureView'
import { StageStatus } from './StageStatus'
import { StageTools } from './StageTools'
import '../styles/stage.css'

/** The picture with the heatmap over it: the largest thing on the page. */
export function Stage() {
  const decoded = useDecoded(usePage(shownPicture))
  const scene = usePage(page => page.scene)
  const view = usePage(page => page.settings.view)
  const gradientView = usePage(page => page.settings.gradient)
  const comparison = usePage(page => page.comparison)
  const bare = usePage(page => page.bare)
  const layer = useLayer()
  const fitting = layer?.scene.wanted.picture === decoded?.picture ? layer : null
  const seen = fitting?.scene.sight.seen ?? (scene?.wanted.picture === decoded?.picture ? scene?.sight.seen : undefined)

  const compared =
    comparison && !bare && comparison.scene === layer?.scene && !('channel' in layer.of) ? comparison : null

  return (
    <section className="stage" aria-label="Picture and heatmap" data-bare={bare || undefined}>
      <div className="caption-row">
        <Caption layer={fitting} compared={compared} />
        <ChangedMarker />
      </div>
      <div className="stage-area" style={{ '--ratio': decoded ? decoded.width / decoded.height : 1 } as CSSProperties}>
        {compared && <ComparisonView comparison={compared} />}
        {decoded && !compared && (
          <Crossfade id={decoded.picture.id} className="stage-layer">
            <PictureView
              picture={decoded}
              seen={seen}
              layer={fitting}
              view={view}
              gradientView={gradientView}
              label={[decoded.picture.about ?? decoded.picture.name, fitting && words(fitting)]
                .filter(Boolean)
                .join('. ')}
            />
          </Crossfade>
        )}
        <StageStatus nothing={fitting && fitting.scaled.high === fitting.scaled.low ? words(fitting) : null} />
      </div>
      <StageTools />
    </section>
  )
}

function words({ scene, scaled, of }: Layer): string {
  if ('channel' in of) return describeChannel(scaled, of.channel, of.layer)
  return describe(of.explanation, labelOf(scene.network.labels, classOf(of.explanation.target)))
}
