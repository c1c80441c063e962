import type { RgbaPixels } from '../image/types'
import type { Output } from './store/saving'

/** The browser's downloads and clipboard. */
export const output: Output = {
  async png(pixels) {
    const canvas = new OffscreenCanvas(pixels.width, pixels.height)
    paint(canvas, pixels)
    return canvas.convertToBlob({ type: 'image/png' })
  },

  download(file, name) {
    const url = URL.createObjectURL(file)
    const link = document.createElement('a')
    link.href = url
    link.download = name
    link.click()
    // The download reads the URL after this turn.
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  },

  async copy(png) {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })])
  },
}

/** Draws pixels into a canvas of their size. */
export function paint(canvas: HTMLCanvasElement | OffscreenCanvas, { width, height, data }: RgbaPixels): void {
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (context instanceof CanvasRenderingContext2D || context instanceof OffscreenCanvasRenderingContext2D)
    context.putImageData(new ImageData(data, width, height), 0, 0)
}
