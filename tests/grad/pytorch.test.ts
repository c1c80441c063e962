import { readFileSync } from 'node:fs'
import { describe, it } from 'vitest'
import { indexGraph } from '../../src/graph/graph-index'
import { inferShapes } from '../../src/graph/shapes'
import { readOnnx } from '../../src/onnx/read'
import { type NdArray, ndArray } from '../support/reference/array'
import { engineGradients, expectClose } from './check'

interface Entry {
  readonly name: string
  readonly opset: number
  /** What torch.onnx.export wrote, in base64. */
  readonly file: string
  readonly x: Written
  readonly y: Written
  readonly seed: Written
  readonly gradient: Written
}

interface Written {
  readonly dims: readonly number[]
  readonly data: readonly number[]
}

const { pathname } = new URL('./pytorch/values.json', import.meta.url)
const ENTRIES: readonly Entry[] = JSON.parse(readFileSync(pathname, 'utf8'))

const array = ({ dims, data }: Written): NdArray => ndArray(dims, data)

describe('a function that PyTorch exported has PyTorch’s output and gradient, at corners and ties too', () => {
  it.each(ENTRIES)('$name, opset $opset', async ({ file, x, y, seed, gradient }) => {
    const graph = readOnnx(Uint8Array.from(Buffer.from(file, 'base64')))
    const graphIndex = indexGraph(graph)
    const shapes = inferShapes(graphIndex, new Map([['x', x.dims]]))
    const feeds = new Map([['x', array(x)]])
    const prepared = { graph, graphIndex, shapes, feeds, output: 'y', seed: array(seed) }
    const { output, gradients } = await engineGradients(prepared, ['x'])
    expectClose(output, array(y), 'the output')
    expectClose(gradients.get('x'), array(gradient), 'the gradient')
  })
})
