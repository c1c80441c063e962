import { float } from '../../../src/graph/attributes'
import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

interface Resizing {
  readonly mode: string
  readonly coordinate?: string
  readonly nearest?: string
  readonly scales?: readonly number[]
  readonly sizes?: readonly number[]
  readonly opset?: number
}

/** Resize's inputs are x and scales (opset 10), then x, a region, scales, and sizes (11). */
function resize({ mode, coordinate, nearest, scales, sizes, opset = 17 }: Resizing): GradientCase {
  const by = sizes ? `to [${sizes}]` : `by [${scales}]`
  return {
    name: `Resize: ${mode} ${by}, ${coordinate ?? 'default'} ${nearest ?? ''}, opset ${opset}`,
    opset,
    build: g => {
      const x = g.input('x', [1, 2, 4, 5])
      const attributes = {
        mode,
        ...(coordinate && { coordinate_transformation_mode: coordinate }),
        ...(nearest && { nearest_mode: nearest }),
      }
      if (opset === 10) return g.node('Resize', [x, g.weight([4], scales)], attributes)
      const empty = () => (opset < 13 ? g.weight([0]) : '')
      const inputs = sizes ? [x, empty(), empty(), g.ints(sizes)] : [x, empty(), g.weight([4], scales)]
      return g.node('Tanh', [g.node('Resize', inputs, attributes)])
    },
  }
}

const UP = [1, 1, 2, 3]
const UNEVEN = [1, 1, 1.6, 0.7]
const COORDINATES = ['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners']

export const resizeCases: readonly GradientCase[] = [
  resize({ mode: 'nearest', coordinate: 'asymmetric', nearest: 'floor', scales: UP }),
  resize({ mode: 'nearest', coordinate: 'asymmetric', nearest: 'floor', scales: UP, opset: 11 }),
  resize({ mode: 'nearest', scales: UP }),
  resize({ mode: 'linear', scales: UP }),
  ...COORDINATES.flatMap(coordinate => [
    resize({ mode: 'linear', coordinate, scales: UNEVEN }),
    resize({ mode: 'linear', coordinate, sizes: [1, 2, 7, 3] }),
    resize({ mode: 'linear', coordinate, sizes: [1, 2, 1, 9], opset: 11 }),
    resize({ mode: 'nearest', coordinate, scales: UNEVEN }),
  ]),
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map(nearest =>
    resize({ mode: 'nearest', coordinate: 'half_pixel', nearest, sizes: [1, 2, 7, 3] }),
  ),
  resize({ mode: 'linear', coordinate: 'half_pixel_symmetric', scales: UNEVEN, opset: 19 }),
  resize({ mode: 'nearest', scales: UP, opset: 10 }),
  resize({ mode: 'nearest', scales: UNEVEN, opset: 10 }),
  resize({ mode: 'linear', scales: UP, opset: 10 }),
  {
    name: 'Resize: some axes by number, opset 18',
    opset: 18,
    build: g =>
      g.node('Resize', [g.input('x', [1, 2, 3, 4]), '', '', g.ints([6, 5])], { mode: 'linear', axes: [2, 3] }),
  },
  {
    name: 'Resize: sizes from Shape arithmetic, as interpolate is exported',
    opset: 11,
    build: g => {
      const x = g.input('x', [1, 2, 3, 4])
      const front = g.node('Slice', [g.node('Shape', [x]), g.ints([0]), g.ints([2]), g.ints([0])])
      const sizes = g.node('Concat', [front, g.ints([6, 8])], { axis: 0 })
      return g.node('Resize', [x, g.weight([0]), g.weight([0]), sizes], { mode: 'linear' })
    },
  },
  ...['half_pixel', 'align_corners', 'pytorch_half_pixel', 'asymmetric'].flatMap(coordinate =>
    [0, 1].map(exclude_outside => ({
      name: `Resize: cubic, ${coordinate}, exclude_outside ${exclude_outside}`,
      build: (g: GraphBuilder) =>
        g.node('Resize', [g.input('x', [1, 2, 5, 4]), '', '', g.ints([1, 2, 8, 3])], {
          mode: 'cubic',
          coordinate_transformation_mode: coordinate,
          exclude_outside,
        }),
    })),
  ),
  {
    name: 'Resize: cubic with another coefficient, opset 11',
    opset: 11,
    build: g => {
      const inputs = [g.input('x', [1, 1, 5, 4]), g.weight([0]), g.weight([4], [1, 1, 1.7, 2])]
      return g.node('Resize', inputs, { mode: 'cubic', cubic_coeff_a: float(-0.5) })
    },
  },
  ...['linear', 'cubic'].flatMap(mode =>
    [0, 1].flatMap(exclude_outside =>
      [
        [1, 1, 3, 3],
        [1, 1, 11, 4],
      ].map(sizes => ({
        name: `Resize: ${mode}, antialiased, to ${sizes}, exclude_outside ${exclude_outside}`,
        opset: 18,
        build: (g: GraphBuilder) =>
          g.node('Resize', [g.input('x', [1, 1, 8, 7]), '', '', g.ints(sizes)], {
            mode,
            antialias: 1,
            exclude_outside,
          }),
      })),
    ),
  ),
  ...[7, 9].flatMap(opset =>
    ['nearest', 'linear'].map(mode => ({
      name: `Upsample: ${mode}, opset ${opset}`,
      opset,
      build: (g: GraphBuilder) => {
        const x = g.input('x', [1, 2, 3, 2])
        if (opset === 9) return g.node('Upsample', [x, g.weight([4], UP)], { mode })
        return g.node('Upsample', [x], { mode, scales: { kind: 'floats', value: UP } })
      },
    })),
  ),
]
