import { describe, expect, it } from 'vitest'
import { expectRight } from './expect-right'
import { FORMS, FUNCTIONS } from './forms'

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
