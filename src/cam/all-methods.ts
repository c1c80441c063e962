import { INPUT_METHODS, type InputMethodName } from './input-methods'
import { METHODS, type MethodName } from './methods'

/** Maps of a layer, and gradients at the input. */
export type AnyMethod = MethodName | InputMethodName

interface Described {
  readonly label: string
  readonly paper: string
  readonly help: string
}

export const ALL_METHODS: Readonly<Record<AnyMethod, Described>> = { ...METHODS, ...INPUT_METHODS }

export const isInputMethod = (method: AnyMethod): method is InputMethodName => Object.hasOwn(INPUT_METHODS, method)

/** Whether a method reads a layer that can be chosen. */
export const hasLayer = (method: AnyMethod): method is MethodName | 'guided-gradcam' =>
  !isInputMethod(method) || method === 'guided-gradcam'

/** What stands in the layer's place for a gradient at the input. */
export const INPUT = 'input'
