import { type CSSProperties, useMemo } from 'react'
import { scaleMap } from '../../image/heatmap'
import type { Scene } from '../store/state'
import { usePage } from '../usePage'
import { Crossfade } from './Crossfade'
import { MapCanvas } from './MapCanvas'

/** Twice the pixels that a thumbnail is wide. */
const SIDE = 144

/** What the network saw, with the layer's map over it. */
export function StripMap({ scene, layer }: { scene: Scene; layer: string }) {
  const ofStage = usePage(page => page.strip[layer])
  const main = usePage(page => (page.map?.scene === scene ? page.map.explanation : undefined))
  const explanation = main?.layer === layer && main.method === 'gradcam' ? main : ofStage
  const view = usePage(page => page.settings.view)
  const map = useMemo(() => explanation && scaleMap(explanation.map), [explanation])
  return (
    <span className="strip-map" style={seenPart(scene)}>
      {explanation && map && map.high > map.low && (
        <Crossfade id={String(explanation.target)} className="map">
          <MapCanvas map={map} view={view} side={SIDE} />
        </Crossfade>
      )}
    </span>
  )
}

/** The picture as a background of which only the seen part shows. */
function seenPart({ sight, wanted }: Scene): CSSProperties {
  const { seen, width, height } = sight
  const offset = (start: number, room: number) => (room > 0 ? `${(start / room) * 100}%` : '0')
  return {
    aspectRatio: seen.width / seen.height,
    backgroundImage: `url("${wanted.picture.url}")`,
    backgroundSize: `${(width / seen.width) * 100}% ${(height / seen.height) * 100}%`,
    backgroundPosition: `${offset(seen.x, width - seen.width)} ${offset(seen.y, height - seen.height)}`,
  }
}
