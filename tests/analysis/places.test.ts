import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/analysis/analyze'
import { Network } from '../../src/engine/network'
import type { Attribute } from '../../src/graph/types'
import { liesOnPicture, peak, sampleMap, scaleMap } from '../../src/image/heatmap'
import type { RawMap } from '../../src/image/types'
import { GraphBuilder } from '../support/build'
import { runtime } from '../support/engine'
import { mapOf } from '../support/explain'

const SIDE = 64
/** White rows 8–23, columns 40–55 on black: nowhere like its mirror image, turned, or moved by half. */
const SQUARE = { top: 8, bottom: 24, left: 40, right: 56 }

const isWhite = (y: number, x: number): boolean =>
  y >= SQUARE.top && y < SQUARE.bottom && x >= SQUARE.left && x < SQUARE.right

/** What moves the picture "x", [1, 3, 64, 64]. @returns [1, 3, H, W] */
type Move = (g: GraphBuilder, x: string) => string

const slice = (g: GraphBuilder, x: string, axes: number[], starts: number[], ends: number[], steps?: number[]) =>
  g.node('Slice', [x, g.ints(starts), g.ints(ends), g.ints(axes), ...(steps ? [g.ints(steps)] : [])])
const END = 2 ** 31 - 1
const flip = (g: GraphBuilder, x: string, axis: number) => slice(g, x, [axis], [-1], [-END], [-1])
const roll = (g: GraphBuilder, x: string, axis: number, by: number) =>
  g.node('Concat', [slice(g, x, [axis], [by], [END]), slice(g, x, [axis], [0], [by])], { axis })
const turn = (g: GraphBuilder, x: string) => g.node('Transpose', [x], { perm: [0, 1, 3, 2] })
const pad = (g: GraphBuilder, x: string, [top, left, bottom, right]: number[], mode = 'constant') =>
  g.node('Pad', [x, g.ints([0, 0, top ?? 0, left ?? 0, 0, 0, bottom ?? 0, right ?? 0])], { mode })
const gather = (g: GraphBuilder, x: string, axis: number, places: number[]) =>
  g.node('Gather', [x, g.ints(places)], { axis })
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const box = (g: GraphBuilder, x: string, k: number, attributes = {}) => {
  const filters = Float64Array.from({ length: 9 * k * k }, (_, i) =>
    Math.floor(i / (k * k)) % 4 === 0 ? 1 / (k * k) : 0,
  )
  return g.node('Conv', [x, g.weight([3, 3, k, k], filters)], attributes)
}
const resize = (g: GraphBuilder, x: string, scale: number, attributes: Record<string, string | Attribute> = {}) =>
  g.node('Resize', [x, '', g.weight([4], [1, 1, scale, scale])], { mode: 'linear', ...attributes })
const reshape = (g: GraphBuilder, x: string, dims: number[]) => g.node('Reshape', [x, g.ints(dims)])

interface Case {
  readonly name: string
  readonly opset?: number
  readonly move: Move
  /** Pixels that the edges of the bright cells may be off: half a cell where a cell stands for several pixels. */
  readonly off?: number
  /** The share of the square that the network sees, where it is less than all. */
  readonly seen?: number
}

const MOVED: readonly Case[] = [
  { name: 'a crop', move: (g, x) => slice(g, x, [2, 3], [0, 32], [32, 64]) },
  { name: 'a crop with negative starts', move: (g, x) => slice(g, x, [-2, -1], [-64, -32], [-20, END]) },
  {
    name: 'a centre crop in opset 9’s attributes',
    opset: 9,
    move: (g, x) => g.node('Slice', [x], { axes: [2, 3], starts: [4, 4], ends: [60, 60] }),
  },
  { name: 'a crop in two steps', move: (g, x) => slice(g, slice(g, x, [3], [24], [END]), [2, 3], [4, 8], [40, 40]) },
  { name: 'a crop by Gather', move: (g, x) => gather(g, gather(g, x, 3, range(30, 62)), 2, range(2, 34)) },
  {
    name: 'a crop by Split',
    opset: 13,
    move: (g, x) => {
      g.node('Split', [x, g.ints([16, 48])], { axis: 3 }, { outputs: ['left', 'right'] })
      return 'right'
    },
  },
  { name: 'a crop by negative pads', move: (g, x) => pad(g, x, [-4, -30, -8, -2]) },
  { name: 'a border on the left', move: (g, x) => pad(g, x, [0, 64, 0, 0]) },
  {
    name: 'an uneven border, then a padded 3×3',
    move: (g, x) => box(g, pad(g, x, [20, 0, 3, 40]), 3, { pads: [1, 1, 1, 1] }),
    off: 1,
  },
  { name: 'a reflected border', move: (g, x) => pad(g, x, [10, 40, 30, 20], 'reflect') },
  { name: 'a repeated border', move: (g, x) => pad(g, x, [10, 40, 30, 20], 'edge') },
  { name: 'a border for an unpadded 3×3', move: (g, x) => box(g, pad(g, x, [1, 1, 1, 1]), 3), off: 1 },
  { name: 'flipped', move: (g, x) => flip(g, x, 3) },
  { name: 'upside down and flipped', move: (g, x) => flip(g, flip(g, x, 2), 3) },
  { name: 'flipped by Gather', move: (g, x) => gather(g, x, 3, range(0, SIDE).reverse()) },
  { name: 'a flipped crop', move: (g, x) => slice(g, x, [3], [60], [19], [-1]) },
  { name: 'height and width exchanged', move: turn },
  { name: 'a quarter turn', move: (g, x) => flip(g, turn(g, x), 3) },
  { name: 'exchanged, cropped, exchanged back', move: (g, x) => turn(g, slice(g, turn(g, x), [2], [30], [END])) },
  { name: 'rolled', move: (g, x) => roll(g, roll(g, x, 2, 16), 3, 48) },
  { name: 'rolled so that the square is cut', move: (g, x) => roll(g, roll(g, x, 2, 12), 3, 50) },
  { name: 'rolled and rolled back', move: (g, x) => roll(g, roll(g, x, 3, 20), 3, 44) },
  { name: 'rolled by Gather', move: (g, x) => gather(g, x, 3, [...range(48, 64), ...range(0, 48)]) },
  {
    name: 'quarters exchanged',
    move: (g, x) => {
      const part = (y: number, x0: number) => slice(g, x, [2, 3], [y, x0], [y + 32, x0 + 32])
      const rows = [
        g.node('Concat', [part(32, 32), part(0, 32)], { axis: 3 }),
        g.node('Concat', [part(0, 0), part(32, 0)], { axis: 3 }),
      ]
      return g.node('Concat', rows, { axis: 2 })
    },
  },
  { name: 'two views side by side', move: (g, x) => g.node('Concat', [x, flip(g, x, 3)], { axis: 3 }) },
  { name: 'repeated like tiles', move: (g, x) => g.node('Tile', [x, g.ints([1, 1, 2, 2])]) },
  { name: 'every second row and column', move: (g, x) => slice(g, x, [2, 3], [0, 0], [END, END], [2, 2]), off: 1 },
  { name: 'every second column, backwards', move: (g, x) => slice(g, x, [3], [-1], [-END], [-2]), off: 1 },
  { name: 'resized, then cropped', move: (g, x) => slice(g, resize(g, x, 2), [2, 3], [0, 64], [64, 128]), off: 1 },
  {
    name: 'resized with aligned corners, then cropped',
    move: (g, x) => slice(g, resize(g, x, 1.5, { coordinate_transformation_mode: 'align_corners' }), [3], [48], [96]),
    off: 1,
  },
  {
    name: 'resized in opset 10, asymmetric',
    opset: 10,
    move: (g, x) => g.node('Resize', [x, g.weight([4], [1, 1, 2, 2])], { mode: 'nearest' }),
    off: 1,
  },
  {
    name: 'upsampled in opset 9, cropped',
    opset: 9,
    move: (g, x) =>
      g.node('Slice', [g.node('Upsample', [x, g.weight([4], [1, 1, 2, 2])], { mode: 'nearest' })], {
        axes: [3],
        starts: [64],
        ends: [128],
      }),
    off: 1,
  },
  {
    name: 'cropped, then a strided 3×3',
    move: (g, x) => box(g, slice(g, x, [3], [32], [64]), 3, { pads: [1, 1, 1, 1], strides: [2, 2] }),
    off: 2,
  },
  { name: 'an unpadded convolution with a large kernel', move: (g, x) => box(g, x, 9), off: 5 },
  {
    name: 'between convolutions: a crop of feature maps',
    move: (g, x) => slice(g, box(g, x, 3, { pads: [1, 1, 1, 1], strides: [2, 2] }), [3], [16], [32]),
    off: 2,
  },
  {
    name: 'SpaceToDepth and back, flipped between',
    move: (g, x) =>
      g.node('DepthToSpace', [flip(g, g.node('SpaceToDepth', [x], { blocksize: 2 }), 3)], { blocksize: 2 }),
    off: 2,
  },
  {
    name: 'patches by Reshape and Transpose, of a crop',
    move: (g, x) => {
      const crop = slice(g, x, [2, 3], [0, 32], [32, 64])
      const cut = g.node('Transpose', [reshape(g, crop, [1, 3, 8, 4, 8, 4])], { perm: [0, 2, 4, 3, 5, 1] })
      const tokens = g.node('MatMul', [
        reshape(g, cut, [1, 64, 48]),
        g.weight([48, 3], new Float64Array(144).fill(1 / 48)),
      ])
      return reshape(g, g.node('Transpose', [tokens], { perm: [0, 2, 1] }), [1, 3, 8, 8])
    },
    off: 2,
  },
  {
    name: 'blocks of pixels moved about by Reshape and Transpose of a flipped picture',
    move: (g, x) => {
      const cut = g.node('Transpose', [reshape(g, flip(g, x, 2), [1, 3, 8, 8, 8, 8])], { perm: [0, 1, 3, 5, 2, 4] })
      return reshape(g, g.node('Transpose', [cut], { perm: [0, 1, 4, 2, 5, 3] }), [1, 3, 64, 64])
    },
  },
  {
    name: 'channels last, cropped there',
    move: (g, x) =>
      g.node('Transpose', [slice(g, g.node('Transpose', [x], { perm: [0, 2, 3, 1] }), [2], [32], [64])], {
        perm: [0, 3, 1, 2],
      }),
  },
  {
    name: 'a crop beside normalisation',
    move: (g, x) =>
      g.node('Mul', [
        g.node('Sub', [slice(g, x, [3], [32], [END]), g.weight([1, 3, 1, 1], [0, 0, 0])]),
        g.weight([1], [2]),
      ]),
  },
]

/** The Grad-CAM of brightness at the features behind a move. */
async function movedMap({ move, opset = 13 }: Pick<Case, 'move' | 'opset'>): Promise<RawMap> {
  const g = new GraphBuilder(opset)
  const moved = move(g, g.input('x', [1, 3, SIDE, SIDE]))
  const grey = g.node('Conv', [moved, g.weight([2, 3, 1, 1], new Float64Array(6).fill(1 / 3))])
  const pooled = g.node('GlobalAveragePool', [g.node('Relu', [grey], {}, { outputs: ['features'] })])
  const logits = g.node(
    'Gemm',
    [g.node('Flatten', [pooled]), g.weight([3, 2], [1, 0, 0, 1, -1, -1]), g.weight([3], [0, 0, 0])],
    { transB: 1 },
  )
  const network = await Network.create(analyze(g.output(logits).build()), runtime)
  const plane = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (isWhite(Math.floor(i / SIDE), i % SIDE) ? 1 : 0))
  const run = await network.forward(Float32Array.of(...plane, ...plane, ...plane))
  const { hookPoints } = network.layout
  const { map } = await mapOf(run, 'gradcam', hookPoints.find(({ value }) => value === 'features')?.path ?? '', 0)
  run.dispose()
  await network.dispose()
  return map
}

describe('bright cells lie on the white square', () => {
  it.each(MOVED)('$name', async ({ off = 0, seen = 1, ...how }) => {
    const map = scaleMap(await movedMap(how))
    const drawn = sampleMap(map, SIDE, SIDE, false)
    const wrong: string[] = []
    let bright = 0
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const value = drawn[y * SIDE + x] ?? Number.NaN
        if (isWhite(y, x) && value > 0.5) bright++
        const near = range(-off, off + 1).flatMap(dy => range(-off, off + 1).map(dx => isWhite(y + dy, x + dx)))
        if (near.every(Boolean) ? !(value > 0.5) : near.some(Boolean) ? false : value > 0.5)
          wrong.push(`${y},${x}: ${value}`)
      }
    expect(wrong).toEqual([])
    expect(bright).toBeGreaterThan(0.7 * seen * 256)
    const strongest = peak(map)
    const at = [strongest?.y, strongest?.x].map(share => Math.floor((share ?? Number.NaN) * SIDE))
    expect(isWhite(at[0] ?? -1, at[1] ?? -1)).toBe(true)
  })
})

const MIXED: readonly (Case & { readonly because: RegExp })[] = [
  {
    name: 'a picture and its mirror image added',
    move: (g, x) => g.node('Add', [x, flip(g, x, 3)]),
    because: /^Add .*different places of the picture together$/,
  },
  {
    name: 'a picture added to itself with rows for columns',
    move: (g, x) => g.node('Add', [x, g.node('Transpose', [x], { perm: [0, 1, 3, 2] })]),
    because: /^Add .*different places of the picture together$/,
  },
  {
    name: 'an order of its own',
    move: (g, x) =>
      gather(
        g,
        x,
        3,
        range(0, SIDE).map(i => (i * 27) % SIDE),
      ),
    because: /^Gather .*in an order of its own$/,
  },
  {
    name: 'quarters exchanged by Reshape and Transpose',
    move: (g, x) =>
      reshape(
        g,
        g.node('Transpose', [reshape(g, x, [1, 3, 2, 32, 2, 32])], { perm: [0, 1, 4, 3, 2, 5] }),
        [1, 3, 64, 64],
      ),
    because: /^Reshape .*another order$/,
  },
  {
    name: 'rows for channels',
    move: (g, x) => box(g, slice(g, g.node('Transpose', [x], { perm: [0, 2, 3, 1] }), [1], [10], [13]), 1),
    because: /^Conv .*takes places for channels$/,
  },
  {
    name: 'mixed is mixed after it',
    move: (g, x) => box(g, g.node('Add', [x, roll(g, x, 2, 30)]), 3),
    because: /^Add /,
  },
]

describe('cells that cannot be laid over the picture say why', () => {
  it.each(MIXED)('$name', async ({ because, ...how }) => {
    const map = await movedMap(how)
    expect(liesOnPicture(map)).toBe(false)
    expect(map.places?.pieces).toEqual([])
    expect(map.places?.mixed).toMatch(because)
    expect(peak(scaleMap(map))).toMatchObject({ x: null, y: null })
  })
})

describe('the convention of Grad-CAM’s authors holds for convolutions', () => {
  const STRETCHED: readonly { name: string; move: Move }[] = [
    { name: 'padded', move: (g, x) => box(g, x, 3, { pads: [1, 1, 1, 1] }) },
    { name: 'strided', move: (g, x) => box(g, x, 7, { pads: [3, 3, 3, 3], strides: [2, 2] }) },
    { name: 'unpadded, small', move: (g, x) => box(g, x, 3, { strides: [2, 2] }) },
    { name: 'padded beforehand', move: (g, x) => box(g, pad(g, x, [0, 0, 1, 1]), 3, { strides: [2, 2] }) },
    { name: 'SAME', move: (g, x) => box(g, x, 3, { auto_pad: 'SAME_UPPER', strides: [2, 2] }) },
    { name: 'pooled', move: (g, x) => g.node('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2] }) },
    { name: 'resized', move: (g, x) => resize(g, x, 0.75) },
    {
      name: 'a branch of each',
      move: (g, x) =>
        g.node(
          'Concat',
          [
            box(g, x, 3, { strides: [2, 2], pads: [1, 1, 1, 1] }),
            g.node('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }),
          ]
            .map(v => slice(g, v, [1], [0], [1]))
            .concat([slice(g, box(g, x, 1, { strides: [2, 2] }), [1], [0], [1])]),
          { axis: 1 },
        ),
    },
  ]
  it.each(STRETCHED)('$name: stretched over the whole input', async how => {
    expect((await movedMap(how)).places).toBeUndefined()
  })
})
