import { file, Net } from '../net'
import { type Row, square } from '../row'

/** Where the picture is white: [top, left, side]. */
export const WHITE = [8, 40, 16] as const

/**
 * Places move before the first convolution. The first class is brightness, so its map at `f` is bright where what the
 * network sees is, and lies on the picture's white square.
 */
function moved(name: string, write: (g: Net) => unknown): Row {
  return {
    name: `places: ${name}`,
    file: () => {
      const g = new Net(name).picture([1, 3, 64, 64])
      write(g)
      g.at('c', 'Conv', ['p', g.weight([2, 3, 1, 1], new Array(6).fill(1 / 3))])
      g.at('f', 'Relu', ['c'])
      g.at('g', 'GlobalAveragePool', ['f'])
      g.at('fl', 'Flatten', ['g'])
      g.at('y', 'Gemm', ['fl', g.weight([3, 2], [1, 0, 0, 1, -1, -1])], { transB: 1 })
      return file(g.output('y'))
    },
    picture: square(64, WHITE),
    right: {
      logits: 'y',
      layers: ['f'],
    },
  }
}

export const placeRows: readonly Row[] = [
  moved('crop', g => g.at('p', 'Slice', ['x', g.ints([0, 32]), g.ints([32, 64]), g.ints([2, 3])])),
  moved('pad', g => g.at('p', 'Pad', ['x', g.ints([0, 0, 0, 64, 0, 0, 0, 0])])),
  moved('flip', g => g.at('p', 'Slice', ['x', g.ints([-1]), g.ints([-9999]), g.ints([3]), g.ints([-1])])),
  moved('height and width exchanged', g => g.at('p', 'Transpose', ['x'], { perm: [0, 1, 3, 2] })),
  moved('every second column', g => g.at('p', 'Slice', ['x', g.ints([0]), g.ints([64]), g.ints([3]), g.ints([2])])),
  moved('rolled by a quarter', g => {
    g.at('l', 'Slice', ['x', g.ints([0]), g.ints([48]), g.ints([3])])
    g.at('r', 'Slice', ['x', g.ints([48]), g.ints([64]), g.ints([3])])
    g.at('p', 'Concat', ['r', 'l'], { axis: 3 })
  }),
  moved('flipped by Gather', g =>
    g.at('p', 'Gather', ['x', g.ints(Array.from({ length: 64 }, (_, i) => 63 - i))], { axis: 2 }),
  ),
  moved('half the size', g => g.at('p', 'Resize', ['x', '', g.weight([4], [1, 1, 0.5, 0.5])], { mode: 'linear' })),
  moved('the centre, after a border', g => {
    const wide = g.at('wide', 'Pad', ['x', g.ints([0, 0, 8, 8, 0, 0, 8, 8])])
    g.at('p', 'Slice', [wide, g.ints([12, 12]), g.ints([68, 68]), g.ints([2, 3])])
  }),
  moved('nothing', g => g.at('p', 'Identity', ['x'])),
]
