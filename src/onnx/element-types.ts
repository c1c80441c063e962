import { TensorProto_DataType as Code } from 'onnx-buf'
import type { ElementType } from '../graph/types'

/** TensorProto.DataType of each element type. */
export const CODE_OF: Readonly<Record<ElementType, Code>> = {
  float32: Code.FLOAT,
  uint8: Code.UINT8,
  int8: Code.INT8,
  uint16: Code.UINT16,
  int16: Code.INT16,
  int32: Code.INT32,
  int64: Code.INT64,
  string: Code.STRING,
  bool: Code.BOOL,
  float16: Code.FLOAT16,
  float64: Code.DOUBLE,
  uint32: Code.UINT32,
  uint64: Code.UINT64,
  bfloat16: Code.BFLOAT16,
  uint4: Code.UINT4,
  int4: Code.INT4,
  float8e4m3fn: Code.FLOAT8E4M3FN,
  float8e4m3fnuz: Code.FLOAT8E4M3FNUZ,
  float8e5m2: Code.FLOAT8E5M2,
  float8e5m2fnuz: Code.FLOAT8E5M2FNUZ,
}

export const TYPE_OF: ReadonlyMap<number, ElementType> = new Map(
  (Object.keys(CODE_OF) as ElementType[]).map(type => [CODE_OF[type], type]),
)
