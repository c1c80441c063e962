import { useMemo } from 'react'
import { DEFAULT_METHOD } from '../../attribution/methods'
import { keyOf } from '../../attribution/target'
import { drawGradient } from '../../image/gradient'
import { liesOnPicture, scaleMap } from '../../image/heatmap'
import { seenPart } from '../model/seenPart'
import type { Scene } from '../store/state'
import { usePage } from '../usePage'
import { Crossfade } from './Crossfade'
import { MapCanvas, PixelCanvas } from './MapCanvas'

/** Twice the pixels that a thumbnail is wide. */
const SIDE = 144

/** The part of the picture that the network saw, with the layer's map over it. */
export function StripMap({ scene, layer }: { scene: Scene; layer: string }) {
  const ofStage = usePage(page => page.strip[layer])
  const main = usePage(page => (page.map?.scene === scene ? page.map.explanation : undefined))
  const explanation = main?.kind === 'map' && main.method === DEFAULT_METHOD && main.layer === layer ? main : ofStage
  const view = usePage(page => page.settings.view)
  const map = useMemo(() => explanation && scaleMap(explanation.map), [explanation])
  const alone = map && !liesOnPicture(map) ? map : null
  return (
    <span className="strip-map" style={alone ? { aspectRatio: alone.width / alone.height } : seenPart(scene)}>
      {explanation && map && map.high > map.low && (
        <Crossfade id={keyOf(explanation.target)} className="map">
          <MapCanvas map={map} view={alone ? { ...view, blend: 'over', opacity: 1 } : view} side={SIDE} />
        </Crossfade>
      )}
    </span>
  )
}

/** The part of the picture that the network saw, with the gradient that is shown at the input. */
export function StripInput({ scene }: { scene: Scene }) {
  const main = usePage(page => (page.map?.scene === scene ? page.map.explanation : undefined))
  const { drawing, opacity } = usePage(page => page.settings.gradient)
  const gradient = main?.kind === 'gradient' && main.camLayer === null ? main.gradient : null
  const drawn = useMemo(() => gradient && drawGradient(gradient, drawing), [gradient, drawing])
  return (
    <span className="strip-map" style={seenPart(scene)}>
      {drawn && <PixelCanvas pixels={drawn.pixels} opacity={opacity} />}
    </span>
  )
}
