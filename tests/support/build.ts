import { floatTensor, intTensor } from '../../src/graph/tensors'
import type { Attribute, Graph, Node, Port, Tensor } from '../../src/graph/types'
import { type NdArray, ndArray, sizeOf } from './reference/array'

/** Numbers in [from, to) that float32 holds exactly, the same on every run (mulberry32). */
export function random(seed: number | string): (count: number, from?: number, to?: number) => Float64Array {
  let state = typeof seed === 'number' ? seed : [...seed].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) | 0, 7)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return (count, from = -1, to = 1) =>
    Float64Array.from({ length: count }, () => Math.fround(from + (to - from) * next()))
}

/** A plain number is an int, a plain list ints; floats are written `float(0.5)`. */
type Written = Attribute | number | string | readonly number[]

function attribute(written: Written): Attribute {
  if (typeof written === 'number') return { kind: 'int', value: written }
  if (typeof written === 'string') return { kind: 'string', value: written }
  return 'kind' in written ? written : { kind: 'ints', value: written }
}

export interface NodeOptions {
  readonly name?: string
  readonly outputs?: readonly string[]
  readonly domain?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** A graph written in code: what an exporter would leave in a file, with seeded numbers. */
export class GraphBuilder {
  private readonly nodes: Node[] = []
  private readonly constants = new Map<string, Tensor>()
  private readonly inputs: Port[] = []
  private readonly outputs: string[] = []
  /** Values for the graph's inputs. */
  readonly feeds = new Map<string, NdArray>()
  readonly random: ReturnType<typeof random>

  constructor(
    readonly opset = 17,
    seed: number | string = 1,
  ) {
    this.random = random(seed)
  }

  input(name: string, dims: readonly number[], values?: ArrayLike<number>): string {
    this.inputs.push({ name, type: 'float32', dims })
    this.feeds.set(name, ndArray(dims, values ?? this.random(sizeOf(dims))))
    return name
  }

  constant(name: string, tensor: Tensor): string {
    this.constants.set(name, tensor)
    return name
  }

  /** A float parameter. */
  weight(dims: readonly number[], values?: ArrayLike<number>, name = `w${this.constants.size}`): string {
    return this.constant(name, floatTensor(dims, values ?? this.random(sizeOf(dims))))
  }

  /** An int64 constant. */
  ints(values: readonly number[], dims?: readonly number[]): string {
    return this.constant(`i${this.constants.size}`, intTensor(values, dims))
  }

  /** @returns the first output */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Written>> = {},
    options: NodeOptions = {},
  ): string {
    const outputs = options.outputs ?? [`${op.toLowerCase()}${this.nodes.length}`]
    this.nodes.push({
      op,
      inputs,
      outputs,
      name: options.name ?? '',
      domain: options.domain ?? '',
      attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, attribute(value)])),
      metadata: new Map(Object.entries(options.metadata ?? {})),
    })
    return outputs[0] ?? ''
  }

  output(value: string): this {
    this.outputs.push(value)
    return this
  }

  build(): Graph {
    return {
      name: 'test',
      irVersion: 8,
      opsets: new Map([['', this.opset]]),
      producer: 'test',
      inputs: this.inputs,
      outputs: this.outputs,
      nodes: this.nodes,
      constants: this.constants,
    }
  }
}
