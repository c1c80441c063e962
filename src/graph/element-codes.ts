import type { ElementType } from './types'

/** ONNX's numbers of the element types that networks compute with, as Cast's `to` has them. */
export const CODE_OF_TYPE: Readonly<Partial<Record<ElementType, number>>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  float8e4m3fn: 17,
  float8e4m3fnuz: 18,
  float8e5m2: 19,
  float8e5m2fnuz: 20,
  uint4: 21,
  int4: 22,
}

export const TYPE_OF_CODE: ReadonlyMap<number, ElementType> = new Map(
  (Object.keys(CODE_OF_TYPE) as ElementType[]).map(type => [CODE_OF_TYPE[type] ?? 0, type]),
)
