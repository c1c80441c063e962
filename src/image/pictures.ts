import { HookscopeError } from '../errors'
import { readChannels } from './channels'
import { COLORMAPS, type ColormapName } from './colormap'
import { type ScaledMap, scaleMap, scaleRange } from './heatmap'
import { heatmapPixels, overlayRows } from './overlay'
import { resize } from './resize'
import { fromPixels, toInput } from './transform'
import {
  FILTERS,
  type Filter,
  type Pixels,
  type Preprocessing,
  type ResizeRule,
  type RgbaPixels,
  type Tensor,
} from './types'

/** A picture as a canvas (`ImageData`), sharp or any other decoder gives it: bytes row by row, RGB or RGBA. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** 3 or 4; told from the data unless given. */
  readonly channels?: number
  readonly data: Uint8Array | Uint8ClampedArray
}

/** @throws HookscopeError `bad-picture` where the bytes are not those of such a picture */
function pixelsOf({ width, height, data, channels = data.length / (width * height) }: Picture): Pixels {
  if ((channels === 3 || channels === 4) && data.length === width * height * channels)
    return { width, height, channels, data }
  throw new HookscopeError(
    'bad-picture',
    `A picture holds 3 (RGB) or 4 (RGBA) bytes a pixel; this has ${data.length} bytes for ${width} × ${height} pixels.`,
  )
}

/**
 * A picture resized as PIL's `Image.resize` does it, to the byte. Alpha is laid over white.
 *
 * @param filter by PIL's names; bilinear unless given
 * @throws HookscopeError `bad-picture`, `bad-argument`
 */
export async function resizePicture(
  picture: Picture,
  { width, height, filter = 'bilinear' }: { readonly width: number; readonly height: number; readonly filter?: Filter },
): Promise<Pixels> {
  if (![width, height].every(size => Number.isInteger(size) && size > 0))
    throw new HookscopeError('bad-argument', `A picture cannot be made ${width} × ${height} pixels.`)
  if (!FILTERS.includes(filter))
    throw new HookscopeError('bad-argument', `There is no filter “${String(filter)}”: ${FILTERS.join(', ')}.`)
  const data = await resize(fromPixels(pixelsOf(picture)), width, height, undefined, filter)
  return { width, height, channels: 3, data }
}

export interface PreprocessOptions extends Partial<Preprocessing> {
  /** `crop`, as classifiers are tested, unless given. */
  readonly resize?: ResizeRule
}

/**
 * A picture as a network takes it: torchvision's `Resize(256)`, `CenterCrop(224)`, `ToTensor()` and `Normalize` with ImageNet's
 * mean and standard deviation, unless told otherwise. `shortSide` follows `size` as 256 follows 224.
 *
 * @returns [1, C, H, W], or [1, H, W, C] with layout `nhwc`
 * @throws HookscopeError `bad-picture`, `bad-argument`
 */
export async function preprocess(picture: Picture, options: PreprocessOptions = {}): Promise<Tensor> {
  const { resize: rule = 'crop', size = IMAGENET.size, channels: letters = IMAGENET.channels } = options
  const channels = readChannels(letters)
  const { shortSide = Math.round((Math.max(...size) * 256) / 224), mean, std, ...told } = { ...IMAGENET, ...options }
  const count = letters.length
  if (!channels || mean.length !== count || std.length !== count || std.some(value => !(value > 0)))
    throw new HookscopeError(
      'bad-argument',
      `preprocess() takes a letter (r, g, b, l, a, 0), a mean and a positive std for each channel; it was given “${letters}”, [${mean.join(', ')}] and [${std.join(', ')}].`,
    )
  const preprocessing: Preprocessing = { ...told, size, shortSide, mean, std, channels }
  const { input } = await toInput(fromPixels(pixelsOf(picture)), preprocessing, rule)
  const [height, width] = size
  return { dims: told.layout === 'nchw' ? [1, count, height, width] : [1, height, width, count], data: input }
}

const IMAGENET = {
  ...{ size: [224, 224], range: 1, channels: 'rgb', layout: 'nchw' },
  ...{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
} satisfies Partial<Preprocessing>

export interface HeatmapOptions {
  /** `jet`, OpenCV's, unless given. */
  readonly colormap?: ColormapName
  /** Interpolated between the map's cells, as is usual; or the cells themselves. */
  readonly smooth?: boolean
  /** `positive`: ReLU, then 0 to the largest value, as CAM is drawn; `range`: from the least value to the largest. */
  readonly scale?: 'positive' | 'range'
}

/**
 * A map in its colours.
 *
 * @param map [H, W], such as Grad-CAM's; leading axes of 1 are passed over
 * @throws HookscopeError `bad-argument` for another shape or colours that there are not
 */
export function heatmap(
  map: Tensor,
  { width, height, ...options }: HeatmapOptions & { readonly width: number; readonly height: number },
): RgbaPixels {
  const { colormap, smooth } = viewOf(options)
  return heatmapPixels(scaled(map, options), width, height, { colormap, smooth })
}

export interface OverlayOptions extends HeatmapOptions {
  /** Share of the colour, 0..1; 0.5 unless given. */
  readonly opacity?: number
  /** Where the map, 0..1, is below this, the picture shows through unchanged; 0 unless given. */
  readonly threshold?: number
}

/**
 * A map in its colours over a picture, stretched over all of it.
 *
 * @param map as `heatmap` takes it
 * @returns the picture's size, opaque
 * @throws HookscopeError `bad-picture`, `bad-argument`
 */
export function overlay(map: Tensor, picture: Picture, options: OverlayOptions = {}): RgbaPixels {
  const { opacity = 0.5, threshold = 0 } = options
  const { width, height } = picture
  const data = rgbaOf(pixelsOf(picture))
  const view = { ...viewOf(options), opacity, threshold, blend: 'over' } as const
  overlayRows(data, width, 0, scaled(map, options), { x: 0, y: 0, width, height }, view)
  return { width, height, channels: 4, data }
}

/**
 * Values 0..1 as bytes, as torchvision's `save_image` rounds them: such as those of `makeGrid`.
 *
 * @param values [3, H, W]
 * @throws HookscopeError `bad-argument` for another shape
 */
export function toPixels({ dims, data }: Tensor): RgbaPixels {
  const [channels, height = 0, width = 0, more] = dims
  if (channels !== 3 || more !== undefined || data.length !== 3 * height * width)
    throw new HookscopeError('bad-argument', `toPixels() takes [3, H, W]; this is [${dims.join(', ')}].`)
  const { fround } = Math
  const pixels = new Uint8ClampedArray(4 * height * width).fill(255)
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < 3; c++)
      pixels[4 * i + c] = Math.floor(fround(fround((data[c * height * width + i] ?? 0) * 255) + 0.5))
  return { width, height, channels: 4, data: pixels }
}

/** @throws HookscopeError `bad-argument` */
function viewOf({
  colormap = 'jet',
  smooth = true,
}: HeatmapOptions): Required<Pick<HeatmapOptions, 'colormap' | 'smooth'>> {
  if (Object.hasOwn(COLORMAPS, colormap)) return { colormap, smooth }
  throw new HookscopeError(
    'bad-argument',
    `There are no colours “${String(colormap)}”: choose ${Object.keys(COLORMAPS).join(', ')}.`,
  )
}

/** @throws HookscopeError `bad-argument` */
function scaled({ dims, data }: Tensor, { scale = 'positive' }: HeatmapOptions): ScaledMap {
  const [width = 0, height = 0, ...leading] = dims.toReversed()
  if (dims.length < 2 || leading.some(size => size !== 1) || data.length !== height * width)
    throw new HookscopeError(
      'bad-argument',
      `A map is [H, W]; this is [${dims.join(', ')}] with ${data.length} values.`,
    )
  const map = { height, width, values: data }
  return scale === 'positive' ? scaleMap(map) : scaleRange(map)
}

function rgbaOf({ width, height, channels, data }: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255)
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < channels; c++) pixels[4 * i + c] = data[channels * i + c] ?? 255
  return pixels
}
