import { expect, it } from 'vitest'
import { externalFiles, readMetadata, readOnnx } from '../../src/onnx/read'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'

it('a file is read once, whatever it is asked for and in whatever order', () => {
  const g = new GraphBuilder(17)
  const bytes = writeOnnx(g.output(g.node('Relu', [g.input('x', [1, 3, 8, 8])])).build())
  const graph = readOnnx(bytes)
  expect(externalFiles(bytes)).toEqual([])
  expect(readMetadata(bytes).size).toBe(0)
  expect(readMetadata(bytes)).toBe(readMetadata(bytes))
  expect(readOnnx(bytes)).toBe(graph)
  expect(readOnnx(bytes.slice())).not.toBe(graph)
})
