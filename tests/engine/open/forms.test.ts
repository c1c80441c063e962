import { describe, expect, it } from 'vitest'
import { Network } from '../../../src/engine/network'
import { forwardProgram } from '../../../src/graph/program'
import { readOnnx } from '../../../src/onnx/read'
import { writeOnnx } from '../../../src/onnx/write'
import { refusal } from '../../onnx/model'
import { runtime } from '../../support/engine'
import { expectRight, IMAGE, opened } from './expect-right'
import { fileOf, LACKING, SEEN, SIZE } from './files'
import { FORMS, FUNCTIONS, REFUSED } from './forms'

describe('a file gives what ONNX Runtime gives for it, whatever form it was written in', () => {
  it.each(FORMS)('$name', async ({ bytes, like }) => {
    await expectRight(bytes(), 0, like?.())
  })
})

describe('a function of the file’s own is expanded, its nodes under the name of the call', () => {
  it.each(FUNCTIONS)('$name', async ({ bytes, like, paths }) => {
    const { layout } = await expectRight(bytes(), 0, like?.())
    expect(layout.hookPoints.map(({ path }) => path).join('\n')).toMatch(paths)
  })
})

describe('a function that cannot be expanded is refused in a sentence', () => {
  it.each(REFUSED)('$name', ({ bytes, says }) => {
    expect(refusal(() => readOnnx(bytes()))).toMatch(says)
  })
})

describe('what a file says of a shape that nothing else tells', () => {
  const [made] = SEEN
  const graph = made && fileOf(made)
  // com.microsoft.GridSample of [1, 4, 12, 12] at [1, 5, 6, 2]
  const saying = (...dims: number[]) => {
    if (!graph) throw new Error('there is no such file')
    const value = graph.nodes.find(({ op }) => op === 'GridSample')?.outputs[0] ?? ''
    return writeOnnx({ ...graph, valueInfo: [{ name: value, type: 'float32', dims }] })
  }

  it('is taken, and no run is needed', async () => {
    await expectRight(saying(1, 4, 5, 6), 0)
  })

  it('is found out where it is wrong: no map is drawn by it', async () => {
    const { analyzed } = await opened(saying(1, 4, 6, 5))
    const network = await Network.create(analyzed, runtime)
    const program = forwardProgram(analyzed.graphIndex, new Set(['x']), ['m'])
    const asking = network.execute(program, async () => runtime.float(IMAGE, [1, 3, SIZE, SIZE]))
    await expect(asking).rejects.toThrow(/gave a value of \[1, 4, 5, 6\], where .* say \[1, 4, 6, 5\]/)
    await network.dispose()
  })

  it('is not taken where it contradicts what follows by rule', async () => {
    // ONNX Runtime refuses such a file
    await expectRight(saying(1, 3, 5, 6), 1, graph && writeOnnx(graph))
  })
})

describe('a size that the picture says', () => {
  /** Scores of the places that are not 0, as many as there are. */
  const graph = fileOf({ name: 'nonzero', middle: (g, f) => g.node('Relu', [f]) })
  const found = { name: 'found', op: 'NonZero', domain: '', inputs: ['m'], outputs: ['places'] }
  const plain = { attributes: new Map(), metadata: new Map() }
  const nodes = [...graph.nodes, { ...found, ...plain }]

  it('is no row of classes', async () => {
    await expect(opened(writeOnnx({ ...graph, nodes, outputs: ['places'] }))).rejects.toThrow(
      'The size of the output "places" changes with the picture: NonZero "found" gives as much as it finds.',
    )
  })

  it('beside the scores does no harm, and is no layer', async () => {
    const { layout } = await expectRight(writeOnnx({ ...graph, nodes, outputs: ['places', 'y'] }), 0)
    expect(layout.hookPoints.some(({ value }) => value === 'places')).toBe(false)
  })
})

describe('an operator that the engine has not is named', () => {
  it.each(LACKING)('$name', async made => {
    const opening = opened(writeOnnx(fileOf(made))).then(({ analyzed }) => Network.create(analyzed, runtime))
    const [op = ''] = made.name.split('.').slice(-1)
    await expect(opening).rejects.toThrow(new RegExp(`^The engine (has no operator|cannot compute) "?${op}`))
  })
})
