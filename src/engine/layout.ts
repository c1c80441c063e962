import { type CamHead, findHead } from '../cam/head'
import { METHOD_NAMES, type MethodName } from '../cam/methods'
import { HookscopeError } from '../errors'
import { obstacleSentence, obstacles } from '../grad/backward'
import { hookPoints, type NamedValue } from '../graph/hook-points'
import { inferShapes, isFloat, type Known } from '../graph/shapes'
import { sizeOf } from '../graph/tensors'
import { type Graph, type Node, nodeLabel, type Port } from '../graph/types'
import { type Wiring, wire } from '../graph/wiring'
import { readOnnx } from '../onnx/read'
import { defaultValue, shortest, stageValues } from './stages'
import type { Availability, HookPoint } from './types'

/** What a user can choose from in a network. */
export interface Layout {
  /** Shape [1, 3, H, W]. */
  readonly input: { readonly name: string; readonly shape: readonly number[] }
  readonly classes: number
  /** In the network's order, input first. */
  readonly hookPoints: readonly HookPoint[]
  /** Paths for the strip of layers, input first. */
  readonly stages: readonly string[]
  /** Path of the default hook point: the last convolution's output after its activation, before pooling. */
  readonly layer: string
  readonly cam: { readonly ok: true; readonly layer: string } | { readonly ok: false; readonly reason: string }
  /** Whether a gradient reaches the input. */
  readonly inputGradient: Availability
}

/** A file, read and understood; nothing has run yet. */
export interface Blueprint {
  readonly wiring: Wiring
  readonly shapes: ReadonlyMap<string, Known>
  /** Value that holds the logits, before any Softmax. */
  readonly logits: string
  readonly head: CamHead | undefined
  /** Values of the strip of layers, input first. */
  readonly stageValues: readonly string[]
  readonly layout: Layout
  /** Every way to write a hook point, to its path. */
  readonly aliases: ReadonlyMap<string, string>
}

/** Height and width for files that leave them open. */
const OPEN_SIZE = 224

/**
 * @param bytes an ONNX file; must not change afterwards
 * @throws HookscopeError `bad-model` where it is broken or no image classifier
 */
export function readNetwork(bytes: Uint8Array): Blueprint {
  const graph = readOnnx(bytes)
  const input = imageInput(graph)
  const wiring = wire(graph)
  const shapes = inferShapes(wiring, new Map([[input.name, input.shape]]))
  const logits = logitsOf(wiring, shapes)
  const classes = sizeOf(shapes.get(logits)?.dims ?? [])
  const blocked = obstacles(wiring, logits)
  const points = hookPoints(wiring, shapes)
  const onPath = points.filter(point => blocked.has(point.value) && point.value !== logits)
  const values = stageValues(onPath)
  const search = findHead(wiring, shapes, logits)
  const head = 'head' in search ? search.head : undefined
  const camPoint = head && shortest(points.filter(point => point.value === head.features))
  const cam =
    camPoint !== undefined
      ? { ok: true as const, layer: camPoint.path }
      : { ok: false as const, reason: 'reason' in search ? search.reason : 'CAM would read the input itself.' }
  const layer = shortest(points.filter(point => point.value === defaultValue(onPath)))
  if (!layer)
    throw new HookscopeError(
      'bad-model',
      'The network has no layer with a height and a width before its classes: it is no image classifier that maps can be made for.',
    )
  const stages = values.map(value => shortest(points.filter(point => point.value === value))?.path ?? value)
  return {
    wiring,
    shapes,
    logits,
    head: camPoint && head,
    stageValues: values,
    aliases: new Map(points.flatMap(point => point.aliases.map(alias => [alias, point.path]))),
    layout: {
      input,
      classes,
      stages,
      layer: layer.path,
      cam,
      inputGradient: reachesInput(blocked.get(input.name), wiring.opset),
      hookPoints: points.map(point => ({
        path: point.path,
        group: point.path.split(/[.:]/)[0] ?? point.path,
        op: point.node.op,
        value: point.value,
        shape: point.known.dims,
        stage: stages.includes(point.path),
        methods: availability(point, cam, head, blocked.get(point.value), wiring.opset),
      })),
    },
  }
}

/**
 * @param path as listed, or another way to write it: `layer1.0.relu` is its last call
 * @throws HookscopeError `unknown-layer`, with names that are near
 */
export function findHookPoint(blueprint: Pick<Blueprint, 'layout' | 'aliases'>, path: string): HookPoint {
  const { layout, aliases } = blueprint
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

const notAClassifier = (what: string): HookscopeError =>
  new HookscopeError('bad-model', `${what}: this is no image classifier. Choose a network from pictures to classes.`)

function imageInput(graph: Graph): Layout['input'] {
  const [image, other] = graph.inputs
  if (!image) throw notAClassifier('The network has no input')
  if (other) throw notAClassifier(`The network has several inputs ("${image.name}", "${other.name}", …)`)
  const described = `Its input "${image.name}" is ${image.type} [${image.dims.join(', ')}]`
  if (image.dims.length !== 4 || !isFloat(image.type)) throw notAClassifier(described)
  const [, channels, height, width] = image.dims
  if (channels !== 3 && typeof channels === 'number') throw notAClassifier(`${described}, not 3 channels first`)
  const open = (size: Port['dims'][number] | undefined) => (typeof size === 'number' && size > 0 ? size : OPEN_SIZE)
  return { name: image.name, shape: [1, 3, open(height), open(width)] }
}

/** Operators between the logits and a Softmax at the end that change no value. */
const AROUND: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Flatten', 'Reshape', 'Squeeze', 'Identity'])

/** The first output with a row of classes; where it is a probability, the value before the Softmax. */
function logitsOf(wiring: Wiring, shapes: ReadonlyMap<string, Known>): string {
  const isRow = (value: string) => {
    const known = shapes.get(value)
    return known && isFloat(known.type) && known.dims[0] === 1 && known.dims.slice(2).every(size => size === 1)
  }
  const output = wiring.graph.outputs.find(isRow)
  if (output === undefined) throw notAClassifier('None of its outputs is a row of classes')
  const chain: Node[] = []
  for (let node = wiring.producer.get(output); node && AROUND.has(node.op); ) {
    chain.push(node)
    node = wiring.producer.get(node.inputs[0] ?? '')
  }
  const softmax = chain.findLast(node => node.op.endsWith('Softmax'))
  const before = softmax?.inputs[0]
  return before !== undefined && isRow(before) ? before : output
}

function reachesInput(blocked: Node | null | undefined, opset: number): Availability {
  if (blocked === null) return { ok: true }
  const reason = blocked
    ? `No gradient reaches the input: none can pass ${nodeLabel(blocked)} (opset ${opset}), an operator without a rule. Choose Grad-CAM at a layer after it.`
    : 'The classes do not depend on the input.'
  return { ok: false, reason }
}

function availability(
  point: NamedValue,
  cam: Layout['cam'],
  head: CamHead | undefined,
  blocked: Node | null | undefined,
  opset: number,
): Record<MethodName, Availability> {
  const { path, known } = point
  const answers = {
    cam: (): string | undefined => {
      if (!cam.ok) return cam.reason
      return point.value === head?.features ? undefined : `CAM is read at ${cam.layer} alone. Choose it, or Grad-CAM.`
    },
    gradcam: (): string | undefined => {
      if (blocked) return obstacleSentence(blocked, opset)
      return blocked === undefined ? `The classes do not depend on ${path}.` : undefined
    },
  }
  const flat = known.dims.length !== 4 || sizeOf(known.dims.slice(2)) <= 1
  const spaceless = `${path} has no height and width ([${known.dims.join(', ')}]), so no map can be drawn. Choose a layer before it.`
  const result: Partial<Record<MethodName, Availability>> = {}
  for (const method of METHOD_NAMES) {
    const reason = flat ? spaceless : answers[method]()
    result[method] = reason === undefined ? { ok: true } : { ok: false, reason }
  }
  return result as Record<MethodName, Availability>
}
