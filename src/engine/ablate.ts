import { HookscopeError } from '../errors'
import { inferShapes } from '../graph/shapes'
import { floatTensor } from '../graph/tensors'
import type { Graph, Node } from '../graph/types'
import { wire } from '../graph/wiring'
import { type Blueprint, findHookPoint } from './layout'

/** Channels of one hook point that are switched off: 0 at every place. */
export interface Ablation {
  readonly layer: string
  readonly channels: readonly number[]
}

/**
 * The same network with channels switched off. Behind each hook point stands one node more, which multiplies with 0 or
 * 1 a channel, as a PyTorch forward hook that returns `output * mask`: logits, maps and gradients all follow, in one
 * forward pass. Paths and layout stay. CAM reads its layer's maps, so channels behind that layer do not move it.
 *
 * @throws HookscopeError `unknown-layer`; `bad-argument` for a channel that the layer has not
 */
export function ablate(blueprint: Blueprint, ablations: readonly Ablation[]): Blueprint {
  const masks = new Map<string, Float32Array>()
  const constants = new Map(blueprint.wiring.graph.constants)
  for (const { layer, channels } of ablations) {
    const { path, value, shape } = findHookPoint(blueprint, layer)
    const mask = masks.get(value) ?? new Float32Array(shape[1] ?? 0).fill(1)
    for (const channel of channels) {
      if (!(channel in mask)) throw noChannel(path, channel, shape)
      mask[channel] = 0
    }
    masks.set(value, mask)
    const dims = shape.map((size, axis) => (axis === 1 ? size : 1))
    constants.set(maskOf(value), floatTensor(dims, mask))
  }
  const wiring = wire({ ...blueprint.wiring.graph, constants, nodes: masked(blueprint.wiring.graph, masks) })
  const { name, shape } = blueprint.layout.input
  return { ...blueprint, wiring, shapes: inferShapes(wiring, new Map([[name, shape]])) }
}

const maskOf = (value: string): string => `${value}:mask`
const wholeOf = (value: string): string => `${value}:whole`

/** Every masked value is made under another name, and gets its own from the multiplication. */
function masked(graph: Graph, masks: ReadonlyMap<string, unknown>): Node[] {
  return graph.nodes.flatMap(node => {
    const cut = node.outputs.filter(output => masks.has(output))
    if (cut.length === 0) return [node]
    const outputs = node.outputs.map(output => (masks.has(output) ? wholeOf(output) : output))
    return [{ ...node, outputs }, ...cut.map(multiplication)]
  })
}

function multiplication(value: string): Node {
  return {
    name: maskOf(value),
    op: 'Mul',
    domain: '',
    inputs: [wholeOf(value), maskOf(value)],
    outputs: [value],
    attributes: new Map(),
    metadata: new Map(),
  }
}

function noChannel(path: string, channel: number, shape: readonly number[]): HookscopeError {
  const [, count] = shape
  const has = count ? `${count} channels: 0 to ${count - 1}` : `no channels: its shape is [${shape.join(', ')}]`
  return new HookscopeError('bad-argument', `${path} has no channel ${channel}. It has ${has}.`)
}
