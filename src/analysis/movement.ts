import { intAttribute, intsAttribute, stringAttribute } from '../graph/attributes'
import { positiveAxis } from '../graph/shape-rules'
import { cutsOf } from '../graph/shape-rules/indexing'
import { padOf } from '../graph/shape-rules/layout'
import { resizeOf } from '../graph/shape-rules/resize'
import { has } from '../graph/traits'
import { nodeLabel } from '../graph/types'
import { windowOf } from '../graph/window'
import { type Axis, CUTTING, joins, orderOf, type Scope, tokensTaken } from './axes'
import { agree } from './pieces'
import {
  cut,
  flipped,
  joined,
  type Layout,
  type Mixed,
  type Placed,
  padded,
  type Side,
  slid,
  stretched,
  turned,
} from './places'

/** Where the cells of a node's output lie on the network's input. Call it with the output's axes known. */
export function follow(scope: Scope, axes: readonly Axis[]): Placed {
  const { node } = scope
  if (axes === orderOf(node)) return throughWindows(scope, axes)
  if (MOVING.has(node.op)) return mixed(scope, 'moves places as the picture tells it')
  const along = (side: Side) => axes.indexOf(side === 'rows' ? 'height' : 'width')
  const sides = (['rows', 'columns'] as const).filter(side => along(side) >= 0)
  if (joins(node)) {
    const axis = positiveAxis(intAttribute(node, 'axis', 0), scope.dims.length)
    const side = sides.find(side => along(side) === axis)
    return side ? concatenated(scope, side, axis) : together(scope)
  }
  const placed = together(scope)
  if ('mixed' in placed) return placed
  if (has(node, 'cuts', 'resamples', 'reduces') || CUTTING.has(node.op))
    return sides.reduce<Placed>((layout, side) => {
      return 'mixed' in layout ? layout : alongAxis(scope, layout, side, along(side))
    }, placed)
  return placed
}

/** Operators that take values from where other values say. */
const MOVING: ReadonlySet<string> = new Set(
  'AffineGrid Compress DFT GatherElements GatherND GridSample MaxRoiPool ReverseSequence RoiAlign TopK Unique'.split(
    ' ',
  ),
)

const mixed = ({ node }: Scope, what: string): Mixed => ({ mixed: `${nodeLabel(node)} ${what}` })

/** The layout of the inputs with most places, where they are of one mind; others are repeated over them. */
function together(scope: Scope): Placed {
  const meanings = scope.node.inputs.flatMap((_, i) => scope.meaningOf(i) ?? []).filter(({ axes }) => bearsPlaces(axes))
  const parts: { readonly axes: readonly Axis[]; readonly layout: Layout }[] = []
  for (const { axes, placed } of meanings)
    if ('mixed' in placed) return placed
    else parts.push({ axes, layout: placed })
  const cells = ({ rows, columns }: Layout) => rows.now * columns.now
  const most = parts.reduce((most, { layout }) => Math.max(most, cells(layout)), 0)
  const [first, ...others] = parts.filter(({ layout }) => cells(layout) === most)
  if (!first) return mixed(scope, 'has places that do not follow from the picture’s')
  const { rows } = first.layout
  const isOneMind = others.every(
    ({ axes, layout }) =>
      !areExchanged(first.axes, axes) && (layout.rows.now !== rows.now || agree(first.layout, layout)),
  )
  return isOneMind ? first.layout : mixed(scope, 'brings different places of the picture together')
}

/** Whether the rows of one lie over the columns of the other. */
const areExchanged = (a: readonly Axis[], b: readonly Axis[]): boolean =>
  a.length === b.length &&
  a.some((axis, i) => (axis === 'height' && b[i] === 'width') || (axis === 'width' && b[i] === 'height'))

const bearsPlaces = (axes: readonly Axis[]): boolean =>
  axes.some(axis => axis === 'places' || axis === 'height' || axis === 'width')

/** Along one axis that is cut, filled, resized or reduced. */
function alongAxis(scope: Scope, layout: Layout, side: Side, axis: number): Placed {
  const { node, inputs, dims } = scope
  const from = inputs[0]?.dims[axis] ?? 1
  const to = dims[axis] ?? 1
  switch (node.op) {
    case 'Slice': {
      const cuts = cutsOf(scope)
      if (!cuts) return mixed(scope, 'cuts where the picture tells it')
      const taken = cuts.find(slice => slice.axis === axis)
      return taken ? run(layout, side, taken.from, taken.step, taken.count) : layout
    }
    case 'Gather':
    case 'Split': {
      if (positiveAxis(intAttribute(node, 'axis', 0), dims.length) !== axis) return layout
      const taken = tokensTaken(scope, axis)
      return taken ? picked(scope, layout, side, taken) : mixed(scope, 'picks places as the picture tells it')
    }
    case 'Pad': {
      const padding = padOf(scope)
      if (!padding) return mixed(scope, 'puts around what the picture tells it')
      const { amounts, mode } = padding
      return padded(layout, side, amounts[axis] ?? 0, amounts[axis + dims.length] ?? 0, mode)
    }
    case 'CenterCropPad': {
      const less = Math.floor(Math.abs(from - to) / 2)
      if (to <= from) return cut(layout, side, less, to)
      return padded(layout, side, less, to - from - less, 'constant')
    }
    case 'Crop':
      return cut(layout, side, intsAttribute(node, 'border')?.[side === 'rows' ? 1 : 0] ?? 0, to)
    case 'Tile':
      return joined(
        Array.from({ length: to / from }, () => ({ layout, count: from })),
        side,
      )
    case 'Resize':
    case 'Upsample':
      return resized(scope, layout, side, axis)
    default:
      return stretched(layout, side, to)
  }
}

/** Cells `from`, `from + step`, …: with steps past 1 each stands for those that are stepped over as well. */
function run(layout: Layout, side: Side, from: number, step: number, count: number): Layout {
  const { now } = layout[side]
  if (step > 0) {
    const size = Math.min(count * step, now - from)
    return stretched(cut(layout, side, from, size), side, count)
  }
  const first = Math.max(from + count * step + 1, 0)
  return stretched(flipped(cut(layout, side, first, from - first + 1), side), side, count)
}

/** Cells in any order, as runs of neighbours. */
function picked(scope: Scope, layout: Layout, side: Side, cells: readonly number[]): Placed {
  const [first = 0, second = first + 1] = cells
  const step = second - first
  if (step !== 0 && cells.every((cell, i) => cell === first + i * step))
    return run(layout, side, first, step, cells.length)
  const { now } = layout[side]
  const scale = now / cells.length
  if (cells.every((cell, i) => Math.abs(cell + 0.5 - (i + 0.5) * scale) <= Math.max(scale, 1)))
    return stretched(layout, side, cells.length)
  const runs: { from: number; step: number; count: number }[] = []
  for (const cell of cells) {
    const last = runs.at(-1)
    const step = last ? cell - last.from - (last.count - 1) * last.step : 0
    if (last && Math.abs(step) === 1 && (last.count === 1 || step === last.step))
      Object.assign(last, { step, count: last.count + 1 })
    else runs.push({ from: cell, step: 1, count: 1 })
  }
  if (runs.length > MOST_RUNS) return mixed(scope, 'picks places in an order of its own')
  return joined(
    runs.map(({ from, step, count }) => ({ layout: run(layout, side, from, step, count), count })),
    side,
  )
}

const MOST_RUNS = 16

function concatenated(scope: Scope, side: Side, axis: number): Placed {
  const parts: { layout: Layout | undefined; count: number }[] = []
  for (let i = 0; i < scope.node.inputs.length; i++) {
    const placed = scope.meaningOf(i)?.placed
    if (placed && 'mixed' in placed) return placed
    parts.push({ layout: placed, count: scope.inputs[i]?.dims[axis] ?? 0 })
  }
  const found = joined(parts, side)
  return 'mixed' in found ? mixed(scope, 'joins too many parts of the picture') : found
}

/** ONNX's Resize: output place o reads the input's place o′, as `coordinate_transformation_mode` says. */
function resized(scope: Scope, layout: Layout, side: Side, axis: number): Placed {
  const { node, opset, dims, inputs } = scope
  const count = dims[axis] ?? 1
  const found = resizeOf(scope)?.find(resized => resized.axis === axis)
  const size = inputs[0]?.dims[axis] ?? 1
  const mode = opset < 11 ? 'asymmetric' : stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  if (mode === 'tf_crop_and_resize' && node.op === 'Resize') {
    const roi = scope.numbersOf(1) ?? []
    const axes = intsAttribute(node, 'axes')?.map(a => positiveAxis(a, dims.length)) ?? dims.map((_, i) => i)
    const at = axes.indexOf(axis)
    if (at < 0) return layout
    const [start, end] = [roi[at], roi[at + axes.length]]
    if (start === undefined || end === undefined) return mixed(scope, 'cuts where the picture tells it')
    // o′ = start·(size − 1) + o·(end − start)·(size − 1) / (count − 1), and the middle for a single place
    const step = ((end - start) * (size - 1)) / Math.max(count - 1, 1)
    const first = count > 1 ? start : (start + end) / 2
    return region(layout, side, first * (size - 1) + 0.5 - step / 2, step, count)
  }
  return found ? stretched(layout, side, count) : layout
}

/** Cells that lie evenly from `origin` on, each `step` wide, inside of the layout or not. */
function region(layout: Layout, side: Side, origin: number, step: number, count: number): Layout {
  const [low, high] = [Math.min(origin, origin + step * count), Math.max(origin, origin + step * count)]
  const [before, after] = [Math.max(Math.ceil(-low), 0), Math.max(Math.ceil(high - layout[side].now), 0)]
  const part = cut(padded(layout, side, before, after, 'constant'), side, low + before, Math.max(high - low, 1e-3))
  return stretched(step < 0 ? flipped(part, side) : part, side, count)
}

/** Convolutions, pools and others over pictures. */
function throughWindows(scope: Scope, order: readonly Axis[]): Placed {
  const meaning = scope.meaningOf(0)
  if (!meaning) return mixed(scope, 'reads places that do not follow from the picture’s')
  const { placed, axes } = meaning
  if ('mixed' in placed) return placed
  const [channel, down, across] = (['channel', 'height', 'width'] as const).map(axis => order.indexOf(axis))
  const isAt = (axis: number | undefined, wanted: Axis) => axes[axis ?? 0] === wanted || axes[axis ?? 0] === 'one'
  const isUpright = isAt(down, 'height') && isAt(across, 'width')
  if (!isAt(channel, 'channel') || !(isUpright || (isAt(down, 'width') && isAt(across, 'height'))))
    return mixed(scope, 'takes places for channels')
  const layout = isUpright ? placed : turned(placed)
  const sizes = (dims: readonly number[]) => [dims[down ?? 0] ?? 1, dims[across ?? 0] ?? 1]
  const [before, after] = [sizes(scope.inputs[0]?.dims ?? []), sizes(scope.dims)]
  const slides = windows(scope, before)
  return (['rows', 'columns'] as const).reduce((found, side, i) => {
    const slide = slides?.[i]
    const count = after[i] ?? 1
    const isKnown = slide && found[side].now === before[i]
    return isKnown ? slid(found, side, { ...slide, count }) : stretched(found, side, count)
  }, layout)
}

/** Of each axis: which place of the input the first window is about, and how far the next one is. */
function windows({ node, inputs }: Scope, spatial: readonly number[]) {
  const kernel = inputs[node.op === 'QLinearConv' ? 3 : 1]?.dims.slice(2)
  const at = (name: string, i: number, absent: number) => intsAttribute(node, name)?.[i] ?? absent
  if (node.op === 'ConvTranspose') {
    const size = intsAttribute(node, 'kernel_shape') ?? kernel ?? []
    if (stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET' || node.attributes.has('output_shape'))
      return undefined
    return spatial.map((_, i) => {
      const stride = at('strides', i, 1)
      const extent = ((size[i] ?? 1) - 1) * at('dilations', i, 1)
      return { origin: (at('pads', i, 0) - extent / 2 - 0.5) / stride + 0.5, step: 1 / stride }
    })
  }
  if (!WINDOWED.has(node.op)) return undefined
  const { kernel: size, strides, dilations, begin } = windowOf(node, spatial, kernel)
  return spatial.map((_, i) => {
    const step = strides[i] ?? 1
    const extent = ((size[i] ?? 1) - 1) * (dilations[i] ?? 1)
    return { origin: extent / 2 + 0.5 - (begin[i] ?? 0) - step / 2, step }
  })
}

const WINDOWED: ReadonlySet<string> = new Set(
  'AveragePool Conv ConvInteger DeformConv FusedConv LpPool MaxPool NhwcConv NhwcFusedConv NhwcMaxPool QLinearAveragePool QLinearConv'.split(
    ' ',
  ),
)
