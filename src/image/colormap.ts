import { interpolateInferno, interpolateTurbo, interpolateViridis } from 'd3-scale-chromatic'

export type ColormapName = 'jet' | 'turbo' | 'viridis' | 'inferno' | 'grey'

/** 256 RGB colours each, [256, 3], from 0 to 1. */
export const COLORMAPS: Readonly<Record<ColormapName, Uint8Array>> = {
  jet: jet(),
  turbo: table(interpolateTurbo),
  viridis: table(interpolateViridis),
  inferno: table(interpolateInferno),
  grey: Uint8Array.from({ length: 768 }, (_, p) => Math.floor(p / 3)),
}

/**
 * OpenCV's COLORMAP_JET, byte for byte, since the papers' code draws with it: three trapezia of slope 4
 * (matplotlib's jet has other slopes), rounded half to even as a clamped array does it.
 */
function jet(): Uint8Array {
  const colors = new Uint8ClampedArray(768)
  for (let i = 0; i < 256; i++) {
    for (const [c, center] of [191.25, 127.5, 63.75].entries()) {
      colors[3 * i + c] = 382.5 - 4 * Math.abs(i - center)
    }
  }
  colors[3 * 159 + 2] = 1 // 1.5, which OpenCV's float32 table puts just below
  return new Uint8Array(colors)
}

/** Colours that d3 gives as `rgb(r, g, b)` or `#rrggbb`. */
function table(interpolate: (t: number) => string): Uint8Array {
  const colors = new Uint8Array(768)
  for (let i = 0; i < 256; i++) {
    const color = interpolate(i / 255)
    const rgb = color.startsWith('#')
      ? [1, 3, 5].map(at => Number.parseInt(color.slice(at, at + 2), 16))
      : (color.match(/\d+/g) ?? []).map(Number)
    colors.set(rgb, 3 * i)
  }
  return colors
}
