import { COLORMAPS, type ColormapName } from '../../image/colormap'

const STOPS = 17

/** The colours of a map as stops of a CSS gradient, from 0 to 1. */
export function gradient(name: ColormapName): string {
  const colors = COLORMAPS[name]
  return Array.from({ length: STOPS }, (_, stop) => {
    const at = Math.round((stop / (STOPS - 1)) * 255) * 3
    return `rgb(${colors.subarray(at, at + 3).join(' ')})`
  }).join(', ')
}
