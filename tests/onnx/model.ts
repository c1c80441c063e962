import { create, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from 'onnx-buf'
import { expect } from 'vitest'
import { HookscopeError } from '../../src/errors'

type Parts<T> = Partial<Omit<T, '$typeName' | '$unknown'>>

export const tensor = (parts: Parts<TensorProto>): TensorProto => create(TensorProtoSchema, { name: 'w', ...parts })

export const attribute = (parts: Parts<AttributeProto>): AttributeProto => create(AttributeProtoSchema, parts)

/** A file with one Relu, as the protobuf library writes it, and what else is asked for. */
export function file(parts: {
  initializer?: TensorProto[]
  attribute?: AttributeProto[]
  graph?: Parameters<typeof create<typeof GraphProtoSchema>>[1]
}): Uint8Array {
  const relu = create(NodeProtoSchema, {
    opType: 'Relu',
    input: ['x'],
    output: ['y'],
    attribute: parts.attribute ?? [],
  })
  const graph = create(GraphProtoSchema, { node: [relu], initializer: parts.initializer ?? [], ...parts.graph })
  const opset = create(OperatorSetIdProtoSchema, { domain: 'ai.onnx', version: 17n })
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [opset], graph }))
}

/** The sentence of a refusal, which must be one for a person. */
export function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (!(error instanceof HookscopeError)) throw error
    expect(error.code).toBe('bad-model')
    expect(error.message).toMatch(/^["A-Z].*\.$/s)
    return error.message
  }
  throw new Error('nothing was refused')
}

/** That a weight is stored in another file. */
export const outside = (location: string, more: Readonly<Record<string, string>> = {}) => ({
  dataLocation: TensorProto_DataLocation.EXTERNAL,
  externalData: Object.entries({ location, ...more }).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  ),
})
