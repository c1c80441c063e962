import type { AnalyzedModel } from '../analysis/analyze'
import { HookscopeError } from '../errors'
import { backward, gradientOf } from '../grad/backward'
import { reads } from '../graph/graph-index'
import { forwardProgram, type Program } from '../graph/program'
import { isFloat } from '../graph/shapes'
import { type Node, nodeLabel } from '../graph/types'
import type { TensorHandle } from './runtime'

/** The parts of a run that a search of its values needs. */
export interface Searched {
  readonly analyzed: AnalyzedModel
  /** Values that are there; the network's inputs are. */
  readonly given: ReadonlySet<string>
  value(name: string): Promise<TensorHandle>
  /** d target / d logits. */
  readonly seed: TensorHandle
  execute(program: Program, held: (name: string) => Promise<TensorHandle>): Promise<Map<string, TensorHandle>>
}

export const allFinite = (values: Float32Array): boolean => values.every(Number.isFinite)

/**
 * @param value a forward value with a NaN or an infinity in it; @param what it is, for the sentence: `The output of layer4`
 * @returns what to throw: `not-finite`, with the name of the node that made it of finite numbers
 */
export async function forwardFault(run: Searched, value: string, what: string): Promise<HookscopeError> {
  const node = await makerOf(run, value)
  const where = node ? `: ${nodeLabel(node)} makes it out of finite numbers` : ''
  return new HookscopeError(
    'not-finite',
    `${what} holds a value that is not a number or infinite${where}. No map can be drawn. Check the picture’s scaling (mean, std) and the file’s weights.`,
  )
}

/** As `forwardFault`, for the gradient at a value. */
export async function gradientFault(run: Searched, value: string, what: string): Promise<HookscopeError> {
  const node = await breakerOf(run, value)
  const where = node ? ` It is so from ${nodeLabel(node)} back: the derivative there has no finite value.` : ''
  return new HookscopeError(
    'not-finite',
    `The gradient at ${what} holds a value that is not a number or infinite.${where} No map can be drawn; choose a later layer.`,
  )
}

/** From the value back through inputs that are not finite, a NaN before an infinity, which masks hold on purpose. */
async function makerOf(run: Searched, value: string): Promise<Node | undefined> {
  const { graphIndex } = run.analyzed
  const nodes = forwardProgram(graphIndex, run.given, [value]).nodes
  const found = await compute(
    run,
    nodes.flatMap(node => node.outputs),
  )
  let maker = graphIndex.producer.get(value)
  while (maker && nodes.includes(maker)) {
    const inputs = reads(maker).filter(input => found.has(input))
    const next =
      inputs.find(input => found.get(input) === 'NaN') ?? inputs.find(input => found.get(input) === 'infinite')
    if (next === undefined) return maker
    maker = graphIndex.producer.get(next)
  }
  return undefined
}

/** From the value on through gradients that are not finite, to the node whose output's gradient is. */
async function breakerOf(run: Searched, value: string): Promise<Node | undefined> {
  const { graphIndex, shapes, logits } = run.analyzed
  const after = new Set([value])
  for (const node of graphIndex.nodes)
    if (reads(node).some(input => after.has(input)))
      for (const output of node.outputs) if (output && isFloat(shapes.get(output)?.type ?? 'bool')) after.add(output)
  const program = backward(graphIndex, shapes, { known: [logits], wanted: [...after].filter(name => name !== logits) })
  const forward = forwardProgram(
    graphIndex,
    run.given,
    program.inputs.filter(name => graphIndex.producer.has(name)),
  )
  const values = await run.execute(forward, run.value)
  const fed = async (name: string) => (name === gradientOf(logits) ? run.seed : values.get(name))
  const results = await run.execute(program, async name => (await fed(name)) ?? run.value(name))
  const found = new Map<string, string>()
  for (const [name, held] of results) found.set(name, kindOf(await held.read()))
  for (const held of [...values.values(), ...results.values()]) held.dispose()
  let current = value
  for (;;) {
    const consumers = graphIndex.consumers.get(current) ?? []
    const next = consumers
      .flatMap(node => node.outputs)
      .find(output => (found.get(gradientOf(output)) ?? 'finite') !== 'finite')
    if (next === undefined) return consumers[0]
    current = next
  }
}

async function compute(run: Searched, values: readonly string[]): Promise<Map<string, string>> {
  const { graphIndex, shapes } = run.analyzed
  const wanted = values.filter(name => shapes.get(name)?.type === 'float32' && !run.given.has(name))
  const results = await run.execute(forwardProgram(graphIndex, run.given, wanted), run.value)
  const found = new Map<string, string>()
  for (const [name, held] of results) {
    found.set(name, kindOf(await held.read()))
    held.dispose()
  }
  return found
}

function kindOf(values: Float32Array): 'finite' | 'infinite' | 'NaN' {
  let kind: 'finite' | 'infinite' = 'finite'
  for (const value of values) {
    if (Number.isNaN(value)) return 'NaN'
    if (!Number.isFinite(value)) kind = 'infinite'
  }
  return kind
}
