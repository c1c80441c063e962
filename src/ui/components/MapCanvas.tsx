import { useLayoutEffect, useMemo, useRef } from 'react'
import type { ScaledMap } from '../../image/heatmap'
import type { OverlayView } from '../../image/overlay'
import type { RgbaPixels } from '../../image/types'
import { layerPixels, unseenPixels } from '../model/layerPixels'
import { paint } from '../output'

interface MapCanvasProps {
  readonly map: ScaledMap
  readonly view: OverlayView
  /** Longest side in pixels of a smooth map, or of one that does not cover the picture; else it has a pixel a cell. */
  readonly side?: number
}

/** A map in its colours, to be laid over what the network saw; where no cell of it lies that is dimmed. */
export function MapCanvas({ map, view: { colormap, threshold, smooth, opacity, blend }, side = 640 }: MapCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    if (canvas.current) paint(canvas.current, layerPixels(map, { colormap, threshold, smooth }, side))
  }, [map, colormap, threshold, smooth, side])
  const unseen = useMemo(() => unseenPixels(map, side), [map, side])
  // 0.3·colour + 0.5·picture is a layer of half opacity with 0.6 of the colour's light.
  const style = blend === 'papers' ? { opacity: 0.5, filter: 'brightness(0.6)' } : { opacity }
  return (
    <>
      {unseen && <PixelCanvas pixels={unseen} />}
      <canvas ref={canvas} className="map-canvas" data-smooth={smooth || undefined} style={style} />
    </>
  )
}

/** Pixels as they are, to be laid over a picture. */
export function PixelCanvas({ pixels, opacity = 1 }: { readonly pixels: RgbaPixels; readonly opacity?: number }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    if (canvas.current) paint(canvas.current, pixels)
  }, [pixels])
  return <canvas ref={canvas} className="map-canvas" data-smooth style={{ opacity }} />
}
