import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from 'onnx-buf'
import type { Graph } from '../../src/graph/types'
import { writeOnnx } from '../../src/onnx/write'
import { GraphBuilder } from './build'

interface Made {
  readonly producer?: string
  /** Each has a class more than the one before. */
  readonly outputs?: number
  /** Height and width; a name leaves it open. */
  readonly size?: readonly (number | string)[]
  readonly channels?: number
  /** What it says of itself. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Names of further inputs, [1, 2] each, by whose sum the features are multiplied. */
  readonly further?: readonly string[]
}

/** A small classifier of pictures of 32×32 as an ONNX file, as an exporter that tells nothing would write it. */
export function ownNetwork(classes: number, made: Made = {}): Buffer {
  const { producer = '', outputs = 1, size = [32, 32], channels = 3, metadata = {}, further = [] } = made
  const g = new GraphBuilder(17, 'own network')
  const conv = g.node('Conv', [g.input('image', [1, 3, 32, 32]), g.weight([8, channels, 3, 3])], { pads: [1, 1, 1, 1] })
  let features = g.node('Relu', [conv])
  for (const name of further) {
    g.input(name, [1, 2])
    features = g.node('Mul', [features, g.node('ReduceSum', [name], { keepdims: 0 })])
  }
  const flat = g.node('Flatten', [g.node('GlobalAveragePool', [features])])
  for (let head = 0; head < outputs; head++) {
    const name = head === 0 ? 'logits' : `logits${head + 1}`
    g.node('Gemm', [flat, g.weight([classes + head, 8])], { transB: 1 }, { outputs: [name] })
    g.output(name)
  }
  const inputs: Graph['inputs'] = [
    { name: 'image', type: 'float32', dims: [1, channels, ...size] },
    ...further.map(name => ({ name, type: 'float32' as const, dims: [1, 2] })),
  ]
  return Buffer.from(writeOnnx({ ...g.build(), inputs, producer, metadata: new Map(Object.entries(metadata)) }))
}

/** The same network as two files: the model, and its weights in a file of that name beside it. */
export function weightsBeside(model: Buffer, location: string): { readonly model: Buffer; readonly weights: Buffer } {
  const proto = fromBinary(ModelProtoSchema, model)
  const pieces: Uint8Array[] = []
  let offset = 0
  for (const tensor of proto.graph?.initializer ?? []) {
    const entries = { location, offset: `${offset}`, length: `${tensor.rawData.length}` }
    tensor.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    )
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL
    pieces.push(tensor.rawData)
    offset += tensor.rawData.length
    tensor.rawData = new Uint8Array()
  }
  return { model: Buffer.from(toBinary(ModelProtoSchema, proto)), weights: Buffer.concat(pieces) }
}
