import type { GraphBuilder } from '../../support/build'
import type { GradientCase } from '../check'

const sample = (mode: string, padding: string, aligned: number, opset = 16): GradientCase => ({
  name: `GridSample: ${mode}, ${padding}, align_corners ${aligned}, opset ${opset}`,
  opset,
  build: g => {
    const attributes = { mode, padding_mode: padding, align_corners: aligned }
    const grid = Array.from(g.random(24, -1.4, 1.4))
    return g.node('GridSample', [g.input('x', [2, 2, 4, 5]), g.weight([2, 2, 3, 2], grid)], attributes)
  },
})

const toGrid = (mode: string, padding: string): GradientCase => ({
  name: `GridSample: ${mode}, ${padding}, to the grid`,
  opset: 16,
  build: g => {
    const attributes = { mode, padding_mode: padding }
    return g.node(
      'GridSample',
      [g.input('x', [1, 2, 4, 5]), g.input('grid', [1, 3, 2, 2], g.random(12, -0.9, 0.9))],
      attributes,
    )
  },
})

export const samplingCases: readonly GradientCase[] = [
  ...['bilinear', 'nearest', 'bicubic'].flatMap(mode =>
    ['zeros', 'border', 'reflection'].flatMap(padding => [0, 1].map(aligned => sample(mode, padding, aligned))),
  ),
  sample('linear', 'zeros', 0, 20),
  sample('cubic', 'border', 1, 22),
  {
    name: 'GridSample: in three dimensions',
    opset: 20,
    build: (g: GraphBuilder) =>
      g.node('GridSample', [g.input('x', [1, 2, 2, 3, 4]), g.weight([1, 2, 2, 2, 3], g.random(24, -1.2, 1.2))], {
        mode: 'linear',
      }),
  },
  toGrid('bilinear', 'zeros'),
  toGrid('bilinear', 'border'),
  toGrid('bicubic', 'zeros'),
]
