/** Values with a shape, row-major; a tensor of the library. */
export interface Tensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** Bytes of a picture, row by row, `channels` a pixel: RGB or RGBA, 0..255. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
  readonly data: Uint8Array | Uint8ClampedArray
}

/** Pixels as a canvas takes them: RGBA in memory of their own. */
export interface RgbaPixels extends Pixels {
  readonly channels: 4
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/** A picture that is read in strips, so that one of 100 megapixels never lies whole in memory. */
export interface RowSource {
  readonly width: number
  readonly height: number
  /** 3: RGB. 4: RGB and straight alpha (not multiplied in). */
  readonly channels: 3 | 4
  /** Rows `from`..`to`−1, tightly packed. Rows are asked for from the top down, each once. */
  rows(from: number, to: number): Pixels['data'] | Promise<Pixels['data']>
  /** Alpha of the same rows, a byte a pixel, of a picture whose `rows` lie over white already. */
  alpha?(from: number, to: number): Pixels['data']
}

/** A rectangle in pixels of the picture; may be fractional. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** `crop`: short side to `shortSide`, then the centre; `squash`: to the input size, whatever the shape. */
export type ResizeRule = 'crop' | 'squash'

/** How a picture becomes the network's input. */
export interface Preprocessing {
  /** Height and width of the network's input in pixels. */
  readonly size: readonly [height: number, width: number]
  /** The short side, in pixels, to which `crop` resizes before it cuts the centre. */
  readonly shortSide: number
  /** How the picture is resized, by PIL's names; bilinear unless given. */
  readonly filter?: Filter
  /** The value of a byte b of the picture: b/255 from 0 to 1, or b itself from 0 to 255. */
  readonly range: 1 | 255
  /** (value − mean) / std, one a channel, in the order r, g, b, l, a, 0 whatever the network's order is. */
  readonly mean: PerChannel
  readonly std: PerChannel
  /** The channel of the picture that each channel of the input is; empty where nobody has told yet. */
  readonly channels: Channels
  /** [1, C, H, W] or [1, H, W, C]. */
  readonly layout: 'nchw' | 'nhwc'
}

export const FILTERS = ['bilinear', 'bicubic', 'nearest', 'lanczos', 'box', 'hamming'] as const

export type Filter = (typeof FILTERS)[number]

/** One number a channel. */
export type PerChannel = readonly number[]

/**
 * A letter for each channel of an input, in the network's order: `rgb`, `bgr`, `l`, `rgba`, `rgb0`. r, g, b: the colours;
 * l: luminance; a: alpha, 255 where the picture is opaque; 0: nothing.
 */
export type Channels = string

/** A rectangle of the network's input, and the cells of a map that stand for it. */
export interface Piece {
  /** In pixels of the network's input; may be fractional. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /**
   * Where its upper and lower edge lie among the map's rows, counted from the map's first edge: [0, 7] is 7 rows from
   * the first on, [7, 0] the same upside down. May be fractional and reach past the map, whose edge then goes on.
   */
  readonly rows: readonly [first: number, last: number]
  /** The same of its left and right edge among the map's columns. */
  readonly columns: readonly [first: number, last: number]
  /** Rows run along the input's width instead (`rows` at the left and right edge), and columns along its height. */
  readonly turned?: boolean
}

/** How a map lies over the network's input. */
export interface Places {
  /** Of the network's input, in pixels. */
  readonly size: readonly [height: number, width: number]
  /** Where pieces overlap, the largest value counts; where there is none, the map says nothing. */
  readonly pieces: readonly Piece[]
  /** Why the cells cannot be laid over the picture, where they cannot: there is no piece then. */
  readonly mixed?: string
}

/** A small map over the picture, row-major. Values are the method's own: neither scaled nor resized. */
export interface RawMap {
  readonly height: number
  readonly width: number
  readonly values: Float32Array
  /** How it lies over the network's input; stretched over all of it where this is not given. */
  readonly places?: Places
}
