import { type CSSProperties, type PointerEvent, useState } from 'react'
import { keyOf as targetKey } from '../../attribution/target'
import { byItself, liesOnPicture, valueAt } from '../../image/heatmap'
import type { OverlayView } from '../../image/overlay'
import type { Rect } from '../../image/types'
import { GRADIENT_STOPS, gradient } from '../model/gradient'
import type { GradientView } from '../store/settings'
import type { DecodedPicture } from '../useDecoded'
import type { Layer } from '../useLayer'
import { ColorBar } from './ColorBar'
import { Crossfade } from './Crossfade'
import { MapCanvas, PixelCanvas } from './MapCanvas'

interface PictureViewProps {
  readonly picture: DecodedPicture
  /** The part that the network saw, in the picture's pixels. */
  readonly seen: Rect | undefined
  readonly layer: Layer | null
  readonly view: OverlayView
  readonly gradientView: GradientView
  /** The picture and its map in words. */
  readonly label: string
}

/**
 * A picture as large as there is room, the map over the part that the network saw, the rest dimmed. A map that cannot be
 * laid over it stands alone.
 */
export function PictureView({
  picture: { picture, width, height },
  seen,
  layer,
  view,
  gradientView,
  label,
}: PictureViewProps) {
  const [pointed, setPointed] = useState<number | null>(null)
  const isGradient = layer !== null && 'pixels' in layer.of
  const drawn = layer && layer.scaled.high > layer.scaled.low ? layer : null
  const alone = drawn && !liesOnPicture(drawn.scaled) ? byItself(drawn.scaled) : null

  const point = (event: PointerEvent<HTMLElement>) => {
    if (!drawn || !seen) return
    const box = event.currentTarget.getBoundingClientRect()
    const [across, down] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    const whole = alone && { x: 0, y: 0, width: alone.width * FINE, height: alone.height * FINE }
    setPointed(
      whole
        ? valueAt(alone, whole, across * whole.width, down * whole.height, view.smooth)
        : valueAt(drawn.scaled, seen, across * width, down * height, !isGradient && view.smooth),
    )
  }

  return (
    <div
      className="picture"
      style={{ '--ratio': alone ? alone.width / alone.height : width / height } as CSSProperties}
    >
      <div
        className="picture-frame"
        role="img"
        aria-label={label}
        onPointerMove={point}
        onPointerLeave={() => setPointed(null)}
      >
        {drawn && alone ? (
          <Crossfade id={keyOf(drawn)} className="map">
            <MapCanvas map={alone} view={{ ...view, blend: 'over', opacity: 1, threshold: 0 }} />
          </Crossfade>
        ) : (
          <img src={picture.url} alt="" draggable={false} />
        )}
        {seen && !alone && (
          <div className="seen" style={place(seen, width, height)}>
            {drawn && (
              <Crossfade id={keyOf(drawn)} className="map">
                {'pixels' in drawn.of ? (
                  <PixelCanvas pixels={drawn.of.pixels} opacity={gradientView.opacity} />
                ) : (
                  <MapCanvas map={drawn.scaled} view={view} />
                )}
              </Crossfade>
            )}
          </div>
        )}
      </div>
      {drawn && (
        <ColorBar
          map={drawn.scaled}
          colors={isGradient ? GRADIENT_STOPS[gradientView.drawing] : gradient(view.colormap)}
          threshold={isGradient ? 0 : view.threshold}
          pointed={pointed}
        />
      )}
    </div>
  )
}

/** Points that the pointer tells apart along a cell. */
const FINE = 16

function place(seen: Rect, width: number, height: number): CSSProperties {
  return {
    left: `${(seen.x / width) * 100}%`,
    top: `${(seen.y / height) * 100}%`,
    width: `${(seen.width / width) * 100}%`,
    height: `${(seen.height / height) * 100}%`,
  }
}

function keyOf({ scene, of }: Layer): string {
  const { network, wanted } = scene
  const what =
    'channel' in of
      ? [of.layer, of.channel]
      : [of.explanation.method, of.explanation.layer, targetKey(of.explanation.target)]
  return [network.id, wanted.resize, ...what].join(' ')
}
