import { layOver } from '../image/gradient'
import { scaleMap } from '../image/heatmap'
import { overlayRows } from '../image/overlay'
import type { Rect } from '../image/types'
import { canvasContext, Picture } from './decode'
import type { Calls, Top } from './protocol'

const STRIP_PIXELS = 1 << 22

/** The picture at its own size, in its own colours, with a map or another picture over it, as PNG. */
export async function overlayPng({ picture, top, seen }: Calls['overlay']['params']): Promise<Blob> {
  const shown = await Picture.decode(picture, 'shown')
  try {
    const context = canvasContext(shown.width, shown.height)
    shown.draw(context)
    const lay = layer(top, seen)
    const step = Math.max(1, Math.floor(STRIP_PIXELS / shown.width))
    for (let from = 0; from < shown.height; from += step) {
      const strip = context.getImageData(0, from, shown.width, Math.min(step, shown.height - from))
      lay(strip.data, shown.width, from)
      context.putImageData(strip, 0, from)
    }
    return await context.canvas.convertToBlob({ type: 'image/png' })
  } finally {
    shown.close()
  }
}

/** Lays a map or a picture over a strip of rows that begins at `from`. */
function layer(top: Top, seen: Rect): (data: Uint8ClampedArray, width: number, from: number) => void {
  if ('pixels' in top) return (data, width, from) => layOver(data, width, from, top.pixels, seen, top.opacity)
  const scaled = scaleMap(top.map)
  return (data, width, from) => overlayRows(data, width, from, scaled, seen, top.view)
}
