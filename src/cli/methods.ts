import { INPUT_METHODS, type InputMethodName } from '../cam/input-methods'
import { METHODS, type MethodName } from '../cam/methods'
import type { Run, Signal } from '../engine/run'
import type { InputGradient } from '../image/gradient'
import type { RawMap } from '../image/types'

/** Maps of a layer, and gradients at the input. */
export type AnyMethod = MethodName | InputMethodName

export const ALL_METHODS: Readonly<Record<AnyMethod, { readonly label: string }>> = { ...METHODS, ...INPUT_METHODS }

export const isInputMethod = (method: AnyMethod): method is InputMethodName => Object.hasOwn(INPUT_METHODS, method)

/** Whether a method reads a layer that can be chosen. */
export const hasLayer = (method: AnyMethod): method is MethodName | 'guided-gradcam' =>
  !isInputMethod(method) || method === 'guided-gradcam'

/** What stands in the layer's place for a gradient at the input. */
export const INPUT = 'input'

/** What a method made of one class: a map of a layer, or a gradient at the input. */
export type Result = {
  readonly method: AnyMethod
  /** Path of the hook point that was read, or `INPUT`. */
  readonly layer: string
  readonly target: number
} & ({ readonly map: RawMap } | { readonly gradient: InputGradient })

export async function runMethod(
  run: Run,
  inputShape: readonly number[],
  asked: { readonly method: AnyMethod; readonly layer: string; readonly target: number },
  signal: Signal,
): Promise<Result> {
  const { method, layer, target } = asked
  if (!isInputMethod(method)) return await run.explain(method, layer, target, signal)
  const [, , height = 1, width = 1] = inputShape
  const values =
    method === 'guided-gradcam'
      ? await run.guidedGradCam(layer, target, signal)
      : await run.inputGradient(method, target, signal)
  return { ...asked, gradient: { height, width, values } }
}
