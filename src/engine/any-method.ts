import { type AnyMethod, hasLayer, INPUT, isInputMethod } from '../cam/all-methods'
import type { Preprocessing } from '../image/types'
import type { Run } from './run'
import type { AnyExplanation } from './types'
import type { Signal } from './values'

/**
 * What any method says of one class.
 *
 * @param asked the layer is a hook point; methods that read none pass over it
 * @param input the size of the network's input and the order of its colours, which is the gradient's too
 * @throws HookscopeError as `Run.explain` and `Run.guidedGradCam`
 */
export async function runMethod(
  run: Run,
  { method, layer, target }: { readonly method: AnyMethod; readonly layer: string; readonly target: number },
  { size: [height, width], channels }: Pick<Preprocessing, 'size' | 'channels'>,
  signal?: Signal,
): Promise<AnyExplanation> {
  if (!isInputMethod(method)) return run.explain(method, layer, target, signal)
  const values =
    method === 'guided-gradcam'
      ? await run.guidedGradCam(layer, target, signal)
      : await run.inputGradient(method, target, signal)
  return {
    method,
    layer: hasLayer(method) ? layer : INPUT,
    target,
    gradient: { height, width, channels, values },
  }
}
