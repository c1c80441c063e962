import { constantShapes } from './constants'
import { elementwiseShapes } from './elementwise'
import { indexingShapes } from './indexing'
import type { ShapeRule } from './known'
import { layoutShapes } from './layout'
import { linearShapes } from './linear'
import { reduceShapes } from './reduce'
import { resizeShapes } from './resize'
import { windowShapes } from './windows'

export { axesOf, broadcast, isFloat, type Known, positiveAxis, type ShapeScope } from './known'

/** How each operator's output shapes follow from its inputs, by ONNX's definition of the operator. */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...constantShapes,
  ...elementwiseShapes,
  ...indexingShapes,
  ...layoutShapes,
  ...linearShapes,
  ...reduceShapes,
  ...resizeShapes,
  ...windowShapes,
}
