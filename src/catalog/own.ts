import { type Blueprint, type Reading, readNetwork } from '../analysis/analyze'
import { HookscopeError } from '../errors'
import { sizeOf } from '../graph/tensors'
import type { Port } from '../graph/types'
import type { Preprocessing, ResizeRule } from '../image/types'
import { externalFiles } from '../onnx/read'
import { type Guess, guessPreprocessing } from '../preprocessing/guess'
import { shortSideFor } from '../preprocessing/presets'
import { guessLabels, type LabelSource } from './label-sets'

/** What a file of one's own cannot tell, as its user tells it. */
export interface Setup {
  /** The output with the classes; null: the first that is a row of them. */
  readonly output: string | null
  readonly preprocessing: Preprocessing
  readonly resize: ResizeRule
  readonly labels: LabelSource
}

/** What a file tells of itself. */
export interface FileFacts {
  readonly opset: number
  /** Who wrote the file, as it says; may be empty. */
  readonly producer: string
  /** An open dimension is given by its name. */
  readonly input: Pick<Port, 'name' | 'type' | 'dims'>
  /** Outputs that are a row of classes, in the file's order. */
  readonly outputs: readonly { readonly name: string; readonly classes: number }[]
  /** The one that is read. */
  readonly output: string
  readonly classes: number
  /** Whether height and width are the user's to choose. */
  readonly openSize: boolean
  readonly guess: Guess
  /** What is unusual about the file, in sentences. */
  readonly notes: readonly string[]
  /** What is taken where nothing is told. */
  readonly setup: Setup
}

/** What changes how a file is read. */
export interface OwnReading {
  readonly output?: string | null | undefined
  readonly size?: Preprocessing['size'] | undefined
}

/** Finds a file that holds weights outside of the model, by the path that the model gives; undefined: there is none. */
export type Beside = (location: string) => Promise<Uint8Array | undefined>

/** How a file is read: without an engine, or with one that shows shapes which nothing tells. */
export type OpenFile = (bytes: Uint8Array, reading: Reading) => Blueprint | Promise<Blueprint>

/**
 * Reads a file of one's own, and what it tells of how to use it.
 *
 * @param open runs nothing unless given
 * @throws HookscopeError 'bad-model'; 'bad-argument' where the file has not the size or the output that is asked for
 */
export async function readOwn(
  bytes: Uint8Array,
  { output, size }: OwnReading = {},
  beside?: Beside,
  open: OpenFile = readNetwork,
) {
  const external = new Map<string, Uint8Array>()
  for (const location of externalFiles(bytes)) {
    const found = await beside?.(location)
    if (found) external.set(location, found)
  }
  const blueprint = await open(bytes, { external, ...(output && { output }), ...(size && { size }) })
  const { graph, opset } = blueprint.wiring
  const { input, classes } = blueprint.layout
  const { layout } = input
  const dims = graph.inputs.find(({ name }) => name === input.name)?.dims ?? []
  const places = layout === 'nchw' ? [2, 3] : [1, 2]
  const [height = 0, width = 0] = places.map(axis => input.shape[axis] ?? 0)
  if (size && (size[0] !== height || size[1] !== width)) {
    throw new HookscopeError(
      'bad-argument',
      `The network takes pictures of ${height}×${width} pixels and no other size: ${size.join('×')} does not fit.`,
    )
  }
  const guess = guessPreprocessing(blueprint.wiring, input.name)
  const facts: FileFacts = {
    opset,
    producer: graph.producer,
    input: { name: input.name, type: graph.inputs[0]?.type ?? 'float32', dims },
    outputs: rowsOfClasses(blueprint),
    output: blueprint.layout.output,
    classes,
    openSize: places.some(axis => typeof dims[axis] !== 'number'),
    guess,
    notes: blueprint.layout.notes,
    setup: {
      output: output ?? null,
      preprocessing: { ...guess.values, size: [height, width], shortSide: shortSideFor([height, width]), layout },
      resize: 'crop',
      labels: guessLabels(classes),
    },
  }
  return { blueprint, facts }
}

function rowsOfClasses({ wiring, shapes }: Blueprint): FileFacts['outputs'] {
  return wiring.graph.outputs.flatMap(name => {
    const dims = shapes.get(name)?.dims
    return dims?.[0] === 1 && dims.slice(2).every(size => size === 1) ? [{ name, classes: sizeOf(dims) }] : []
  })
}
