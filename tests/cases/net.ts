import type { Graph } from '../../src/graph/types'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from '../support/build'

/** The parts that the small classifiers share: 3×16×16 → Conv, ReLU [4, 16, 16] → pooling → 5 classes. */
export class Net extends GraphBuilder {
  constructor(seed: string, opset = 13) {
    super(opset, seed)
  }

  /** Numbers of about 0.3 in size. */
  some(...dims: number[]): string {
    return this.weight(
      dims,
      this.random(
        dims.reduce((a, b) => a * b, 1),
        -0.5,
        0.5,
      ),
    )
  }

  number(value: number): string {
    return this.weight([], [value])
  }

  /** One node with names as a file would have them. */
  at(
    out: string | readonly string[],
    ...[op, inputs, attributes = {}, options = {}]: Parameters<GraphBuilder['node']>
  ) {
    return this.node(op, inputs, attributes, { ...options, outputs: typeof out === 'string' ? [out] : out })
  }

  front(x = 'x', channels = 3, f = 'f'): string {
    this.at('c1', 'Conv', [x, this.some(4, channels, 3, 3), this.some(4)], { pads: [1, 1, 1, 1] })
    return this.at(f, 'Relu', ['c1'])
  }

  back(f = 'f', y = 'y'): string {
    this.at('gap', 'GlobalAveragePool', [f])
    this.at('flat', 'Flatten', ['gap'])
    return this.at(y, 'Gemm', ['flat', this.some(5, 4), this.some(5)], { transB: 1 })
  }

  picture(dims: readonly number[] = [1, 3, 16, 16]): this {
    this.input('x', dims)
    return this
  }
}

/** A file, and the graph that tells what is right of it where that is another. */
export interface Written {
  readonly bytes: Uint8Array
  readonly truth: Graph
}

export function file(g: GraphBuilder, change: Partial<Graph> = {}): Written {
  const truth = { ...g.build(), ...change }
  return { bytes: writeOnnx(truth), truth }
}

/** Something between the features `f` and the pooling of `m`. */
export function middle(seed: string, write: (g: Net) => unknown, opset = 13): Net {
  const g = new Net(seed, opset).picture()
  g.front()
  write(g)
  g.back('m')
  g.output('y')
  return g
}

/** Something after the logits `z`. */
export function tail(seed: string, write: (g: Net) => unknown, outputs: readonly string[] = ['y'], opset = 13): Net {
  const g = new Net(seed, opset).picture()
  g.front()
  g.back('f', 'z')
  write(g)
  for (const name of outputs) g.output(name)
  return g
}
