import { HookscopeError } from '../errors'
import { isFloat, type Known } from '../graph/shapes'
import { sizeOf } from '../graph/tensors'
import { type Node, nodeLabel } from '../graph/types'
import type { Wiring } from '../graph/wiring'
import { notAClassifier, written } from './refusal'

/** What the network says of a picture. */
export interface Answer {
  /** Value that holds the logits, before any Softmax or Sigmoid. */
  readonly logits: string
  readonly classes: number
  /** Name of the file's output that was read. */
  readonly output: string
  /** How logits become probabilities: one class of all, or each by itself. */
  readonly probabilities: 'softmax' | 'sigmoid'
}

/** Operators between the logits and a Softmax at the end that change no value. */
const AROUND: ReadonlySet<string> = new Set(['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Identity', 'Cast'])
const PROBABILITY: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Sigmoid'])

/**
 * Finds the logits: of the output that is asked for, or of the first that is a row of classes. Where it is a
 * probability, the value before the Softmax or Sigmoid.
 *
 * @throws HookscopeError `bad-argument` for an output that is not there, `bad-model` where none is a row of classes
 */
export function findAnswer(wiring: Wiring, shapes: ReadonlyMap<string, Known>, asked?: string, batch = 1): Answer {
  const { outputs } = wiring.graph
  if (asked !== undefined && !outputs.includes(asked))
    throw new HookscopeError('bad-argument', `The network has no output "${asked}". It has ${outputs.join(', ')}.`)
  const isRow = (value: string) => {
    const known = shapes.get(value)
    return known && isFloat(known.type) && known.dims[0] === batch && known.dims.slice(2).every(size => size === 1)
  }
  const output = (asked === undefined ? outputs : [asked]).find(isRow)
  if (output === undefined) throw noRow(wiring, shapes, asked === undefined ? outputs : [asked])
  let end: Node | undefined
  for (let node = wiring.producer.get(output); node && !end; node = wiring.producer.get(node.inputs[0] ?? '')) {
    if (PROBABILITY.has(node.op)) end = node
    else if (!AROUND.has(node.op)) break
  }
  const before = end?.inputs[0]
  const found = before !== undefined && isRow(before) ? { end, logits: before } : { end: undefined, logits: output }
  const classes = sizeOf(shapes.get(found.logits)?.dims ?? []) / batch
  const probabilities = classes === 1 || found.end?.op === 'Sigmoid' ? 'sigmoid' : 'softmax'
  return { logits: found.logits, classes, output, probabilities }
}

function noRow(wiring: Wiring, shapes: ReadonlyMap<string, Known>, outputs: readonly string[]): HookscopeError {
  const open = outputs.find(output => !shapes.has(output))
  const first = wiring.nodes.find(node => node.outputs.some(value => value !== '' && !shapes.has(value)))
  if (open !== undefined && first)
    return new HookscopeError(
      'bad-model',
      `The shape of the output "${open}" cannot be told: ${nodeLabel(first)} is the first whose shape the file does not fix, or whose inputs do not fit. Export it for one picture of a fixed size.`,
    )
  const listed = outputs.slice(0, 4).map(output => `"${output}" ${written(shapes.get(output)?.dims ?? [])}`)
  return notAClassifier(`None of its outputs is a row of classes (${listed.join(', ') || 'it has none'})`)
}
