import type { Piece, Places } from '../image/types'
import { drawn, type Layout, type Line, near, type Side, type Span, type Windows } from './places'

/** The point of the input that a cell's centre stands for. */
function pointsOf(layout: Layout): (row: number, column: number) => readonly [x: number, y: number] | undefined {
  const [down, across] = [drawn(layout.rows), drawn(layout.columns)]
  return (row, column) => {
    const u = down.origin + down.step * (row + 0.5)
    const v = across.origin + across.step * (column + 0.5)
    const block = layout.blocks.find(
      ({ rows, columns }) => u >= rows.from && u <= rows.to && v >= columns.from && v <= columns.to,
    )
    if (!block) return undefined
    const [along, aside] = [block.rows.at + block.rows.step * u, block.columns.at + block.columns.step * v]
    return block.turned ? [along, aside] : [aside, along]
  }
}

/** Cells of an axis that are compared. */
const SAMPLES = 8

/** Whether the cells of two values lie within a cell of one another, where both lie anywhere. */
export function agree(a: Layout, b: Layout): boolean {
  if (a === b) return true
  if (a.rows.now !== b.rows.now || a.columns.now !== b.columns.now) return false
  const sampled = (size: number) =>
    [...new Set(Array.from({ length: SAMPLES }, (_, i) => Math.floor((i * (size - 1)) / (SAMPLES - 1))))].filter(
      i => i >= 0,
    )
  const [block] = a.blocks
  const cell = (side: Side) => Math.abs((block?.[side].step ?? 1) * drawn(a[side]).step)
  const reach = Math.max(cell('rows'), cell('columns')) * 1.01
  const [inA, inB] = [pointsOf(a), pointsOf(b)]
  const columns = sampled(a.columns.now)
  return sampled(a.rows.now).every(row =>
    columns.every(column => {
      const [p, q] = [inA(row, column), inB(row, column)]
      return !p || !q || (Math.abs(p[0] - q[0]) <= reach && Math.abs(p[1] - q[1]) <= reach)
    }),
  )
}

/**
 * The layout as pieces of the input, cut to its size; undefined where the cells are stretched over the whole input, as
 * those of most values are.
 */
export function piecesOf(layout: Layout, size: readonly [height: number, width: number]): Places | undefined {
  const [down, across] = [drawn(layout.rows), drawn(layout.columns)]
  const pieces = layout.blocks.flatMap(({ rows, columns, turned }) => {
    const [vertical, horizontal] = turned ? [columns, rows] : [rows, columns]
    const y = side(vertical, turned ? across : down, size[0])
    const x = side(horizontal, turned ? down : across, size[1])
    if (!x || !y) return []
    const [alongRows, alongColumns] = turned ? [x, y] : [y, x]
    const piece: Piece = {
      x: x.start,
      y: y.start,
      width: x.extent,
      height: y.extent,
      rows: alongRows.cells,
      columns: alongColumns.cells,
      ...(turned && { turned }),
    }
    return [piece]
  })
  const [only, ...others] = pieces
  const whole = others.length === 0 && only && covers(only, layout, size)
  return whole ? undefined : { size, pieces }
}

/** A span on the input from its smaller end, cut to `limit`, and the cells that lie at its two ends. */
function side(span: Span, line: Line, limit: number) {
  const ends = [span.at + span.step * span.from, span.at + span.step * span.to] as const
  const start = Math.max(Math.min(...ends), 0)
  const end = Math.min(Math.max(...ends), limit)
  if (end - start < 1e-9) return undefined
  const cell = (point: number) => tidy(((point - span.at) / span.step - line.origin) / line.step)
  return { start: tidy(start), extent: tidy(end - start), cells: [cell(start), cell(end)] as const }
}

/** Without the noise of divisions. */
const tidy = (value: number): number => Math.round(value * 1e6) / 1e6

function covers(
  { x, y, width, height, rows, columns, turned: isTurned }: Piece,
  layout: Layout,
  size: readonly number[],
) {
  const isWhole = ([from, to]: Piece['rows'], { now }: Windows) => from === 0 && near(to, now)
  return (
    !isTurned &&
    x === 0 &&
    y === 0 &&
    near(height, size[0] ?? 0) &&
    near(width, size[1] ?? 0) &&
    isWhole(rows, layout.rows) &&
    isWhole(columns, layout.columns)
  )
}
