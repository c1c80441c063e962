import { COLORMAPS, type ColormapName } from './colormap'
import { type ScaledMap, scaleRange } from './heatmap'
import { paintRow } from './overlay'
import type { Places, RgbaPixels } from './types'

/** The channels of one activation, [C, H, W] row-major. */
export interface ChannelMaps {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly values: Float32Array
  /** How they lie over the network's input; stretched over all of it where this is not given. */
  readonly places?: Places
}

export interface GridView {
  readonly colormap: ColormapName
  /** Tiles a row; as square as can be unless given. */
  readonly columns?: number
  /** Pixels between tiles, left transparent; 1 unless given. */
  readonly gap?: number
  /** Channels in the order of their tiles; all of them as they come unless given. */
  readonly order?: ArrayLike<number>
  /** Pixels a side for each value; 1 unless given. */
  readonly scale?: number
}

/** One channel, scaled by itself from its smallest value to its largest; a constant one is all 0. */
export function scaleChannel({ channels: _, values, ...map }: ChannelMaps, channel: number): ScaledMap {
  const size = map.height * map.width
  return scaleRange({ ...map, values: values.subarray(channel * size, (channel + 1) * size) })
}

/** One channel in its colours, `scale` pixels a side for each value. */
export function channelTile(maps: ChannelMaps, channel: number, colormap: ColormapName, scale = 1): RgbaPixels {
  return featureGrid(maps, { colormap, order: [channel], scale })
}

/** The channels as small pictures side by side, each scaled by itself. */
export function featureGrid(maps: ChannelMaps, view: GridView): RgbaPixels {
  const { gap = 1, scale = 1, order = Array.from({ length: maps.channels }, (_, channel) => channel) } = view
  const columns = Math.max(1, view.columns ?? Math.ceil(Math.sqrt(order.length)))
  const rows = Math.ceil(order.length / columns)
  const tileWidth = maps.width * scale
  const tileHeight = maps.height * scale
  const width = Math.max(0, columns * (tileWidth + gap) - gap)
  const height = Math.max(0, rows * (tileHeight + gap) - gap)
  const data = new Uint8ClampedArray(width * height * 4)
  const colors = COLORMAPS[view.colormap]
  const line = new Float32Array(tileWidth)
  for (let tile = 0; tile < order.length; tile++) {
    const { values } = scaleChannel(maps, order[tile] as number)
    const left = (tile % columns) * (tileWidth + gap)
    const top = Math.floor(tile / columns) * (tileHeight + gap)
    for (let y = 0; y < maps.height; y++) {
      for (let x = 0; x < tileWidth; x++) line[x] = values[y * maps.width + Math.floor(x / scale)] as number
      const place = ((top + y * scale) * width + left) * 4
      paintRow(line, colors, data, place)
      for (let copy = 1; copy < scale; copy++) {
        data.copyWithin(place + copy * width * 4, place, place + tileWidth * 4)
      }
    }
  }
  return { width, height, channels: 4, data }
}
