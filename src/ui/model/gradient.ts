import { COLORMAPS, type ColormapName } from '../../image/colormap'
import type { GradientDrawing } from '../../image/gradient'

const STOPS = 17

/** The colours of a map as stops of a CSS gradient, from 0 to 1. */
export function gradient(name: ColormapName): string {
  const colors = COLORMAPS[name]
  return Array.from({ length: STOPS }, (_, stop) => {
    const at = Math.round((stop / (STOPS - 1)) * 255) * 3
    return `rgb(${colors.subarray(at, at + 3).join(' ')})`
  }).join(', ')
}

/** The same of a gradient at the input: of its single channels in `rgb`. */
export const GRADIENT_STOPS = {
  rgb: 'black, white',
  signed: 'rgb(0 0 255), white, rgb(255 0 0)',
} as const satisfies Record<GradientDrawing, string>
