import { byItself, liesOnPicture, type ScaledMap, sampleMap } from '../../image/heatmap'
import { DIM, heatmapPixels, type OverlayView } from '../../image/overlay'
import type { RgbaPixels } from '../../image/types'

type LayerView = Pick<OverlayView, 'colormap' | 'threshold' | 'smooth'>

/**
 * A map in its colours over all that the network saw, clear where it is below the threshold and where no cell lies.
 * Smooth: interpolated to `side` pixels on the longer side; else a pixel a cell. One whose cells do not cover the whole
 * is `side` pixels either way, and so is one that lies on no place of the picture, by itself.
 */
export function layerPixels(map: ScaledMap, { colormap, threshold, smooth }: LayerView, side: number): RgbaPixels {
  const shown = liesOnPicture(map) ? map : byItself(map)
  const [height, width] = shown.places?.size ?? [map.height, map.width]
  const scale = smooth || shown.places ? side / Math.max(width, height) : 1
  const size = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))] as const
  const pixels = heatmapPixels(shown, ...size, { colormap, smooth })
  if (threshold > 0) {
    const values = sampleMap(shown, ...size, smooth)
    for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) < threshold) pixels.data[4 * i + 3] = 0
  }
  return pixels
}

/** Black where no cell of a map lies, so that the picture is seen dimmed there; null where cells lie everywhere. */
export function unseenPixels(map: ScaledMap, side: number): RgbaPixels | null {
  if (!map.places || !liesOnPicture(map)) return null
  const [height, width] = map.places.size
  const scale = side / Math.max(width, height)
  const size = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))] as const
  const data = new Uint8ClampedArray(4 * size[0] * size[1])
  for (const [i, value] of sampleMap(map, ...size, false).entries())
    if (Number.isNaN(value)) data[4 * i + 3] = 255 * (1 - DIM)
  return { width: size[0], height: size[1], channels: 4, data }
}
