import { useMemo } from 'react'
import type { Explanation } from '../engine/types'
import { scaleChannel } from '../image/grid'
import { type ScaledMap, scaleMap } from '../image/heatmap'
import type { Scene } from './store/state'
import { usePage } from './usePage'

/** What lies over the picture: the map of a class, or one channel of the layer. */
export interface Layer {
  readonly scene: Scene
  readonly scaled: ScaledMap
  readonly of: { readonly explanation: Explanation } | { readonly channel: number; readonly layer: string }
}

export function useLayer(): Layer | null {
  const map = usePage(page => page.map)
  const features = usePage(page => page.features)
  const channel = usePage(page => page.channel)
  return useMemo(() => {
    if (features && channel !== null) {
      const { scene, maps } = features
      return { scene, scaled: scaleChannel(maps, channel), of: { channel, layer: maps.layer } }
    }
    if (!map) return null
    const { scene, explanation } = map
    return { scene, scaled: scaleMap(explanation.map), of: { explanation } }
  }, [map, features, channel])
}
