import { HookscopeError, printable } from '../errors'
import { findObstacles, type Obstacle } from '../grad/backward'
import { countRectifiers } from '../grad/rules/rectifiers'
import type { GraphIndex } from '../graph/graph-index'
import { hookPoints, type NamedValue } from '../graph/hook-points'
import { depthOf } from '../graph/modules'
import type { ValueInfo } from '../graph/shapes'
import { finish, part, type Steps } from '../graph/steps'
import { toFloat32 } from '../graph/to-float32'
import type { Graph } from '../graph/types'
import { readOnnx } from '../onnx/read'
import { type Answer, findAnswer } from './answer'
import { type CamHead, findHead } from './cam-head'
import { channelsOf } from './channels'
import { firstFloat } from './first-float'
import { type Grid, readGrids } from './grid'
import type { ImageInput } from './image-input'

import type { FurtherInput } from './inputs'
import { type Prepared, prepare } from './prepare'
import type { Reading } from './reading'

import { defaultValue, stageValues } from './stages'
import type { Availability, CamLayer, HookPoint, Refusal } from './types'

export type { Reading } from './reading'

/** The choices that a user has in a network. */
export interface Layout {
  readonly input: ImageInput
  /** Its further inputs: constants of the graph that is analysed. */
  readonly further: readonly FurtherInput[]
  /** Inputs that can be the picture, the likeliest first. */
  readonly pictures: readonly string[]
  /** How many classes there are; of a single number two, what it stands for and its absence. */
  readonly classes: number
  /** Name of the output that holds the classes. */
  readonly output: string
  /** Where the logits stand, whose they are, and how they become probabilities. */
  readonly answer: Answer
  /** In the network's order, input first. */
  readonly hookPoints: readonly HookPoint[]
  /** Paths for the strip of layers, input first. */
  readonly stages: readonly string[]
  /**
   * Path of the default hook point: the output of the last convolution or block, after its activation and residual sum
   * and before pooling; of a network over tokens, the last tokens whose places are read.
   */
  readonly layer: string
  readonly cam: CamLayer
  /** Whether a gradient reaches the input. */
  readonly inputGradient: Availability
  /** How many ReLUs, in any of their forms, stand between the input and the classes: guided backpropagation acts there alone. */
  readonly rectifiers: number
  /** Sentences about unusual things in the file: that it was exported for training, for one. */
  readonly notes: readonly string[]
  /** Where it is read: at the input, or of an input of integers at the first float value after it, the Cast's result. */
  readonly gradientAt: string
}

/** A file, read and understood; nothing has run yet. */
export interface AnalyzedModel {
  readonly graphIndex: GraphIndex
  readonly shapes: ReadonlyMap<string, ValueInfo>
  /** Value that holds the logits, before any Softmax. */
  readonly logits: string
  readonly head: CamHead | undefined
  /** Where the places of feature maps and tokens lie in their values. */
  readonly grids: ReadonlyMap<string, Grid>
  /** Values over pairs of tokens. */
  readonly attention: ReadonlySet<string>
  /** Values of the strip of layers, input first. */
  readonly stageValues: readonly string[]
  readonly layout: Layout
  /** Every way to write a hook point, to its path. */
  readonly aliases: ReadonlyMap<string, string>
}

/**
 * @param bytes an ONNX file; must not change afterwards
 * @throws HookscopeError `bad-model` where it is broken or no image classifier; `bad-argument` for an output that it has not
 */
export function readNetwork(bytes: Uint8Array, reading: Reading = {}): AnalyzedModel {
  return analyze(readGraph(bytes, reading), reading)
}

/** The file's graph, in float32. @throws HookscopeError `bad-model` where it is broken */
export function readGraph(bytes: Uint8Array, { external }: Pick<Reading, 'external'> = {}): Graph {
  return toFloat32(readOnnx(bytes, external))
}

/**
 * @param file in float32
 * @throws HookscopeError as `readNetwork`
 */
export function analyze(file: Graph, reading: Reading = {}): AnalyzedModel {
  return finish(analyzing(prepare(file, reading), reading))
}

/** `analyze` in steps, for a file that is prepared. */
export function* analyzing(prepared: Prepared, reading: Reading): Steps<AnalyzedModel> {
  const { input, further, pictures, graphIndex, notes } = prepared
  const { shapes } = prepared.reading
  const answer = findAnswer(graphIndex, shapes, input.batch, reading)
  const { logits } = answer
  yield 0.1
  const { grids, unread, attention } = readGrids(graphIndex, shapes, input, logits)
  const gradientAt = firstFloat(graphIndex, shapes, grids, input.name)
  yield 0.4
  const blocked = yield* part(findObstacles(graphIndex, shapes, logits), 0.4, 0.7)
  const points = hookPoints(graphIndex, shapes)
  yield 0.9
  const onPath = points.filter(point => blocked.has(point.value) && point.value !== logits && grids.has(point.value))
  const search = findHead(graphIndex, shapes, logits, grids)
  const head = 'head' in search ? search.head : undefined
  const main = defaultValue(graphIndex, onPath, grids, unread)
  const values = main === undefined ? [] : stageValues(graphIndex, onPath, grids, unread, main)
  const pathTo = shortestPaths(points, new Set([...values, ...(head ? [head.features] : [])]))
  const camPoint = head && pathTo.get(head.features)
  const obstacle = head && blocked.get(head.features)
  const cam =
    camPoint !== undefined && !obstacle
      ? { ok: true as const, layer: camPoint.path }
      : {
          ok: false as const,
          code: 'no-cam-head' as const,
          reason:
            'reason' in search ? printable(search.reason) : (obstacle?.sentence ?? 'CAM would read the input itself.'),
        }
  const layer = main === undefined ? undefined : pathTo.get(main)
  if (!layer)
    throw new HookscopeError(
      'bad-model',
      'The network has no layer with a height and a width before its classes: it is no image classifier that maps can be made for.',
    )
  const elsewhere = cam.ok ? refuse('no-cam-head', `CAM is read at ${cam.layer} alone. Choose it, or Grad-CAM.`) : cam
  const stages = values.map(value => pathTo.get(value)?.path ?? value)
  const shown = new Set(stages)
  const aliases = new Map<string, string>()
  for (const point of points) for (const alias of point.aliases) aliases.set(alias, point.path)
  const finding = { cam, head, blocked, grids, unread, attention, stages: shown, elsewhere }
  return {
    graphIndex,
    shapes,
    logits,
    grids,
    attention,
    head: camPoint && head,
    stageValues: values,
    aliases,
    layout: {
      input,
      further,
      pictures,
      classes: answer.classes.length,
      output: answer.output,
      answer,
      stages,
      layer: layer.path,
      cam,
      inputGradient: gradientAt
        ? reachesInput(blocked.get(gradientAt))
        : refuse('no-gradient', `No gradient reaches the input: its ${input.type} numbers are read in several ways.`),
      gradientAt: gradientAt ?? input.name,
      rectifiers: countRectifiers(
        graphIndex,
        shapes,
        value => blocked.get(value) === null && !graphIndex.parameters.has(value),
      ),
      notes,
      hookPoints: points.map(point => describe(point, finding)),
    },
  }
}

/**
 * @param path as listed, or another way to write it: `layer1.0.relu` is its last call
 * @throws HookscopeError `unknown-layer`, with names that are near
 */
export function findHookPoint(analyzed: Pick<AnalyzedModel, 'layout' | 'aliases'>, path: string): HookPoint {
  const { layout, aliases } = analyzed
  const wanted = aliases.get(path) ?? path
  const found = layout.hookPoints.find(point => point.path === wanted)
  if (found) return found
  const near = layout.hookPoints.map(point => point.path).filter(name => name.includes(path) || path.includes(name))
  const examples = (near.length > 0 ? near : [...layout.stages].reverse()).slice(0, 4)
  throw new HookscopeError(
    'unknown-layer',
    `The network has no layer "${path}". ${near.length > 0 ? 'Near it' : 'It has, among others'}: ${examples.join(', ')}.`,
  )
}

/** Of several paths to one value the one that says it shortest: `layer4`, not `layer4.1.relu:1`. */
function shortestPaths(points: readonly NamedValue[], values: ReadonlySet<string>): Map<string, NamedValue> {
  const found = new Map<string, NamedValue>()
  for (const point of points) {
    if (!values.has(point.value)) continue
    const best = found.get(point.value)
    if (!best || depthOf(best.path) > depthOf(point.path)) found.set(point.value, point)
  }
  return found
}

function reachesInput(blocked: Obstacle | null | undefined): Availability {
  if (blocked === null) return { ok: true }
  const reason = blocked
    ? `No gradient reaches the input. ${blocked.sentence}`
    : 'The classes do not depend on the input.'
  return refuse('no-gradient', reason)
}

const refuse = (code: Refusal['code'], reason: string): Refusal => ({ ok: false, code, reason })

interface Finding {
  readonly cam: Layout['cam']
  readonly head: CamHead | undefined
  readonly blocked: ReadonlyMap<string, Obstacle | null>
  readonly grids: ReadonlyMap<string, Grid>
  readonly unread: ReadonlySet<string>
  readonly attention: ReadonlySet<string>
  readonly stages: ReadonlySet<string>
  /** Why CAM is not read where it is not. */
  readonly elsewhere: Availability
}

function describe(point: NamedValue, finding: Finding): HookPoint {
  const { path, node, value, known } = point
  const grid = finding.grids.get(value)
  const end = path.search(/[.:]/)
  const { map, gradient, classWeights } = availability(point, finding)
  const described = {
    path,
    group: end < 0 ? path : path.slice(0, end),
    op: printable(node.op),
    value,
    shape: known.dims,
    channels: channelsOf(known.dims, grid),
    kind: finding.attention.has(value) ? ('attention' as const) : grid ? ('map' as const) : ('values' as const),
    stage: finding.stages.has(path),
    map,
    gradient,
    classWeights,
  }
  return grid ? { ...described, grid } : described
}

const POSSIBLE: Availability = { ok: true }

function availability(
  point: NamedValue,
  { cam, head, blocked, grids, unread, attention, elsewhere }: Finding,
): Pick<HookPoint, 'map' | 'gradient' | 'classWeights'> {
  const { path, known, value } = point
  const grid = grids.get(value)
  if (!grid || grid.height * grid.width <= 1) {
    const reason = attention.has(value)
      ? tokensAlone(path, known.dims)
      : `${path} has no height and width ([${known.dims.join(', ')}]), so no map can be drawn. Choose a layer before it.`
    const map = refuse('no-spatial-extent', reason)
    return { map, gradient: map, classWeights: map }
  }
  const gradient = (): Availability => {
    const obstacle = blocked.get(value)
    if (obstacle) return refuse('no-gradient', obstacle.sentence)
    if (obstacle === undefined) return refuse('no-gradient', `The classes do not depend on ${path}.`)
    if (!unread.has(value)) return POSSIBLE
    return refuse(
      'no-gradient',
      `The classes read the class token of ${path} alone: the gradient at its places is 0. Choose a layer before it.`,
    )
  }
  return {
    map: POSSIBLE,
    gradient: gradient(),
    classWeights: value === head?.features && cam.ok ? POSSIBLE : elsewhere,
  }
}

/** Why values over pairs of tokens have neither maps nor feature maps. */
export const tokensAlone = (path: string, dims: readonly number[]): string =>
  `${path} is attention, [${dims.join(', ')}]: its rows and columns are tokens, what each reads of each, and no places of the picture. Choose the tokens before or after it.`
