import type { Node } from '../types'
import { constantShapes } from './constants'
import { controlShapes } from './control'
import { elementwiseShapes } from './elementwise'
import { indexingShapes } from './indexing'
import { layoutShapes } from './layout'
import { linearShapes } from './linear'
import { classicalShapes, microsoftShapes } from './microsoft'
import { pictureShapes } from './pictures'
import { recurrentShapes } from './recurrent'
import { reduceShapes } from './reduce'
import { resizeShapes } from './resize'
import type { ShapeRule } from './value-info'
import { windowShapes } from './windows'

export { axesOf, broadcast, isFloat, positiveAxis, type ShapeRule, type ShapeScope, type ValueInfo } from './value-info'

/** How each operator's output shapes follow from its inputs, by ONNX's definition of the operator. */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  ...constantShapes,
  ...controlShapes,
  ...elementwiseShapes,
  ...indexingShapes,
  ...layoutShapes,
  ...linearShapes,
  ...pictureShapes,
  ...recurrentShapes,
  ...reduceShapes,
  ...resizeShapes,
  ...windowShapes,
}

/** The same, by the domain of the operator. */
export const SHAPES_BY_DOMAIN: Readonly<Record<string, Readonly<Record<string, ShapeRule>>>> = {
  '': SHAPE_RULES,
  'ai.onnx.ml': classicalShapes,
  'com.microsoft': microsoftShapes,
}

/** The rule of a node's operator; undefined where the engine alone knows. */
export function shapeRule({ op, domain }: Node): ShapeRule | undefined {
  const rules = Object.hasOwn(SHAPES_BY_DOMAIN, domain) ? SHAPES_BY_DOMAIN[domain] : undefined
  return rules && Object.hasOwn(rules, op) ? rules[op] : undefined
}
