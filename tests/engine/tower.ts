import type { GradientKind } from '../../src/grad/rules/gated'
import { GraphBuilder } from '../support/build'
import { evaluate } from '../support/reference'
import type { NdArray } from '../support/reference/array'

export const SIZE = 8
export const CLASSES = 4

/** Conv 3×3 → ReLU → max pool 2 → Conv 3×3 → ReLU → linear, over 8×8 pictures. */
export function tower(): GraphBuilder {
  const g = new GraphBuilder(17, 'tower')
  const conv = (x: string, n: number, dims: number[]) =>
    g.node('Conv', [x, g.weight(dims, undefined, `conv${n}.weight`), g.weight([dims[0] ?? 0])], { pads: [1, 1, 1, 1] })
  const relu1 = g.node(
    'Relu',
    [conv(g.input('image', [1, 3, SIZE, SIZE]), 1, [4, 3, 3, 3])],
    {},
    { outputs: ['relu1'] },
  )
  const pooled = g.node('MaxPool', [relu1], { kernel_shape: [2, 2], strides: [2, 2] })
  g.node('Relu', [conv(pooled, 2, [5, 4, 3, 3])], {}, { outputs: ['relu2'] })
  const flat = g.node('Flatten', ['relu2'])
  g.node(
    'Gemm',
    [flat, g.weight([CLASSES, 5 * 16], undefined, 'fc.weight'), g.weight([CLASSES])],
    { transB: 1 },
    {
      outputs: ['logits'],
    },
  )
  g.output('logits')
  return g
}

type Volume = number[][][]

const volume = (channels: number, size: number): Volume =>
  Array.from({ length: channels }, () => Array.from({ length: size }, () => new Array<number>(size).fill(0)))

const flatOf = (values: Volume): number[] => values.flat(2)

/** What a ReLU passes back, by the papers' own words. */
const BACK: Record<GradientKind, (y: number, dY: number) => number> = {
  saliency: (y, dY) => (y > 0 ? dY : 0),
  guided: (y, dY) => (y > 0 && dY > 0 ? dY : 0),
  deconvnet: (_, dY) => Math.max(dY, 0),
}

/** The tower's backward pass as loops in double precision, apart from every rule of the project. */
export function byHand(g: GraphBuilder, image: NdArray, kind: GradientKind, target: number): number[] {
  const graph = g.build()
  const values = evaluate(graph, new Map([['image', image]]))
  const read = (name: string): ArrayLike<number> => values.get(name)?.data ?? []
  const at = (name: string, ...places: readonly [at: number, of: number][]): number =>
    read(name)[places.reduce((flat, [index, size]) => flat * size + index, 0)] ?? Number.NaN
  const back = BACK[kind]

  const relu2 = volume(5, 4)
  for (let c = 0; c < 5; c++)
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 4; x++) {
        const place = (c * 4 + y) * 4 + x
        write(relu2, c, y, x, back(at('relu2', [place, 80]), at('fc.weight', [target, CLASSES], [place, 80])))
      }
  const pooled = transposedConv(relu2, 'conv2.weight', 4, at)
  const relu1 = volume(4, SIZE)
  for (let c = 0; c < 4; c++)
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 4; x++) {
        let [best, by, bx] = [Number.NEGATIVE_INFINITY, 0, 0]
        for (const [v, u] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ] as const) {
          const value = at('relu1', [c, 4], [2 * y + v, SIZE], [2 * x + u, SIZE])
          if (value > best) [best, by, bx] = [value, 2 * y + v, 2 * x + u]
        }
        write(relu1, c, by, bx, back(best, pooled[c]?.[y]?.[x] ?? Number.NaN))
      }
  return flatOf(transposedConv(relu1, 'conv1.weight', 3, at))
}

const write = (into: Volume, c: number, y: number, x: number, value: number): void => {
  const row = into[c]?.[y]
  if (row) row[x] = value
}

/** Every output's gradient goes back along the weights that it was made with; 3×3, padding 1. */
function transposedConv(
  dY: Volume,
  weight: string,
  channels: number,
  at: (name: string, ...places: readonly [at: number, of: number][]) => number,
): Volume {
  const size = dY[0]?.length ?? 0
  const dX = volume(channels, size)
  dY.forEach((rows, m) => {
    rows.forEach((row, y) => {
      row.forEach((gradient, x) => {
        for (let c = 0; c < channels; c++)
          for (let v = 0; v < 3; v++)
            for (let u = 0; u < 3; u++) {
              const target = dX[c]?.[y + v - 1]
              if (target && x + u >= 1 && x + u - 1 < size)
                target[x + u - 1] =
                  (target[x + u - 1] ?? 0) + gradient * at(weight, [m, dY.length], [c, channels], [v, 3], [u, 3])
            }
      })
    })
  })
  return dX
}
