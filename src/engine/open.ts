import { type AnalyzedModel, analyzing, type Reading, readGraph } from '../analysis/analyze'
import { type Prepared, preparing } from '../analysis/prepare'
import { type GraphIndex, reads } from '../graph/graph-index'
import type { ValueInfo } from '../graph/shapes'
import { inTurns, type Watch, within } from '../graph/steps'
import { sizeOf } from '../graph/tensors'
import type { Graph, Node } from '../graph/types'
import { writeApart } from '../onnx/write'
import type { Runtime } from './runtime'

/** Runs until every shape is known: one shows what no rule knows, another what that was needed for. */
const MOST_RUNS = 4

/** Elements of what is read whole: sizes and axes, not weights. */
const SMALL = 64

/**
 * Reads a file. Where neither the file nor a rule tells the shapes of all its values, they are seen in a run on a blank picture;
 * the engine is started for that alone.
 *
 * @param bytes an ONNX file; must not change afterwards
 * @param runtime gives the engine when it is asked
 * @param watch is told how far the reading is, and may stop it
 * @throws HookscopeError `cancelled`; as `readNetwork`; `engine-failed` where the engine refuses the file
 */
export async function openModel(
  bytes: Uint8Array,
  reading: Reading,
  runtime: () => Promise<Runtime>,
  watch: Watch = {},
): Promise<AnalyzedModel> {
  const { prepared } = await measure(readGraph(bytes, reading), reading, runtime, within(watch, 0, 0.3))
  return inTurns(analyzing(prepared, reading), within(watch, 0.3, 1))
}

/** A graph with all its shapes, and those of them that a run showed. @throws HookscopeError as `openModel` */
export async function measure(
  graph: Graph,
  reading: Reading,
  runtime: () => Promise<Runtime>,
  watch: Watch = {},
): Promise<{ readonly prepared: Prepared; readonly measured: ReadonlyMap<string, ValueInfo> }> {
  const measured = new Map(reading.measured)
  const prepared = () => inTurns(preparing(graph, { ...reading, measured }), watch)
  let found = await prepared()
  for (let run = 0; run < MOST_RUNS && found.reading.open.length > 0; run++) {
    const seen = await blankRun(found, await runtime())
    const fresh = [...seen].filter(([value]) => !measured.has(value))
    for (const [value, known] of fresh) measured.set(value, known)
    if (fresh.length === 0) break
    found = await prepared()
  }
  return { prepared: found, measured }
}

/** Shapes and types of the open values for an input of zeros; of those that are the same for every picture their content, too. */
async function blankRun({ graphIndex, reading }: Prepared, runtime: Runtime): Promise<Map<string, ValueInfo>> {
  const { shapes, open, settled } = reading
  const { model, weights } = writeApart(upTo(graphIndex, open))
  const compiled = await runtime.compile(model, weights)
  try {
    const feeds = new Map(
      graphIndex.graph.inputs.map(({ name, type }) => [name, runtime.zeros(type, shapes.get(name)?.dims ?? [])]),
    )
    const results = await compiled.run(feeds, open)
    const seen = new Map<string, ValueInfo>()
    for (const [value, held] of results) {
      const { type, dims } = held
      const isRead = settled.has(value) && type !== 'string' && sizeOf(dims) <= SMALL
      seen.set(value, { type, dims: [...dims], ...(isRead && { content: await held.numbers() }) })
    }
    for (const held of [...feeds.values(), ...results.values()]) held.dispose()
    return seen
  } finally {
    await compiled.release()
  }
}

/** The part of the network that makes these values, as a file of its own. */
function upTo({ graph, nodes, producer }: GraphIndex, values: readonly string[]): Graph {
  const needed = new Set<Node>()
  const read = new Set(values)
  const pending = [...values]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const node = producer.get(value)
    if (!node || needed.has(node)) continue
    needed.add(node)
    for (const input of reads(node)) {
      read.add(input)
      pending.push(input)
    }
  }
  return {
    ...{ name: graph.name, producer: graph.producer, opsets: graph.opsets },
    irVersion: Math.max(graph.irVersion, 4),
    inputs: graph.inputs,
    outputs: values,
    nodes: nodes.filter(node => needed.has(node)),
    constants: new Map([...graph.constants].filter(([name]) => read.has(name))),
  }
}
