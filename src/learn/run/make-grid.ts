import type { Tensor } from '../../hookscope'
import type { ChannelMaps } from '../../image/grid'

export interface Grid {
  readonly width: number
  readonly height: number
  /** 0..1, row-major. */
  readonly values: Float32Array
}

/**
 * torchvision's `make_grid(maps, nrow=int(sqrt(channels)), normalize=True, scale_each=True, padding=2)` of the channels of
 * one activation: each from its smallest value, drawn 0, to its largest, drawn 1. A single one has no border, as there.
 */
export function makeGrid({ channels, height, width, values }: ChannelMaps): Grid {
  const padding = channels === 1 ? 0 : 2
  const columns = Math.max(1, Math.floor(Math.sqrt(channels)))
  const rows = Math.ceil(channels / columns)
  const size = height * width
  const grid = {
    width: columns * (width + padding) + padding,
    height: rows * (height + padding) + padding,
  }
  const drawn = new Float32Array(grid.width * grid.height)
  for (let channel = 0; channel < channels; channel++) {
    const tile = normalized(values.subarray(channel * size, (channel + 1) * size))
    const left = (channel % columns) * (width + padding) + padding
    const top = Math.floor(channel / columns) * (height + padding) + padding
    for (let y = 0; y < height; y++) drawn.set(tile.subarray(y * width, (y + 1) * width), (top + y) * grid.width + left)
  }
  return { ...grid, values: drawn }
}

/** (x − min) / max(max − min, 1e-5) */
function normalized(values: Float32Array): Float32Array {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return values.map(value => (value - low) / Math.max(high - low, 1e-5))
}

/** The channels of [1, C, H, W] or [C, H, W]. @throws TypeError for another shape */
export function channelsOf({ dims, data }: Tensor): ChannelMaps {
  const [channels, height, width, more] = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims
  if (channels === undefined || height === undefined || width === undefined || more !== undefined)
    throw new TypeError(`A grid shows feature maps [1, C, H, W]; this is [${dims.join(', ')}]`)
  return { channels, height, width, values: data }
}
