import type { Graph, Port } from '../../src/graph/types'
import type { NdArray } from '../support/reference/array'
import { trunk } from './blocks'
import { Dice } from './dice'
import { Drawing, type Flow, type Lie } from './drawing'
import { type Answer, classified, ended, headed } from './heads'
import { transformer } from './tokens'

/** A network that nobody wrote, and what is true of it. */
export interface Drawn {
  readonly seed: string
  readonly parts: readonly string[]
  readonly graph: Graph
  readonly answer: Answer
  readonly lies: ReadonlyMap<string, Lie>
  /** Whether height and width change places before the first layer; maps may be given in either order of them. */
  readonly turned: boolean
  /** The picture's size. */
  readonly size: readonly [height: number, width: number]
  readonly batch: number
  /** One picture as the file's input takes it, without the axis of the batch: the same for every row. */
  readonly picture: NdArray
  readonly input: Port
}

export function draw(seed: string): Drawn {
  const dice = new Dice(seed)
  const opset = dice.int(7, 23)
  const batch = dice.chance(0.15) ? dice.int(2, 4) : 1
  const d = new Drawing(dice, opset, batch)
  const [height, width] = dice.chance(0.7) ? square(dice) : [dice.int(8, 18), dice.int(8, 18)]
  const { flow, input } = opened(d, height, width)
  const features = trunk(d, moved(d, flow))
  const classes = dice.int(2, 6)
  const small = features.height * features.width <= 64
  const z = small && dice.chance(0.15) ? classified(d, transformer(d, features), classes) : headed(d, features, classes)
  const answer = ended(d, z, classes)
  const built = d.build()
  const graph = { ...built, inputs: [input] }
  return {
    ...{ seed, graph, answer, batch, input },
    parts: [`opset ${opset}`, ...d.parts],
    lies: d.lies,
    turned: d.turned,
    size: [height, width],
    picture: pictureFor(dice, input, batch),
  }
}

function square(dice: Dice): [number, number] {
  const size = dice.int(8, 18)
  return [size, size]
}

/** The picture's input and what makes feature maps [N, 3, H, W] of it. */
function opened(d: Drawing, height: number, width: number): { readonly flow: Flow; readonly input: Port } {
  const { dice, batch } = d
  const kind = dice.of(['planes', 'planes', 'planes', 'planes', 'planes', 'last', 'bytes', 'rank 3'] as const)
  const first = batch === 1 && dice.chance(0.3) ? 'N' : batch
  const open = (dims: readonly number[]) => dims.map((size, axis) => (axis === 0 ? first : size))
  const flow = (x: string): Flow => d.planes({ x, channels: 3, height, width })
  const planes = [batch, 3, height, width]
  d.parts.push(`input ${kind}${first === 'N' ? ', open batch' : batch > 1 ? `, batch of ${batch}` : ''}`)
  switch (kind) {
    case 'last': {
      const dims = [batch, height, width, 3]
      const x = d.op('Transpose', [d.input('picture', dims)], { perm: [0, 3, 1, 2] })
      return { flow: flow(x), input: { name: 'picture', type: 'float32', dims: open(dims) } }
    }
    case 'bytes': {
      const cast = d.op('Cast', [d.input('picture', planes)], { to: 1 })
      const x = d.op('Div', [d.planes({ x: cast, channels: 3, height, width }).x, d.scalar(255)])
      return { flow: flow(x), input: { name: 'picture', type: 'uint8', dims: open(planes) } }
    }
    case 'rank 3': {
      if (batch > 1) break
      const x = d.unsqueeze(d.input('picture', planes.slice(1)), [0])
      return { flow: flow(x), input: { name: 'picture', type: 'float32', dims: planes.slice(1) } }
    }
  }
  return {
    flow: flow(d.input('picture', planes)),
    input: { name: 'picture', type: 'float32', dims: open(planes) },
  }
}

/** Sometimes the picture is cut, padded, mirrored or turned, or normalised, before anything looks at it. */
function moved(d: Drawing, flow: Flow): Flow {
  const { x, height, width } = flow
  const { dice } = d
  switch (dice.int(0, 19)) {
    case 0:
      d.parts.push('crop')
      return d.planes({ ...flow, height: height - 2, x: d.slice(x, 2, 1, height - 1) })
    case 1:
      d.parts.push('pad')
      return d.planes({ ...flow, width: width + 3, x: d.pad(x, [0, 0, 0, 2, 0, 0, 0, 1], 'constant') })
    case 2:
      if (d.opset < 10) return flow
      d.parts.push('mirrored')
      return d.planes({ ...flow, x: d.slice(x, 3, -1, -9999, -1) })
    case 3:
      d.parts.push('turned')
      d.turned = true
      return d.planes({ ...flow, height: width, width: height, x: d.op('Transpose', [x], { perm: [0, 1, 3, 2] }) })
    case 4:
    case 5: {
      d.parts.push('normalised inside')
      const centred = d.op('Sub', [x, d.numbers([1, 3, 1, 1], 0.3, 0.6)])
      return d.planes({ ...flow, x: d.op('Div', [centred, d.numbers([1, 3, 1, 1], 0.2, 0.4)]) })
    }
    case 6:
      d.parts.push('blue first')
      return d.planes({ ...flow, x: d.op('Gather', [x, d.list([2, 1, 0])], { axis: 1 }) })
    default:
      return flow
  }
}

function pictureFor(dice: Dice, { type, dims }: Port, batch: number): NdArray {
  const sizes = dims.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? batch : 1))
  const one = dims.length === 3 ? sizes : sizes.slice(1)
  const count = one.reduce((a, b) => a * b, 1)
  const values = type === 'uint8' ? dice.floats(count, 0, 256).map(Math.floor) : dice.floats(count, -1, 1)
  return { dims: one, data: values }
}
