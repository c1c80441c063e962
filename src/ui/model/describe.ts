import type { Attribution, GradientAttribution, MapAttribution } from '../../attribution/method'
import { findMethod } from '../../attribution/methods'
import { strongestChannel } from '../../image/gradient'
import { type Peak, peak, placeName, type ScaledMap, scaleMap } from '../../image/heatmap'
import type { RawMap } from '../../image/types'
import { percent, value } from './format'

/** Where a map lies, if not over all that the network saw. */
export function describePlaces({ places }: Pick<RawMap, 'places'>): string | null {
  if (!places) return null
  if (places.mixed !== undefined) return `by itself: ${places.mixed}`
  const [height, width] = places.size
  const share = places.pieces.reduce((sum, piece) => sum + (piece.width * piece.height) / (width * height), 0)
  const isMoved = places.pieces.some(
    ({ rows, columns, turned }) => turned || rows[1] < rows[0] || columns[1] < columns[0],
  )
  if (places.pieces.length > 1 || isMoved) return 'laid back where its cells came from'
  return share < 0.99 ? 'over the part that this layer sees' : null
}

/** A channel in a sentence. */
export function describeChannel(scaled: ScaledMap, channel: number, layer: string): string {
  const strongest = peak(scaled)
  if (!strongest) return `Channel ${channel} of ${layer} is ${value(scaled.low)} everywhere.`
  const { row, column, x, y } = strongest
  const where = x === null || y === null ? cell(row, column) : `strongest at the ${placeName(x, y)}`
  return `Channel ${channel} of ${layer}, ${where}.`
}

/** A map or a gradient in a sentence: whose it is and where it is strongest. */
export function describe(explanation: Attribution, label: string): string {
  return explanation.kind === 'map'
    ? describeMap(scaleMap(explanation.map), explanation, label)
    : describeGradient(explanation, label)
}

function describeMap(scaled: ScaledMap, { method, layer, rounding }: MapAttribution, label: string): string {
  const strongest = peak(scaled)
  if (rounding) return `No evidence for ${label} at ${layer}: its weights cancel there, to float32’s rounding error.`
  if (!strongest) return `No positive evidence for ${label} at ${layer}.`
  return `${findMethod(method).label} of ${label} at ${layer}, ${whereabouts(strongest)}`
}

function describeGradient({ method, gradient }: GradientAttribution, label: string): string {
  const map = strongestChannel(gradient)
  const strongest = peak(scaleMap({ ...map, values: map.values.map(Math.abs) }))
  const what = `${findMethod(method).label} of ${label} at the input`
  return strongest ? `${what}, ${whereabouts(strongest)}` : `${what} is 0 everywhere, to float32’s rounding error.`
}

function whereabouts({ row, column, x, y }: Peak): string {
  if (x === null || y === null) return `${cell(row, column)}, which lies on no place of the picture.`
  return `strongest at the ${placeName(x, y)}: ${percent(x)} from the left and ${percent(y)} from the top of what the network saw.`
}

const cell = (row: number, column: number): string => `strongest in row ${row + 1}, column ${column + 1} of the map`
