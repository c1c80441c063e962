import { type CSSProperties, type PointerEvent, useState } from 'react'
import { valueAt } from '../../image/heatmap'
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

/** A picture as large as there is room, the map over the part that the network saw, the rest dimmed. */
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

  const point = (event: PointerEvent<HTMLElement>) => {
    if (!drawn || !seen) return
    const box = event.currentTarget.getBoundingClientRect()
    const x = ((event.clientX - box.left) / box.width) * width
    const y = ((event.clientY - box.top) / box.height) * height
    setPointed(valueAt(drawn.scaled, seen, x, y, !isGradient && view.smooth))
  }

  return (
    <div className="picture" style={{ '--ratio': width / height } as CSSProperties}>
      <div
        className="picture-frame"
        role="img"
        aria-label={label}
        onPointerMove={point}
        onPointerLeave={() => setPointed(null)}
      >
        <img src={picture.url} alt="" draggable={false} />
        {seen && (
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
    'channel' in of ? [of.layer, of.channel] : [of.explanation.method, of.explanation.layer, of.explanation.target]
  return [network.id, wanted.resize, ...what].join(' ')
}
