import { intAttribute, stringAttribute } from '../../graph/attributes'
import { sizeOf } from '../../graph/tensors'
import type { Rule, RuleScope } from '../rule'

type Padding = 'zeros' | 'border' | 'reflection'

/**
 * GridSample reads the picture at places between its pixels: Y = Σ X·w₁·w₂ over rows and columns, where each axis has a
 * weight for every pixel and place read, 0 for most. Floor and the pixels' numbers are constants; what is left of a place
 * moves with the grid, so that both X and the grid have a gradient, as PyTorch's.
 */
const GridSample: Rule = scope =>
  scope.through(() => {
    const { emit, I } = scope
    const [pictures = 1, channels = 1, ...spatial] = emit.shape(I(0))
    const out = emit.shape(I(1)).slice(1, -1)
    const places = sizeOf(out)
    emit.checkSize([pictures * channels, places, spatial[0] ?? 1])
    const grid = emit.reshape(I(1), [pictures, places, spatial.length])
    const weights = spatial.map((size, axis) => {
      const last = spatial.length - 1 - axis
      const along = emit.slice(grid, [2], [last], [last + 1])
      return axisWeights(scope, along, size)
    })
    const axes = [...'dhw'].slice(-spatial.length)
    const terms = [`nc${axes.join('')}`, ...axes.map(letter => `np${letter}`)]
    const equation = { kind: 'string', value: `${terms.join(',')}->ncp` } as const
    return [emit.reshape(emit.op('Einsum', [I(0), ...weights], { equation }), [pictures, channels, ...out])]
  })

/** [N, P, size]: how much of each pixel of an axis each place reads. @param along −1..1, [N, P, 1] */
function axisWeights(scope: RuleScope, along: string, size: number): string {
  const { node, emit } = scope
  const aligned = intAttribute(node, 'align_corners', 0) === 1
  const mode = stringAttribute(node, 'mode', 'linear')
  const padding = stringAttribute(node, 'padding_mode', 'zeros') as Padding
  const half = emit.op('Mul', [emit.op('Add', [along, 1]), (aligned ? size - 1 : size) / 2])
  const place = aligned ? half : emit.op('Sub', [half, 0.5])
  const numbers = emit.floats(
    [1, 1, size],
    Array.from({ length: size }, (_, i) => i),
  )
  const at = (pixel: string) => emit.cast(emit.op('Equal', [numbers, pixel]), emit.type)
  if (mode === 'nearest') return at(emit.op('Round', [inside(scope, place, size, padding)]))
  const isCubic = mode.endsWith('cubic')
  const read = isCubic ? place : inside(scope, place, size, padding)
  const floor = emit.op('Floor', [read])
  const share = emit.op('Sub', [read, floor])
  const taps: readonly (readonly [number, string])[] = isCubic
    ? [-1, 0, 1, 2].map(step => [step, cubicShare(scope, share, step)])
    : [
        [0, emit.op('Sub', [1, share])],
        [1, share],
      ]
  const parts = taps.map(([step, weight]) => {
    const pixel = step === 0 ? floor : emit.op('Add', [floor, step])
    return emit.op('Mul', [at(isCubic ? inside(scope, pixel, size, padding) : pixel), weight])
  })
  return parts.reduce((sum, part) => emit.op('Add', [sum, part]))
}

/** Keys' cubic with a = −0.75 at the distance |share − step|. */
function cubicShare({ emit }: RuleScope, share: string, step: number): string {
  const a = -0.75
  const x = step === -1 || step === 0 ? emit.op('Sub', [share, step]) : emit.op('Sub', [step, share])
  const times = (sum: string, factor: number) => emit.op('Add', [emit.op('Mul', [sum, x]), factor])
  const horner = (first: number, ...rest: readonly number[]) => {
    const [second = 0, ...others] = rest
    return others.reduce(times, emit.op('Add', [emit.op('Mul', [x, first]), second]))
  }
  return step === 0 || step === 1 ? horner(a + 2, -(a + 3), 0, 1) : horner(a, -5 * a, 8 * a, -4 * a)
}

/** A place moved into the picture: to its border, or reflected there and back; left where it is for zeros. */
function inside({ node, emit }: RuleScope, place: string, size: number, padding: Padding): string {
  if (padding === 'zeros') return place
  const clipped = (x: string) => emit.op('Clip', [x, 0, size - 1])
  if (padding === 'border') return clipped(place)
  const aligned = intAttribute(node, 'align_corners', 0) === 1
  const [low, span] = aligned ? [0, size - 1] : [-0.5, size]
  if (span === 0) return emit.op('Mul', [place, 0])
  const distance = emit.op('Abs', [emit.op('Sub', [place, low])])
  const turns = emit.op('Floor', [emit.op('Div', [distance, span])])
  const rest = emit.op('Sub', [distance, emit.op('Mul', [turns, span])])
  const even = emit.op('Equal', [emit.op('Mul', [emit.op('Floor', [emit.op('Mul', [turns, 0.5])]), 2]), turns])
  const folded = emit.where(even, rest, emit.op('Sub', [span, rest]))
  return clipped(emit.op('Add', [folded, low]))
}

export const samplingRules = { GridSample }
