import type { ActivationName } from '../analysis/activation'
import { type AnalyzedModel, type Reading, readNetwork } from '../analysis/analyze'
import type { Answer, Candidate } from '../analysis/answer'
import type { FurtherInput, InputReading } from '../analysis/inputs'
import { HookscopeError } from '../errors'
import type { Port } from '../graph/types'
import type { Preprocessing, ResizeRule } from '../image/types'
import { externalFiles, readMetadata } from '../onnx/read'
import { type Guess, guessPreprocessing } from '../preprocessing/guess'
import { shortSideFor } from '../preprocessing/presets'
import { guessLabels, type LabelSource } from './label-sets'
import { metadataLabels } from './said/labels'
import { readSaid, type Said, saidSize } from './said/read'
import type { Subject } from './said/statement'
import { refuseTask } from './said/ultralytics'

/** The settings of one's own file that the file cannot hold, as its user gives them. */
export interface Setup {
  /** The output with the classes; null: the likeliest. */
  readonly output: string | null
  /** The input with the picture; null: the likeliest. */
  readonly picture?: string | null
  /** Values of further inputs by name, where they are not the usual ones. */
  readonly inputs?: Readonly<Record<string, readonly number[]>>
  /** How logits become probabilities; null: as the file tells, or most classifiers have it. */
  readonly activation: ActivationName | null
  readonly preprocessing: Preprocessing
  readonly resize: ResizeRule
  readonly labels: LabelSource
}

/** Facts that are read from a file. */
export interface FileFacts {
  readonly opset: number
  /** Who wrote the file, as it says; may be empty. */
  readonly producer: string
  /** An open dimension is given by its name. */
  readonly input: Pick<Port, 'name' | 'type' | 'dims'>
  /** How many channels it has. */
  readonly channels: number
  /** How many pictures the file takes at once; it is fed the same as often. */
  readonly batch: number
  /** Inputs that can be the picture, the likeliest first. */
  readonly pictures: readonly string[]
  /** Inputs besides the picture. */
  readonly further: readonly FurtherInput[]
  /** Outputs that can be read as classes, the one that is read first. */
  readonly outputs: readonly Candidate[]
  /** The one that is read. */
  readonly output: string
  /** Why it is, what is told of its activation, and what else the file gives. */
  readonly answer: Pick<Answer, 'because' | 'aside' | 'activation' | 'knownFrom' | 'isSingle'>
  readonly classes: number
  /** Whether height and width are the user's to choose. */
  readonly openSize: boolean
  /** Statements of the file and of the files beside it; they go before the guess. */
  readonly said: Said
  readonly guess: Guess
  /** Sentences about unusual things in the file. */
  readonly notes: readonly string[]
  /** The setup where the user gives none. */
  readonly setup: Setup
}

/** Options that change how a file is read. */
export interface OwnReading extends Omit<InputReading, 'picture' | 'size'> {
  readonly output?: string | null | undefined
  readonly picture?: string | null | undefined
  readonly activation?: ActivationName | null | undefined
  /** How many names for classes were chosen. */
  readonly labels?: number | undefined
  readonly size?: Preprocessing['size'] | undefined
}

/** Finds a file that holds weights outside of the model, by the path that the model gives; undefined: there is none. */
export type Beside = (location: string) => Promise<Uint8Array | undefined>

/** How a file is read: without an engine, or with one that shows shapes which nothing tells. */
export type OpenFile = (bytes: Uint8Array, reading: Reading) => AnalyzedModel | Promise<AnalyzedModel>

/**
 * Reads a file of one's own, and what it tells of how to use it.
 *
 * @param open runs nothing unless given
 * @throws HookscopeError 'bad-model'; 'bad-argument' where the file has not the size or the output that is asked for
 */
export async function readOwn(
  bytes: Uint8Array,
  reading: OwnReading = {},
  beside?: Beside,
  open: OpenFile = readNetwork,
) {
  const { output, activation, labels, size, picture, inputs, layout: asked } = reading
  const external = new Map<string, Uint8Array>()
  for (const location of externalFiles(bytes)) {
    const found = await beside?.(location)
    if (found) external.set(location, found)
  }
  const metadata = readMetadata(bytes)
  refuseTask(metadata)
  const openAt = (size: Preprocessing['size'] | undefined) =>
    open(bytes, {
      ...{ external, inputs, layout: asked },
      labels: labels ?? metadataLabels(metadata)?.names?.length,
      output: output ?? undefined,
      activation: activation ?? undefined,
      ...(picture && { picture }),
      ...(size && { size }),
    })
  let analyzed = await openAt(size ?? saidSize(metadata))
  const said = await readSaid(
    analyzed.graphIndex.graph,
    subjectOf(analyzed, size),
    analyzed.layout.classes,
    textOf(beside),
  )
  const { size: saidElsewhere } = said.preprocessing
  if (saidElsewhere && `${saidElsewhere}` !== `${sizeOfPicture(analyzed)}`) analyzed = await openAt(saidElsewhere)
  const { graph, opset } = analyzed.graphIndex
  const { input, classes, answer, further, pictures } = analyzed.layout
  const { layout, height, width, channels, batch } = input
  const dims = graph.inputs.find(({ name }) => name === input.name)?.dims ?? []
  if (size && (size[0] !== height || size[1] !== width)) {
    throw new HookscopeError(
      'bad-argument',
      `The network takes pictures of ${height}×${width} pixels and no other size: ${size.join('×')} does not fit.`,
    )
  }
  const guess = guessPreprocessing(analyzed.graphIndex, input)
  const facts: FileFacts = {
    opset,
    producer: graph.producer,
    input: { name: input.name, type: input.type, dims },
    ...{ channels, batch, pictures, further },
    outputs: [{ output: answer.output, count: answer.isSingle ? 1 : classes }, ...answer.others],
    output: answer.output,
    answer: pick(answer),
    classes,
    openSize: leavesSizeOpen(analyzed),
    said,
    guess,
    notes: analyzed.layout.notes,
    setup: {
      output: output ?? null,
      ...(picture && { picture }),
      ...(inputs && { inputs }),
      activation: activation ?? null,
      preprocessing: {
        ...guess.values,
        shortSide: shortSideFor([height, width]),
        ...said.preprocessing,
        size: [height, width],
        layout,
      },
      resize: said.resize ?? 'crop',
      labels: said.labels ?? guessLabels(classes),
    },
  }
  return { analyzed, facts }
}

const sizeOfPicture = ({ layout: { input } }: AnalyzedModel): Preprocessing['size'] => [input.height, input.width]

function leavesSizeOpen({ graphIndex, layout: { input } }: AnalyzedModel): boolean {
  const dims = graphIndex.graph.inputs.find(({ name }) => name === input.name)?.dims ?? []
  return input.axes.some((axis, i) => (axis === 'height' || axis === 'width') && !isFixed(dims[i]))
}

/** @param asked a size that the user chose: it is not open any more */
function subjectOf(analyzed: AnalyzedModel, asked: Preprocessing['size'] | undefined): Subject {
  const openSize = asked === undefined && leavesSizeOpen(analyzed)
  return { channels: analyzed.layout.input.channels, size: sizeOfPicture(analyzed), openSize }
}

/** Text of a file beside the network; undefined where there is none that can be read. */
function textOf(beside: Beside | undefined): (name: string) => Promise<string | undefined> {
  return async name => {
    const bytes = await beside?.(name).catch(() => undefined)
    return bytes && new TextDecoder().decode(bytes)
  }
}

const isFixed = (size: Port['dims'][number] | undefined): boolean => typeof size === 'number' && size > 0

const pick = ({ because, aside, activation, knownFrom, isSingle }: Answer): FileFacts['answer'] => ({
  because,
  aside,
  activation,
  knownFrom,
  isSingle,
})
