import { scaleMap } from '../image/heatmap'
import { overlayRows } from '../image/overlay'
import { canvasContext, Picture } from './decode'
import type { Calls } from './protocol'

const STRIP_PIXELS = 1 << 22

/** The picture at its own size, in its own colours, with the map over it, as PNG. */
export async function overlayPng({ picture, map, seen, view }: Calls['overlay']['params']): Promise<Blob> {
  const shown = await Picture.decode(picture, 'shown')
  try {
    const context = canvasContext(shown.width, shown.height)
    shown.draw(context)
    const scaled = scaleMap(map)
    const step = Math.max(1, Math.floor(STRIP_PIXELS / shown.width))
    for (let from = 0; from < shown.height; from += step) {
      const strip = context.getImageData(0, from, shown.width, Math.min(step, shown.height - from))
      overlayRows(strip.data, shown.width, from, scaled, seen, view)
      context.putImageData(strip, 0, from)
    }
    return await context.canvas.convertToBlob({ type: 'image/png' })
  } finally {
    shown.close()
  }
}
