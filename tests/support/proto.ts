import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  FunctionProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf'
import type { Graph } from '../../src/graph/types'
import { CODE_OF } from '../../src/onnx/element-types'
import { writeOnnx } from '../../src/onnx/write'

/** Changes a file in ways that a graph written in code cannot have. */
export function edited(file: Uint8Array, change: (model: ModelProto) => void): Uint8Array {
  const model = fromBinary(ModelProtoSchema, file)
  change(model)
  return toBinary(ModelProtoSchema, model)
}

export function valueInfo(
  name: string,
  dims: readonly (number | string)[],
  type: keyof typeof CODE_OF = 'float32',
): ValueInfoProto {
  const dim = dims.map(size =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === 'number' ? { case: 'dimValue', value: BigInt(size) } : { case: 'dimParam', value: size },
    }),
  )
  const value = create(TypeProto_TensorSchema, {
    elemType: CODE_OF[type],
    shape: create(TensorShapeProtoSchema, { dim }),
  })
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value } }) })
}

/** Outputs with their types and shapes, as exporters declare them. */
export function declared(file: Uint8Array, outputs: readonly ValueInfoProto[]): Uint8Array {
  return edited(file, ({ graph }) => {
    if (!graph) return
    graph.output = graph.output.map(output => outputs.find(({ name }) => name === output.name) ?? output)
  })
}

export function withMetadata(file: Uint8Array, entries: Readonly<Record<string, string>>): Uint8Array {
  return edited(file, model => {
    model.metadataProps = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    )
  })
}

/** A function of the file's own; its body is the graph's nodes, its inputs and outputs the graph's. */
export function withFunction(file: Uint8Array, domain: string, name: string, body: Graph): Uint8Array {
  const [node, inputs] = [fromBinary(ModelProtoSchema, writeOnnx(body)).graph?.node ?? [], body.inputs]
  const opset = [...body.opsets].map(([domain, version]) =>
    create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
  )
  return edited(file, model => {
    model.functions.push(
      create(FunctionProtoSchema, {
        ...{ domain, name, node, opsetImport: opset },
        input: inputs.map(port => port.name),
        output: [...body.outputs],
      }),
    )
    if (!model.opsetImport.some(entry => entry.domain === domain))
      model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain, version: 1n }))
  })
}
