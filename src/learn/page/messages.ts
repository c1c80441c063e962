import * as v from 'valibot'
import { LIMITS, reach } from '../limits'
import type { FromWorker } from '../protocol'

/** Room for the words that say how much was cut. */
const CUT = 100

const name = v.pipe(v.string(), v.maxLength(LIMITS.name + CUT))
const text = v.pipe(v.string(), v.maxLength(LIMITS.text + CUT))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const names = v.pipe(v.array(name), v.maxLength(LIMITS.values))

/** Rows of text are made of these: as many numbers as the sizes say. */
const tensor = v.pipe(
  v.object({
    dims: v.pipe(v.array(count), v.maxLength(64)),
    data: v.nullable(v.pipe(v.array(v.number()), v.maxLength(64))),
  }),
  v.check(({ dims, data }) => !data || data.length === dims.reduce((product, size) => product * size, 1)),
)

const sketch = v.object({
  detail: v.picklist(['values', 'modules']),
  nodes: v.pipe(v.array(v.object({ id: name, module: name, op: name })), v.maxLength(LIMITS.nodes)),
  values: v.pipe(
    v.array(
      v.object({
        name,
        role: v.picklist(['input', 'parameter', 'constant', 'between', 'output']),
        from: v.nullable(name),
        to: names,
        value: v.nullable(tensor),
        gradient: v.nullable(tensor),
      }),
    ),
    v.maxLength(LIMITS.values),
  ),
})

/** Its lines begin and end at what is there, none of it twice. */
const drawing = v.pipe(
  sketch,
  v.check(({ nodes, values }) => {
    const ids = new Set(nodes.map(({ id }) => id))
    const isThere = ({ from, to }: (typeof values)[number]) =>
      (from === null || ids.has(from)) && to.every(id => ids.has(id))
    return (
      ids.size === nodes.length &&
      new Set(values.map(({ name }) => name)).size === values.length &&
      values.every(isThere)
    )
  }),
  v.check(({ nodes, values }) => reach(nodes, values) <= LIMITS.reach),
)

const hook = v.object({
  id: count,
  kind: v.picklist(['forward-pre', 'forward', 'backward', 'gradient']),
  point: name,
  at: v.nullable(v.union([v.object({ node: name }), v.object({ value: name })])),
  calls: count,
  changed: v.boolean(),
  before: v.nullable(tensor),
  after: v.nullable(tensor),
  off: v.boolean(),
  removed: v.boolean(),
})

const outcome = v.object({
  drawing: v.nullable(drawing),
  hooks: v.pipe(v.array(hook), v.maxLength(LIMITS.hooks)),
  failure: v.nullable(v.object({ message: text, line: v.nullable(count) })),
})

const pixels = v.custom<Uint8ClampedArray<ArrayBuffer>>(
  value => value instanceof Uint8ClampedArray && value.buffer instanceof ArrayBuffer,
)

const shown = v.variant('kind', [
  v.object({ kind: v.literal('text'), label: name, text }),
  v.pipe(
    v.object({
      kind: v.literal('picture'),
      label: name,
      width: count,
      height: count,
      data: pixels,
      smooth: v.boolean(),
    }),
    v.check(({ width, height, data }) => width * height <= LIMITS.pixels && data.length === 4 * width * height),
  ),
])

const Message = v.variant('kind', [
  v.object({ kind: v.literal('started'), id: count }),
  v.object({ kind: v.literal('progress'), id: count, doing: name }),
  v.object({ kind: v.literal('shown'), id: count, shown }),
  v.object({ kind: v.literal('more'), id: count, count }),
  v.object({ kind: v.literal('done'), id: count, outcome }),
  v.object({ kind: v.literal('file'), file: name }),
])

/** A message from the sandbox, where code that someone typed may send anything; null for what is none of ours. */
export function readMessage(data: unknown): FromWorker | null {
  // Early: else each of a million wrong parts would be told.
  const read = v.safeParse(Message, data, { abortEarly: true })
  return read.success ? read.output : null
}
