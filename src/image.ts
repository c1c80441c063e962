/**
 * Pictures for networks, to the byte as PyTorch's tools make them: PIL's resize, torchvision's preprocessing and `make_grid`,
 * OpenCV's colours, overlays. Plain arrays in and out: a canvas, sharp or any other decoder gives the pixels. No engine is needed.
 *
 * ```js
 * import { makeGrid, overlay, preprocess, resizePicture, toPixels } from 'hookscope/image'
 *
 * // Or context.getImageData(0, 0, width, height) of a canvas.
 * const picture = { width: 2, height: 2, data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255) }
 *
 * const small = await resizePicture(picture, { width: 1, height: 2, filter: 'box' })
 * console.log(`resized: ${small.data}`)
 *
 * const input = await preprocess(picture, { size: [2, 2], shortSide: 2, mean: [0, 0, 0], std: [1, 1, 1] })
 * console.log(`[${input.dims}]: ${input.data}`)
 *
 * const map = { dims: [2, 2], data: Float32Array.of(-1, 0, 1, 2) }
 * console.log(`overlay: ${overlay(map, picture, { smooth: false }).data}`)
 *
 * const maps = { dims: [2, 1, 1, 1], data: Float32Array.of(0, 1) } // two feature maps of one pixel
 * const grid = toPixels(makeGrid(maps, { padding: 1 }))
 * console.log(`grid of ${grid.width} × ${grid.height}`)
 * ```
 *
 * It prints
 *
 * ```text
 * resized: 128,128,0,128,128,255
 * [1,3,2,2]: 1,0,0,1,0,1,0,1,0,0,1,1
 * overlay: 128,0,64,255,0,128,64,255,65,128,191,255,192,128,128,255
 * grid of 5 × 3
 * ```
 *
 * @packageDocumentation
 */
export { ERROR_CODES, type ErrorCode, HookscopeError } from './errors'
export { COLORMAPS, type ColormapName } from './image/colormap'
export { type GridOptions, makeGrid } from './image/make-grid'
export {
  type HeatmapOptions,
  heatmap,
  type OverlayOptions,
  overlay,
  type Picture,
  type PreprocessOptions,
  preprocess,
  resizePicture,
  toPixels,
} from './image/pictures'
export type {
  Channels,
  Filter,
  PerChannel,
  Pixels,
  Preprocessing,
  ResizeRule,
  RgbaPixels,
  Tensor,
} from './image/types'
