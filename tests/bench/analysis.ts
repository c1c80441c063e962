import { readNetwork } from '../../src/analysis/analyze'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'
import { modelBytes } from '../support/golden'
import { median, ROUNDS } from './median'

/**
 * Time of reading a file, before anything runs: `node tests/run.mjs tests/bench/analysis.ts inception-v3`. The first reading
 * of a process is what a person waits for; the processor's time is what it takes whatever else the machine does.
 */

/** Operators in a row. */
const LONG = 200_000

const id = process.argv[2] ?? 'inception-v3'
const bytes = modelBytes(id)
const first = spent(() => readNetwork(bytes))
// a view of its own each time, for a file that was decoded is not decoded again
const warm = await median(async () => readNetwork(bytes.subarray()))

console.log(`reading (milliseconds, then of the processor)`)
row(`${id}, first of a process`, first)
row(`${id}, median of ${ROUNDS}`, warm.toFixed(0))
for (const op of ['Relu', 'Conv'] as const) {
  const long = chain(op)
  row(
    `${LONG.toLocaleString('en')} times ${op}`,
    spent(() => readNetwork(long)),
  )
}

function row(name: string, value: string): void {
  console.log(`  ${name.padEnd(34)}${value}`)
}

function spent(work: () => unknown): string {
  const [start, before] = [performance.now(), process.cpuUsage()]
  work()
  const { user, system } = process.cpuUsage(before)
  return `${(performance.now() - start).toFixed(0)} (${((user + system) / 1000).toFixed(0)})`
}

/** A classifier of operators in a row, each in a module of its own. */
function chain(op: 'Relu' | 'Conv'): Uint8Array {
  const g = new GraphBuilder(17)
  let last = g.node('Conv', [g.input('x', [1, 3, 8, 8]), g.weight([4, 3, 1, 1])])
  for (let i = 0; i < LONG; i++) {
    const weights = op === 'Conv' ? [g.weight([4, 4, 1, 1])] : []
    last = g.node(op, [last, ...weights], {}, { name: `/layer1/layer1.${i}/inner/${op}` })
  }
  return writeOnnx(g.output(g.node('Flatten', [g.node('GlobalAveragePool', [last])])).build())
}
