import { float } from '../../src/graph/attributes'
import { floatsAs } from '../../src/graph/elements'
import { floatTensor, intTensor } from '../../src/graph/tensors'
import type { Attribute } from '../../src/graph/types'
import { GraphBuilder } from '../support/build'
import type { Dice } from './dice'

/** How the elements of a value lie over the picture. */
export type Lie =
  | { readonly kind: 'planes'; readonly channels: number; readonly height: number; readonly width: number }
  | { readonly kind: 'last'; readonly channels: number; readonly height: number; readonly width: number }
  /** [N, skip + H·W, C], or with `skip` tokens after the places where `after`. */
  | {
      readonly kind: 'tokens'
      readonly channels: number
      readonly height: number
      readonly width: number
      readonly skip: number
    }
  /** No map may be offered. */
  | { readonly kind: 'none' }

/** A value under way. */
export interface Flow {
  readonly x: string
  readonly channels: number
  readonly height: number
  readonly width: number
}

type Written = Attribute | number | string | readonly number[]
type Attributes = Readonly<Record<string, Written>>

/** A graph being drawn: operators in the form of its opset, with a note of where each value lies over the picture. */
export class Drawing extends GraphBuilder {
  readonly lies = new Map<string, Lie>()
  /** What the network is made of, for the one who reads a failure. */
  readonly parts: string[] = []
  /** Whether height and width change places before the first layer. */
  turned = false
  private count = 0

  constructor(
    readonly dice: Dice,
    opset: number,
    readonly batch: number,
  ) {
    super(opset, dice.int(0, 1e9))
  }

  /** One node with an output of a name of its own. */
  op(op: string, inputs: readonly string[], attributes: Attributes = {}, outputs?: readonly string[]): string {
    const out = outputs ?? [this.fresh(op)]
    return this.node(op, inputs, attributes, { outputs: out })
  }

  fresh(op: string): string {
    return `${op.toLowerCase()}_${this.count++}`
  }

  /** Notes that x lies as feature maps [N, C, H, W]. */
  planes(flow: Flow): Flow {
    const { x, channels, height, width } = flow
    this.lies.set(x, { kind: 'planes', channels, height, width })
    return flow
  }

  mark(x: string, lie: Lie): string {
    this.lies.set(x, lie)
    return x
  }

  /** Weights of a size that keeps what they are summed with about as large as it was. */
  filters(dims: readonly number[], inputs: number): string {
    const size = Math.sqrt(3 / inputs)
    return this.numbers(dims, -size, size)
  }

  numbers(dims: readonly number[], from: number, to: number): string {
    const count = dims.reduce((a, b) => a * b, 1)
    const values = this.dice.floats(count, from, to)
    const half = this.dice.chance(0.03) ? floatsAs('float16', dims, values) : undefined
    if (half) return this.op('Cast', [this.constant(`h_${this.count++}`, half)], { to: 1 })
    return this.keep(`w_${this.count++}`, floatTensor(dims, values))
  }

  scalar(value: number): string {
    return this.keep(`s_${this.count++}`, floatTensor(this.dice.chance(0.5) ? [] : [1], [value]))
  }

  list(values: readonly number[], dims?: readonly number[]): string {
    return this.keep(`i_${this.count++}`, intTensor(values, dims))
  }

  /** An initializer, or a Constant node as older exporters write it. */
  private keep(name: string, tensor: Parameters<GraphBuilder['constant']>[1]): string {
    if (this.dice.chance(0.8)) return this.constant(name, tensor)
    this.node('Constant', [], { value: { kind: 'tensor', value: tensor } }, { outputs: [name] })
    return name
  }

  // Operators whose lists are attributes in older opsets and inputs in newer ones.

  reduce(op: string, x: string, axes: readonly number[], keepdims = 1): string {
    const asInput = op === 'ReduceSum' ? this.opset >= 13 : this.opset >= 18
    return asInput ? this.op(op, [x, this.list(axes)], { keepdims }) : this.op(op, [x], { axes, keepdims })
  }

  squeeze(x: string, axes: readonly number[]): string {
    return this.opset >= 13 ? this.op('Squeeze', [x, this.list(axes)]) : this.op('Squeeze', [x], { axes })
  }

  unsqueeze(x: string, axes: readonly number[]): string {
    return this.opset >= 13 ? this.op('Unsqueeze', [x, this.list(axes)]) : this.op('Unsqueeze', [x], { axes })
  }

  clip(x: string, low: number | undefined, high: number | undefined): string {
    if (this.opset < 11) {
      const bounds = { ...(low !== undefined && { min: float(low) }), ...(high !== undefined && { max: float(high) }) }
      return this.op('Clip', [x], bounds)
    }
    const bound = (value: number | undefined) =>
      value === undefined ? '' : this.constant(`b_${this.count++}`, floatTensor([], [value]))
    const inputs = [x, bound(low), bound(high)]
    while (inputs.at(-1) === '') inputs.pop()
    return this.op('Clip', inputs)
  }

  pad(x: string, pads: readonly number[], mode: string): string {
    const fill = mode === 'constant' ? this.dice.of([0, 0, 0.5]) : 0
    if (this.opset < 11) return this.op('Pad', [x], { pads, mode, value: float(fill) })
    const value = fill === 0 ? [] : [this.constant(`b_${this.count++}`, floatTensor([], [fill]))]
    return this.op('Pad', [x, this.list(pads), ...value], { mode })
  }

  slice(x: string, axis: number, start: number, end: number, step = 1): string {
    if (this.opset < 10) return this.op('Slice', [x], { axes: [axis], starts: [start], ends: [end] })
    const steps = step === 1 && this.dice.chance(0.5) ? [] : [this.list([step])]
    return this.op('Slice', [x, this.list([start]), this.list([end]), this.list([axis]), ...steps])
  }

  split(x: string, axis: number, sizes: readonly number[]): string[] {
    const outputs = sizes.map(() => this.fresh('split'))
    if (this.opset >= 13) this.op('Split', [x, this.list(sizes)], { axis }, outputs)
    else this.op('Split', [x], { axis, split: sizes }, outputs)
    return outputs
  }

  reshape(x: string, dims: readonly number[]): string {
    return this.op('Reshape', [x, this.list(dims)])
  }

  /** Twice the size along both places. */
  doubled(x: string, mode: 'nearest' | 'linear'): string {
    const scales = [1, 1, 2, 2]
    if (this.opset < 9) return this.op('Upsample', [x], { mode, scales: { kind: 'floats', value: scales } })
    const given = this.constant(`b_${this.count++}`, floatTensor([4], scales))
    if (this.opset < 10) return this.op('Upsample', [x, given], { mode })
    if (this.opset < 11) return this.op('Resize', [x, given], { mode })
    const [transform, round] = this.dice.of([
      ['asymmetric', 'floor'],
      ['half_pixel', 'round_prefer_floor'],
      ['align_corners', 'round_prefer_floor'],
      ['pytorch_half_pixel', 'floor'],
    ] as const)
    const how = { mode, coordinate_transformation_mode: transform, ...(mode === 'nearest' && { nearest_mode: round }) }
    // The region may be left out since opset 13.
    const region = this.opset < 13 ? this.constant(`b_${this.count++}`, floatTensor([0], [])) : ''
    return this.op('Resize', [x, region, given], how)
  }
}
