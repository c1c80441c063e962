import { cut } from '../../cut'
import { GraphBuilder, HookscopeError, type LoadOptions, load, type Tensor } from '../../hookscope'
import { scaleMap } from '../../image/heatmap'
import { heatmapPixels, overlayRows } from '../../image/overlay'
import type { Pixels } from '../../image/types'
import { LIMITS } from '../limits'
import { print } from '../print'
import type { Shown } from '../protocol'
import { channelsOf, makeGrid } from './make-grid'
import { type Host, shipped } from './shipped'
import { full, randn, tensor } from './tensors'
import type { Watcher } from './watch'

/** RGBA */
interface Drawn {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/** A map over the picture in pixels a side, where no picture gives the size. */
const SIDE = 224

/** What the code of a lesson finds without importing it. */
export function scopeOf(host: Host, watcher: Watcher): Readonly<Record<string, unknown>> {
  let count = 0
  let pixels = 0
  /** @param make is called only for what there is room for */
  const put = (make: () => Shown) => {
    count++
    if (count > LIMITS.tried)
      throw new HookscopeError(
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
        throw new HookscopeError(
          'bad-argument',
          `The picture of ${width} × ${height} is more than can be shown: all pictures have at most ${LIMITS.pixels.toLocaleString('en')} pixels.`,
        )
      return { kind: 'picture', label: cut(String(label), LIMITS.name), width, height, data, smooth }
    })
  return {
    GraphBuilder,
    HookscopeError,
    load: async (network: Uint8Array | GraphBuilder, options: LoadOptions = {}) => {
      host.progress('Reading the network')
      return watcher.net(await load(network, { ...options, engine: 'wasm', ...(host.ort && { ort: host.ort }) }))
    },
    shipped: (id: string) => shipped(id, host),
    tensor,
    full,
    randn,
    show,
    console: { log: show, info: show, warn: show, error: show },
    showGrid: (label: string, maps: Tensor) => picture(label, false, () => gridPicture(maps)),
    showHeatmap: (label: string, map: Tensor, over?: Pixels) => picture(label, true, () => heatmapPicture(map, over)),
  }
}

/** As torchvision's save_image turns 0..1 into bytes. */
function gridPicture(maps: Tensor): Drawn {
  const { width, height, values } = makeGrid(channelsOf(maps))
  const data = new Uint8ClampedArray(values.length * 4)
  for (let i = 0; i < values.length; i++) {
    data.fill(Math.floor((values[i] ?? 0) * 255 + 0.5), 4 * i, 4 * i + 3)
    data[4 * i + 3] = 255
  }
  return { width, height, data }
}

/** ReLU, divided by the largest value, over the picture where there is one. */
function heatmapPicture({ dims, data }: Tensor, picture: Pixels | undefined): Drawn {
  const [height, width, more] = dims.filter(size => size !== 1)
  if (height === undefined || width === undefined || more !== undefined)
    throw new TypeError(`A heatmap shows a map [H, W]; this is [${dims.join(', ')}]`)
  const map = scaleMap({ height, width, values: data })
  if (!picture) {
    const { data } = heatmapPixels(map, SIDE, SIDE, { colormap: 'turbo', smooth: false })
    return { width: SIDE, height: SIDE, data: Uint8ClampedArray.from(data) }
  }
  const pixels = rgba(picture)
  const seen = { x: 0, y: 0, width: picture.width, height: picture.height }
  const view = { colormap: 'turbo', opacity: 0.5, threshold: 0, blend: 'over', smooth: true } as const
  overlayRows(pixels, picture.width, 0, map, seen, view)
  return { width: picture.width, height: picture.height, data: pixels }
}

function rgba({ width, height, channels, data }: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(width * height * 4)
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = data[channels * i + c] ?? 0
    pixels[4 * i + 3] = 255
  }
  return pixels
}
