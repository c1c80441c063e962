import { at, mapIndex, sumOver } from './array'
import { input, number, type Operator, type Scope, text } from './operator'

/** Folded into [low, high] as light between two mirrors. */
function reflected(place: number, low: number, high: number): number {
  let x = place
  while (high > low && (x < low || x > high)) x = x < low ? 2 * low - x : 2 * high - x
  return high > low ? x : low
}

/** Reads x at places between its pixels, axis by axis: the weight of each pixel falls with its distance. */
export const GridSample: Operator = scope => {
  const [x, grid] = [input(scope.inputs, 0), input(scope.inputs, 1)]
  const [pictures = 1, channels = 1, ...spatial] = x.dims
  return mapIndex([pictures, channels, ...grid.dims.slice(1, -1)], ([n = 0, c = 0, ...o]) => {
    const weights = spatial.map((size, axis) =>
      axisWeights(scope, at(grid, [n, ...o, spatial.length - 1 - axis]), size),
    )
    return sumOver(spatial, place => {
      const weight = place.reduce((product, k, axis) => product * (weights[axis]?.[k] ?? 0), 1)
      return weight === 0 ? 0 : weight * at(x, [n, c, ...place])
    })
  })
}

function axisWeights({ node }: Scope, along: number, size: number): number[] {
  const aligned = number(node, 'align_corners', 0) === 1
  const mode = text(node, 'mode', 'linear')
  const padding = text(node, 'padding_mode', 'zeros')
  const place = aligned ? ((along + 1) / 2) * (size - 1) : ((along + 1) * size - 1) / 2
  const moved = (k: number) => {
    if (padding === 'zeros') return k
    const folded = padding === 'border' ? k : reflected(k, aligned ? 0 : -0.5, aligned ? size - 1 : size - 0.5)
    return Math.min(Math.max(folded, 0), size - 1)
  }
  const weights = new Array<number>(size).fill(0)
  const add = (k: number, weight: number) => {
    if (k >= 0 && k < size) weights[k] = (weights[k] ?? 0) + weight
  }
  if (mode === 'nearest') add(Math.round(moved(place)), 1)
  else if (mode.endsWith('cubic')) {
    const low = Math.floor(place)
    for (const k of [low - 1, low, low + 1, low + 2]) add(moved(k), keys(Math.abs(place - k)))
  } else {
    const inside = moved(place)
    const low = Math.floor(inside)
    add(low, 1 - (inside - low))
    add(low + 1, inside - low)
  }
  return weights
}

function keys(x: number): number {
  const a = -0.75
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1
  return a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a
}
