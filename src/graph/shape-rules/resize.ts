import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes'
import { Misfit, positiveAxes, whole } from '../numbers'
import type { Node } from '../types'
import { isOpen, type ShapeRule, type ShapeScope } from './value-info'

/** One axis of a Resize or Upsample. */
export interface Resized {
  readonly axis: number
  readonly from: number
  readonly to: number
  /** Output places a step of the input, as the file says it or as the sizes give it. */
  readonly scale: number
}

/**
 * The axes that a Resize changes. Upsample has scales as an attribute (opset 7) or its second input (9), Resize its
 * second (10), then third input, or sizes as its fourth (11), for all axes or for some (18). undefined where they
 * are no constants, or the sizes only bound the result (`keep_aspect_ratio_policy`).
 */
export function resizeOf(scope: ShapeScope): Resized[] | undefined {
  const { node, inputs } = scope
  const [x] = inputs
  const place = inputs.length > 2 ? 2 : 1
  const sizes = inputs[3]?.content?.length ? inputs[3].content : undefined
  const scales = inputs[place]?.content?.length ? inputs[place].content : scalesAttribute(node)
  if (!x || (!sizes && !scales) || (isOpen(scope, place) && !sizes) || isOpen(scope, 3)) return undefined
  if (sizes && stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch') return undefined
  const axes = positiveAxes(intsAttribute(node, 'axes') ?? x.dims.map((_, i) => i), x.dims.length)
  const given = sizes ?? scales ?? []
  if (given.length !== axes.length)
    throw new Misfit(`resizes ${axes.length} axes and has ${given.length} numbers for it`)
  return axes.flatMap((axis, i) => {
    const from = x.dims[axis] ?? 1
    const to = sizes ? (sizes[i] ?? from) : Math.floor(from * (scales?.[i] ?? 1))
    whole(to, 'the size')
    const scale = sizes ? to / from : (scales?.[i] ?? 1)
    return to === from && scale === 1 ? [] : [{ axis, from, to, scale }]
  })
}

function scalesAttribute(node: Node): readonly number[] | undefined {
  const found = node.attributes.get('scales')
  return found?.kind === 'floats' ? found.value : undefined
}

const resize: ShapeRule = scope => {
  const [x] = scope.inputs
  const axes = resizeOf(scope)
  if (!x || !axes) return []
  const dims = [...x.dims]
  for (const { axis, to } of axes) dims[axis] = to
  return [{ type: x.type, dims }]
}

/**
 * The forward weights of one axis, row-major [to, from]: what each output place reads of the input. undefined for a
 * form that is not written: cropping.
 */
export function resizeWeights(node: Node, opset: number, resized: Resized): Float64Array | undefined {
  const { from, to } = resized
  const mode = stringAttribute(node, 'mode', 'nearest')
  const place = coordinate(node, opset, resized)
  const pick = nearest(node, opset, resized)
  if (!place || !pick) return undefined
  const kernel = mode === 'nearest' ? undefined : KERNELS[mode]
  if (kernel && (mode === 'cubic' || intAttribute(node, 'antialias', 0) === 1))
    return filtered(node, resized, place, kernel(floatAttribute(node, 'cubic_coeff_a', -0.75)))
  if (mode !== 'nearest' && mode !== 'linear') return undefined
  const weights = new Float64Array(to * from)
  for (let o = 0; o < to; o++) {
    const at = Math.min(Math.max(mode === 'nearest' ? pick(place(o)) : place(o), 0), from - 1)
    const low = Math.floor(at)
    const share = at - low
    weights[o * from + low] = 1 - share
    if (share > 0) weights[o * from + low + 1] = share
  }
  return weights
}

interface Kernel {
  /** How far it reaches to either side. */
  readonly reach: number
  readonly at: (distance: number) => number
}

/** A triangle, and Keys' cubic with its coefficient. */
const KERNELS: Readonly<Record<string, (a: number) => Kernel>> = {
  linear: () => ({ reach: 1, at: x => Math.max(1 - Math.abs(x), 0) }),
  cubic: a => ({
    reach: 2,
    at: distance => {
      const x = Math.abs(distance)
      if (x >= 2) return 0
      return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    },
  }),
}

/**
 * A kernel around each place. With `antialias` it is as much wider as the picture becomes smaller, and its weights are
 * brought to the sum 1. What it reads past the end counts to the last place, or with `exclude_outside` not at all.
 */
function filtered(
  node: Node,
  { from, to, scale }: Resized,
  place: (o: number) => number,
  { reach, at }: Kernel,
): Float64Array {
  const antialias = intAttribute(node, 'antialias', 0) === 1
  const excludes = intAttribute(node, 'exclude_outside', 0) === 1
  const width = antialias ? Math.max(1 / scale, 1) : 1
  const weights = new Float64Array(to * from)
  for (let o = 0; o < to; o++) {
    const centre = place(o)
    const row = weights.subarray(o * from, (o + 1) * from)
    let total = 0
    for (let k = Math.floor(centre - reach * width); k <= Math.ceil(centre + reach * width); k++) {
      if (excludes && (k < 0 || k >= from)) continue
      const weight = at((k - centre) / width)
      const inside = Math.min(Math.max(k, 0), from - 1)
      row[inside] = (row[inside] ?? 0) + weight
      total += weight
    }
    if (antialias || excludes) for (let k = 0; k < from; k++) row[k] = (row[k] ?? 0) / total
  }
  return weights
}

/** Where an output place lies on the input. Until opset 11 there was `asymmetric` alone. */
function coordinate(node: Node, opset: number, { from, to, scale }: Resized): ((o: number) => number) | undefined {
  const mode = opset < 11 ? 'asymmetric' : stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  switch (mode) {
    case 'asymmetric':
      return o => o / scale
    case 'half_pixel':
      return o => (o + 0.5) / scale - 0.5
    case 'pytorch_half_pixel':
      return o => (to > 1 ? (o + 0.5) / scale - 0.5 : 0)
    case 'align_corners':
      return o => (to > 1 ? (o * (from - 1)) / (to - 1) : 0)
    case 'half_pixel_symmetric': {
      const whole = from * scale
      const offset = (from / 2) * (1 - to / whole)
      return o => offset + (o + 0.5) / scale - 0.5
    }
    default:
      return undefined
  }
}

/** Until opset 11 a smaller picture took the next place, a larger one the last. */
function nearest(node: Node, opset: number, { scale }: Resized): ((at: number) => number) | undefined {
  if (opset < 11) return scale < 1 ? Math.ceil : Math.floor
  switch (stringAttribute(node, 'nearest_mode', 'round_prefer_floor')) {
    case 'round_prefer_floor':
      return at => Math.ceil(at - 0.5)
    case 'round_prefer_ceil':
      return at => Math.floor(at + 0.5)
    case 'floor':
      return Math.floor
    case 'ceil':
      return Math.ceil
    default:
      return undefined
  }
}

export const resizeShapes: Readonly<Record<string, ShapeRule>> = { Resize: resize, Upsample: resize }
