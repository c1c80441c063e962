import { type AnyMethod, hasLayer, INPUT, isInputMethod } from '../cam/all-methods'
import type { Run, Signal } from './run'
import type { AnyExplanation } from './types'

/**
 * What any method says of one class.
 *
 * @param inputShape [1, 3, H, W]
 * @param asked the layer is a hook point; methods that read none pass over it
 * @throws HookscopeError as `Run.explain` and `Run.guidedGradCam`
 */
export async function runMethod(
  run: Run,
  inputShape: readonly number[],
  { method, layer, target }: { readonly method: AnyMethod; readonly layer: string; readonly target: number },
  signal?: Signal,
): Promise<AnyExplanation> {
  if (!isInputMethod(method)) return run.explain(method, layer, target, signal)
  const [, , height = 1, width = 1] = inputShape
  const values =
    method === 'guided-gradcam'
      ? await run.guidedGradCam(layer, target, signal)
      : await run.inputGradient(method, target, signal)
  return { method, layer: hasLayer(method) ? layer : INPUT, target, gradient: { height, width, values } }
}
