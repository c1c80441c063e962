import { type ScaledMap, sampleMap } from '../../image/heatmap'
import { heatmapPixels, type OverlayView } from '../../image/overlay'
import type { RgbaPixels } from '../../image/types'

type LayerView = Pick<OverlayView, 'colormap' | 'threshold' | 'smooth'>

/**
 * A map in its colours, clear where it is below the threshold. Smooth: interpolated to `side` pixels on the longer
 * side; else a pixel a cell.
 */
export function layerPixels(map: ScaledMap, { colormap, threshold, smooth }: LayerView, side: number): RgbaPixels {
  const scale = smooth ? side / Math.max(map.width, map.height) : 1
  const width = Math.round(map.width * scale)
  const height = Math.round(map.height * scale)
  const pixels = heatmapPixels(map, width, height, { colormap, smooth })
  if (threshold > 0) {
    const values = sampleMap(map, width, height, smooth)
    for (let i = 0; i < values.length; i++) if ((values[i] ?? 0) < threshold) pixels.data[4 * i + 3] = 0
  }
  return pixels
}
