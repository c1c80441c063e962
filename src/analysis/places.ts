/** Cells from..to of one axis of a grid; the point u cells from the grid's first edge lies at `at + step·u` of the input. */
export interface Span {
  readonly from: number
  readonly to: number
  /** In pixels of the network's input; a negative step runs backwards. */
  readonly at: number
  readonly step: number
}

/** A rectangle of cells and the rectangle of the input that they stand for. */
interface Block {
  readonly rows: Span
  readonly columns: Span
  /** Rows run along the input's width, columns along its height. */
  readonly turned: boolean
}

/** The convolutions, pools and other windows along one axis since places were last moved. */
export interface Windows {
  /** Cells before the windows, and now. */
  readonly before: number
  readonly now: number
  /** The centre of what cell i reads lies `origin + step·(i + ½)` cells from the first edge before the windows. */
  readonly origin: number
  readonly step: number
  /** Whether cells were put around that no window has taken in yet. */
  readonly padding?: Padding | undefined
}

interface Padding {
  readonly before: number
  readonly after: number
  readonly mode: string
}

/**
 * Where the cells of a value's grid lie on the network's input. Cuts, flips, turns and joins are followed exactly.
 * For windows the convention of Grad-CAM's authors and PyTorch's tutorials holds: a map is stretched over all that the
 * value before the windows covered, as long as that puts no cell further than one cell from the centre of what it reads.
 * Where it would, as after unpadded convolutions with large kernels, cells lie at those centres.
 */
export interface Layout {
  readonly blocks: readonly Block[]
  readonly rows: Windows
  readonly columns: Windows
}

/** Cells of one grid that lie everywhere and nowhere: why. */
export interface Mixed {
  readonly mixed: string
}

export type Placed = Layout | Mixed

export type Side = 'rows' | 'columns'

/** The cells of a window's output on those of its input: the centre of cell i is at `origin + step·(i + ½)`. */
export interface Slide {
  readonly origin: number
  readonly step: number
  /** Cells of the output. */
  readonly count: number
}

/** More blocks than this are no picture any more. */
const MOST_BLOCKS = 64

const still = (size: number): Windows => ({ before: size, now: size, origin: 0, step: 1 })

/** Every cell is a pixel of the input. */
export function wholeInput(height: number, width: number): Layout {
  const span = (size: number): Span => ({ from: 0, to: size, at: 0, step: 1 })
  return {
    blocks: [{ rows: span(height), columns: span(width), turned: false }],
    rows: still(height),
    columns: still(width),
  }
}

export interface Line {
  readonly origin: number
  readonly step: number
}

/** Where the cells are drawn on those before the windows: u lies at origin + step·u. */
export function drawn(windows: Windows): Line {
  return !windows.padding && isStretched(windows) ? { origin: 0, step: windows.before / windows.now } : windows
}

function isStretched({ before, now, origin, step }: Windows): boolean {
  const cell = before / now
  return [0.5, now - 0.5].every(u => Math.abs(origin + step * u - cell * u) <= cell * (1 + 1e-9))
}

const map = (layout: Layout, side: Side, change: (span: Span) => readonly Span[]): Block[] =>
  layout.blocks.flatMap(block => change(block[side]).map(span => ({ ...block, [side]: span })))

/** The same cells, with nothing left of the windows. */
function settled(layout: Layout): Layout {
  let found = layout
  for (const side of ['rows', 'columns'] as const) {
    const windows = found[side]
    const { before, now, padding } = windows
    if (before === now && windows.origin === 0 && windows.step === 1 && !padding) continue
    const { origin, step } = drawn(windows)
    const blocks = map(padding ? mirrored(found, side, padding) : found, side, span => {
      const cells = { at: span.at + span.step * origin, step: span.step * step }
      return within({ ...cells, from: (span.from - origin) / step, to: (span.to - origin) / step }, 0, now)
    })
    found = { ...found, blocks, [side]: still(now) }
  }
  return found
}

/** With what a reflected or repeated border shows, as blocks of their own; cells of a constant border lie nowhere. */
function mirrored(layout: Layout, side: Side, { before, after, mode }: Padding): Layout {
  const { before: size } = layout[side]
  const copies = (span: Span): Span[] => {
    if (mode === 'wrap') return [shifted(span, -size), shifted(span, size)]
    if (mode !== 'reflect') return []
    // Cell −i shows cell i, and cell size − 1 + i shows cell size − 1 − i.
    return [reversed(span, 1), reversed(span, 2 * size - 1)]
  }
  const inBorder = (span: Span) => [...within(span, -before, 0), ...within(span, size, size + after)]
  return { ...layout, blocks: [...layout.blocks, ...map(layout, side, span => copies(span).flatMap(inBorder))] }
}

function within(span: Span, low: number, high: number): readonly Span[] {
  const [from, to] = [Math.max(span.from, low), Math.min(span.to, high)]
  return to - from > 1e-9 ? [{ ...span, from, to }] : []
}

/** The same places at cells that lie `by` further. */
const shifted = ({ from, to, at, step }: Span, by: number): Span => ({
  from: from + by,
  to: to + by,
  at: at - step * by,
  step,
})

/** The same places at cells counted backwards: u becomes `edge − u`. */
const reversed = ({ from, to, at, step }: Span, edge: number): Span => ({
  from: edge - to,
  to: edge - from,
  at: at + step * edge,
  step: -step,
})

/** After a convolution, a pool or another window along one axis. */
export function slid(layout: Layout, side: Side, { origin, step, count }: Slide): Layout {
  const windows = layout[side]
  const { padding } = windows
  if (origin === 0 && step === 1 && count === windows.now && !padding) return layout
  const next = {
    before: windows.before,
    now: count,
    origin: windows.origin + windows.step * origin,
    step: windows.step * step,
  }
  if (padding && !isStretched(next)) return slid(settled(layout), side, { origin, step, count })
  return { ...layout, [side]: next }
}

/** A window that shares all cells out evenly: another size, a reduction. */
export const stretched = (layout: Layout, side: Side, count: number): Layout =>
  layout[side].now === count ? layout : slid(layout, side, { origin: 0, step: layout[side].now / count, count })

/** Cells around, before and after; negative amounts cut them off. */
export function padded(layout: Layout, side: Side, before: number, after: number, mode: string): Layout {
  if (before === 0 && after === 0) return layout
  const { now, padding } = layout[side]
  if (before < 0 || after < 0) {
    const [from, to] = [Math.max(-before, 0), now - Math.max(-after, 0)]
    return padded(cut(layout, side, from, to - from), side, Math.max(before, 0), Math.max(after, 0), mode)
  }
  const base = padding ? settled(layout) : layout
  const windows = base[side]
  const { origin, step } = drawn(windows)
  // What stands in the border is told by the cells before the windows: only without any is it known.
  const known = windows.before === windows.now && origin === 0 && step === 1
  return {
    ...base,
    [side]: {
      ...windows,
      now: now + before + after,
      origin: origin - step * before,
      step,
      padding: { before, after, mode: known ? mode : 'constant' },
    },
  }
}

/** Cells from..from + count − 1 alone. */
export function cut(layout: Layout, side: Side, from: number, count: number): Layout {
  if (from === 0 && count === layout[side].now) return layout
  const base = settled(layout)
  const blocks = map(base, side, span => within(span, from, from + count).map(part => shifted(part, -from)))
  return { ...base, blocks, [side]: still(count) }
}

/** The cells in reversed order. */
export function flipped(layout: Layout, side: Side): Layout {
  const base = settled(layout)
  return { ...base, blocks: map(base, side, span => [reversed(span, base[side].now)]) }
}

/** Height and width exchanged. */
export function turned({ blocks, rows, columns }: Layout): Layout {
  return {
    blocks: blocks.map(block => ({ rows: block.columns, columns: block.rows, turned: !block.turned })),
    rows: columns,
    columns: rows,
  }
}

/**
 * Values one after another along an axis.
 *
 * @param parts undefined where a part shows nothing of the picture
 */
export function joined(
  parts: readonly { readonly layout: Layout | undefined; readonly count: number }[],
  side: Side,
): Placed {
  const known = parts.flatMap(({ layout }) => (layout ? [settled(layout)] : []))
  const [first] = known
  if (!first) return { mixed: 'none of its parts shows the picture' }
  let start = 0
  let next = 0
  const blocks: Block[] = []
  for (const { layout, count } of parts) {
    const mine = layout && known[next++]
    const by = start
    if (mine) blocks.push(...map(mine, side, span => [shifted(span, by)]))
    start += count
  }
  const found = coalesced(blocks)
  if (found.length > MOST_BLOCKS) return { mixed: 'its places come from too many parts of the picture' }
  return { ...first, blocks: found, [side]: still(start) }
}

/** Neighbours that go on from one another are one block. */
function coalesced(blocks: readonly Block[]): Block[] {
  const found = [...blocks]
  for (let i = 0; i < found.length; i++)
    for (let j = i + 1; j < found.length; j++) {
      const one = union(found[i], found[j])
      if (!one) continue
      found[i] = one
      found.splice(j, 1)
      i = -1
      break
    }
  return found
}

export const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6

function union(a: Block | undefined, b: Block | undefined): Block | undefined {
  if (!a || !b || a.turned !== b.turned) return undefined
  for (const [side, other] of [
    ['rows', 'columns'],
    ['columns', 'rows'],
  ] as const) {
    const [p, q, r, s] = [a[side], b[side], a[other], b[other]]
    const same = near(r.from, s.from) && near(r.to, s.to) && near(r.at, s.at) && near(r.step, s.step)
    if (!same || !near(p.at, q.at) || !near(p.step, q.step)) continue
    if (near(p.to, q.from)) return { ...a, [side]: { ...p, to: q.to } }
    if (near(q.to, p.from)) return { ...a, [side]: { ...p, from: q.from } }
  }
  return undefined
}
