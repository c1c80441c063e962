import { useLayoutEffect, useRef } from 'react'
import type { FeatureMaps } from '../../engine/types'
import { channelTile } from '../../image/grid'
import { paint } from '../output'
import { usePage } from '../usePage'

/** One channel, scaled by itself. */
export function ChannelTile({ maps, channel }: { maps: FeatureMaps; channel: number }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const colormap = usePage(page => page.settings.view.colormap)
  useLayoutEffect(() => {
    if (canvas.current) paint(canvas.current, channelTile(maps, channel, colormap))
  }, [maps, channel, colormap])
  return <canvas ref={canvas} className="channel-tile" />
}
