import { describe, expect, it } from 'vitest'
import { LESSONS } from '../../src/learn/lessons'
import { layOut } from '../../src/learn/page/layout'
import { readMessage } from '../../src/learn/page/messages'
import { run } from './host'

const value = { name: 'a', role: 'between', from: 'n', to: ['m'], value: null, gradient: null }
const node = { id: 'n', module: '', op: 'Add' }
const drawing = { detail: 'values', nodes: [node, { ...node, id: 'm' }], values: [value] }
const done = (drawing: unknown, hooks: unknown = []) => ({
  kind: 'done',
  id: 0,
  outcome: { drawing, hooks, failure: null },
})

describe('of what code in the sandbox may send, the page takes', () => {
  it('what a run of ours sends', () => {
    expect(readMessage(done(drawing))).toEqual(done(drawing))
  })

  const tensor = (dims: unknown, data: unknown) => done({ ...drawing, values: [{ ...value, value: { dims, data } }] })
  it.each([
    ['a matrix of a thousand million rows', tensor([1e9, 1], [1])],
    ['sizes that are none', tensor([-1, Number.NaN], [1])],
    ['more numbers than its sizes say', tensor([2], [1, 2, 3])],
    ['a line from nowhere', done({ ...drawing, values: [{ ...value, from: 'nowhere' }] })],
    ['a line to nowhere', done({ ...drawing, values: [{ ...value, to: ['nowhere'] }] })],
    ['a part twice', done({ ...drawing, nodes: [node, node] })],
    ['a value twice', done({ ...drawing, values: [value, value] })],
    ['a million hooks', done(null, new Array(1e6).fill({}))],
    ['a million numbers', tensor([1e6], new Array(1e6).fill('1'))],
    ['no message', undefined],
    [
      'a picture of other pixels',
      {
        kind: 'shown',
        id: 0,
        shown: { kind: 'picture', label: '', width: 9, height: 9, data: new Uint8ClampedArray(4), smooth: true },
      },
    ],
  ])('not %s, and soon', (_, message) => {
    const begun = performance.now()
    expect(readMessage(message)).toBeNull()
    expect(performance.now() - begun).toBeLessThan(500)
  })

  it('no drawing that would take long to lay out', () => {
    const tangled = (size: number) => {
      const nodes = Array.from({ length: size }, (_, i) => ({ ...node, id: `${i}` }))
      const values = nodes.map(({ id }, i) => ({
        ...value,
        name: id,
        from: id,
        to: [`${(i * 7) % size}`, `${(i * 31) % size}`],
      }))
      return done({ ...drawing, nodes, values })
    }
    expect(readMessage(tangled(200))).toBeNull()
    const read = readMessage(tangled(50))
    const begun = performance.now()
    if (read?.kind === 'done' && read.outcome.drawing) layOut(read.outcome.drawing, [], null)
    else expect.fail('it is small enough')
    expect(performance.now() - begun).toBeLessThan(10_000)
  }, 30_000)
})

it.each(LESSONS.map(({ title, code }) => [title, code] as const))(
  'the page takes what lesson “%s” leaves',
  async (_, code) => {
    const { drawing, hooks, failure } = await run(code)
    expect(failure).toBeNull()
    const message = structuredClone({ kind: 'done', id: 0, outcome: { drawing, hooks, failure } })
    expect(readMessage(message)).toEqual(message)
  },
  60_000,
)

it('the page takes what odd networks leave: unread values, a value read twice, several outputs', async () => {
  const { drawing, hooks, failure } = await run(`
const g = new GraphBuilder()
const x = g.input('x', [2])
const twice = g.mul(x, x, 'twice')
g.add(twice, x, 'read by nobody')
g.output(twice)
const net = await load(g.output(g.mul(twice, g.add(twice, twice, 'sum'), 'end')))
net.value('twice').registerHook(() => {})
await (await net.forward({ x: tensor([1, 2]) })).backward({ class: 0 })
`)
  const message = structuredClone({ kind: 'done', id: 0, outcome: { drawing, hooks, failure } })
  expect([failure, drawing?.nodes.length]).toEqual([null, 4])
  expect(readMessage(message)).toEqual(message)
})

it('pictures of a run have a number of pixels in all', async () => {
  const { shown, failure } = await run(
    "const maps = full([1, 1, 2000, 2000], 1)\nfor (let i = 0; i < 9; i++) showGrid('one', maps)",
  )
  expect(shown).toHaveLength(4)
  expect(failure?.message).toMatch(/more than can be shown: all pictures have at most 16,777,216 pixels\.$/)
})
