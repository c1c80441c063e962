import type { Attribute } from '../../../src/graph/types'
import { file, middle, Net, tail, type Written } from '../net'
import type { Row } from '../row'

const NAMES = ['ant', 'bee', 'cat', 'dog', 'eel']
const strings = (value: readonly string[]): Attribute => ({ kind: 'strings', value })
const LEARNED = { domain: 'ai.onnx.ml' }

/** With operators after it that say names or places of the best, and nothing of the scores. */
function named(name: string, write: (g: Net) => unknown, outputs: readonly string[]): Written {
  const g = tail(name, write, outputs)
  const opsets = new Map([...g.build().opsets, ['ai.onnx.ml', 2] as const])
  const { bytes, truth } = file(g, { opsets })
  return {
    bytes,
    truth: { ...truth, nodes: truth.nodes.filter(({ op, domain }) => domain === '' && op !== 'NonMaxSuppression') },
  }
}

const softmax = (g: Net, out = 'y') => g.at(out, 'Softmax', ['z'], { axis: 1 })
const zipped = (g: Net) => {
  softmax(g)
  g.at('maps', 'ZipMap', ['y'], { classlabels_strings: strings(NAMES) }, LEARNED)
}
const encoded = (g: Net) => {
  softmax(g)
  g.at('best', 'ArgMax', ['y'], { axis: 1, keepdims: 0 })
  const attributes = { keys_int64s: NAMES.map((_, i) => i), values_strings: strings(NAMES) }
  g.at('name', 'LabelEncoder', ['best'], attributes, LEARNED)
}

const labelled = (name: string, write: (g: Net) => unknown, outputs: readonly string[]): Row => ({
  name: `answer: ${name}`,
  file: () => named(name, write, outputs),
  right: {
    ...{ logits: 'z', activation: 'softmax' },
    also: ({ top }) => {
      for (const { index, label } of top ?? []) if (label !== NAMES[index]) throw new Error(`${index} is ${label}`)
    },
  },
})

/** A last value of another type. */
const typed = (type: string, to: number): Row => ({
  name: `answer: scores of type ${type}`,
  file: () =>
    file(
      tail(type, g => {
        softmax(g, 'p')
        g.at('y', 'Cast', ['p'], { to })
      }),
    ),
  right: { logits: 'z', activation: 'softmax' },
})

/** Names that the program could take for values of its own. */
const OWN = ['grad:f', 'gate:activation', 'class index', 'feed:x', 'save:f', 'grad:x']

export const answerRows: readonly Row[] = [
  labelled('ZipMap beside the scores', zipped, ['y', 'maps']),
  labelled('ZipMap alone', zipped, ['maps']),
  labelled('the name of the best beside the scores, a string', encoded, ['name', 'y']),
  {
    name: 'answer: boxes of the best, as NonMaxSuppression gives them',
    file: () =>
      named(
        'boxes',
        g => {
          g.at('scores', 'Unsqueeze', [softmax(g, 'p'), g.ints([2])])
          const few = [g.ints([3], []), g.number(0.5), g.number(0.1)]
          g.at('boxes', 'NonMaxSuppression', [g.weight([1, 1, 4], [0, 0, 1, 1]), 'scores', ...few])
        },
        ['boxes'],
      ),
    right: { logits: 'z', activation: 'softmax' },
  },
  typed('float16', 10),
  typed('double', 11),
  {
    name: 'answer: scores of type uint8, in parts of 255',
    file: () =>
      file(
        tail('parts', g => {
          softmax(g, 'p')
          g.at('y', 'Cast', [g.at('parts', 'Mul', ['p', g.number(255)])], { to: 2 })
        }),
      ),
    right: { logits: 'z' },
  },
  {
    name: 'answer: a number that is no probability',
    file: () => file(tail('regression', g => g.at('y', 'Gemm', ['z', g.some(5, 1)]))),
    right: { logits: 'y', activation: 'none', twoSides: true },
  },
  {
    name: 'answer: ImageNet’s 1,001 end in toilet tissue',
    file: () => {
      const g = new Net('imagenet').picture()
      g.front()
      g.at('flat', 'Flatten', [g.at('gap', 'GlobalAveragePool', ['f'])])
      const bias = Array.from({ length: 1001 }, (_, i) => (i === 1000 ? 5 : 0))
      g.at('y', 'Gemm', ['flat', g.some(1001, 4), g.weight([1001], bias)], { transB: 1 })
      return file(g.output('y'))
    },
    right: { logits: 'y', activation: 'softmax', best: 'toilet tissue' },
  },
  {
    name: 'answer: values have the names of the program’s own',
    file: () => {
      const g = middle('own names', g => OWN.reduce((x, name) => g.at(name, 'Elu', [x]), 'f'))
      const last = OWN.at(-1) ?? ''
      const graph = g.build()
      const rename = (name: string) => (name === 'm' ? last : name)
      return file(g, { nodes: graph.nodes.map(node => ({ ...node, inputs: node.inputs.map(rename) })) })
    },
    right: { logits: 'y', layers: ['c1', 'f', ...OWN] },
  },
]
