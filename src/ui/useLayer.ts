import { useMemo } from 'react'
import type { GradientAttribution, MapAttribution } from '../attribution/method'
import { drawGradient } from '../image/gradient'
import { scaleChannel } from '../image/grid'
import { type ScaledMap, scaleMap } from '../image/heatmap'
import type { RgbaPixels } from '../image/types'
import type { Scene } from './store/state'
import { usePage } from './usePage'

/** The layer over the picture: the map of a class, one channel of the layer, or a gradient at the input. */
export interface Layer {
  readonly scene: Scene
  readonly scaled: ScaledMap
  readonly of:
    | { readonly explanation: MapAttribution }
    | { readonly channel: number; readonly layer: string }
    | { readonly explanation: GradientAttribution; readonly pixels: RgbaPixels }
}

export function useLayer(): Layer | null {
  const map = usePage(page => page.map)
  const features = usePage(page => page.features)
  const channel = usePage(page => page.channel)
  const drawing = usePage(page => page.settings.gradient.drawing)
  return useMemo(() => {
    if (features && channel !== null) {
      const { scene, maps } = features
      return { scene, scaled: scaleChannel(maps, channel), of: { channel, layer: maps.layer } }
    }
    if (!map) return null
    const { scene, explanation } = map
    if (explanation.kind === 'map') return { scene, scaled: scaleMap(explanation.map), of: { explanation } }
    const { pixels, scaled } = drawGradient(explanation.gradient, drawing)
    return { scene, scaled, of: { explanation, pixels } }
  }, [map, features, channel, drawing])
}
