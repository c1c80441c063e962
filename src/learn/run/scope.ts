import { cut } from '../../cut'
import type { GraphBuilder, LoadOptions, Tensor } from '../../hookscope'
import * as hookscope from '../../hookscope'
import * as image from '../../image'
import type { Pixels, RgbaPixels } from '../../image/types'
import { LIMITS } from '../limits'
import { print } from '../print'
import type { Shown } from '../protocol'
import type { Modules } from './imports'
import { type Host, shipped } from './shipped'
import type { Watcher } from './watch'

/** RGBA */
interface Drawn {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/** A map over the picture in pixels a side, where no picture gives the size. */
const SIDE = 224

/** The names that the code of a lesson works with. */
export interface Scope {
  /** Names that need no import. */
  readonly globals: Readonly<Record<string, unknown>>
  /** Packages that it may import, by name. */
  readonly modules: Modules
}

export function scopeOf(host: Host, watcher: Watcher): Scope {
  let count = 0
  let pixels = 0
  /** @param make is called only for what there is room for */
  const put = (make: () => Shown) => {
    count++
    if (count > LIMITS.tried)
      throw new hookscope.HookscopeError(
        'bad-argument',
        `The code shows more than ${LIMITS.tried.toLocaleString('en')} things. Is there an endless loop?`,
      )
    if (count > LIMITS.shown) host.more(count - LIMITS.shown)
    else host.shown(make())
  }
  const show = (...args: readonly unknown[]) => {
    const [label, ...rest] = args.length > 1 && typeof args[0] === 'string' ? args : ['', ...args]
    put(() => ({
      kind: 'text',
      label: cut(String(label), LIMITS.name),
      text: cut(rest.slice(0, LIMITS.shown).map(print).join(' '), LIMITS.text),
    }))
  }
  const picture = (label: string, smooth: boolean, draw: () => Drawn) =>
    put(() => {
      const { width, height, data } = draw()
      pixels += width * height
      if (pixels > LIMITS.pixels)
        throw new hookscope.HookscopeError(
          'bad-argument',
          `The picture of ${width} × ${height} is more than can be shown: all pictures have at most ${LIMITS.pixels.toLocaleString('en')} pixels.`,
        )
      return { kind: 'picture', label: cut(String(label), LIMITS.name), width, height, data, smooth }
    })
  const load = async (network: Uint8Array | GraphBuilder, options: LoadOptions = {}) => {
    host.progress('Reading the network')
    return watcher.net(await hookscope.load(network, { ...options, engine: 'wasm', ort: host.ort }))
  }
  const library = { ...hookscope, load }
  const globals = {
    ...image,
    ...library,
    shipped: (id: string) => shipped(id, host),
    show,
    console: { log: show, info: show, warn: show, error: show },
    showPicture: (label: string, pixels: RgbaPixels) => picture(label, false, () => rgbaPicture(pixels)),
    showGrid: (label: string, maps: Tensor) => picture(label, false, () => gridPicture(maps)),
    showHeatmap: (label: string, map: Tensor, over?: Pixels) => picture(label, true, () => heatmapPicture(map, over)),
  }
  return { globals, modules: { hookscope: library, 'hookscope/image': image } }
}

/** As `toPixels`, `overlay` and `heatmap` give them. */
function rgbaPicture({ width, height, data }: RgbaPixels): Drawn {
  if (data instanceof Uint8ClampedArray && data.length === 4 * width * height) return { width, height, data }
  throw new TypeError('A picture to show is { width, height, data }, with 4 bytes a pixel: such as toPixels() gives it')
}

/** Every channel of [1, C, H, W] or [C, H, W], each from its least value to its largest, as square as can be. */
function gridPicture({ dims, data }: Tensor): Drawn {
  const [channels, height, width, more] = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims
  if (channels === undefined || height === undefined || width === undefined || more !== undefined)
    throw new TypeError(`A grid shows feature maps [1, C, H, W]; this is [${dims.join(', ')}]`)
  const nrow = Math.floor(Math.sqrt(channels))
  return image.toPixels(
    image.makeGrid({ dims: [channels, 1, height, width], data }, { nrow, normalize: true, scaleEach: true }),
  )
}

/** ReLU, divided by the largest value, over the picture where there is one. */
function heatmapPicture(map: Tensor, picture: Pixels | undefined): Drawn {
  return picture
    ? image.overlay(map, picture, { colormap: 'turbo' })
    : image.heatmap(map, { width: SIDE, height: SIDE, colormap: 'turbo', smooth: false })
}
