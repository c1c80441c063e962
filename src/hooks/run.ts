import { HookscopeError } from '../errors'
import { sizeOf } from '../graph/tensors'
import { type BackwardHooks, backwardPass, differentiate } from './backward'
import { compute, type Pass, type Through } from './forward'
import { readParameter } from './parameters'
import type { Points } from './points'
import type { Tensor } from './types'
import { Values } from './values'

/** What the gradient is of: a class's logit (or the sum of several), or any combination given by a seed. */
export type BackwardTarget =
  | { readonly class: number | readonly number[] }
  /** The gradient with respect to the logits, of their shape. */
  | { readonly seed: Tensor }

/** What one forward pass left behind. */
export class Run {
  private gradients: Values | undefined
  private disposed = false

  /** @internal The network calls this. */
  constructor(
    private readonly pass: Pass,
    private readonly points: Points,
    private readonly through: Through,
    private readonly hooks: () => BackwardHooks,
    /** The network's outputs by their names in the file. */
    readonly outputs: ReadonlyMap<string, Tensor>,
    /** Of a classifier its logits, before any Softmax, of shape [1, classes]; else the first output. */
    readonly logits: Tensor,
  ) {}

  /**
   * Takes the gradient back from the logits, and calls the backward hooks on the way, from the last to the first. Nothing
   * is computed that no hook asks for; `gradient` works out more. May be called again, for another target: gradients
   * of before are dropped, not added to.
   *
   * Module hooks must have been there at the forward pass, as in PyTorch; hooks on values and parameters need not.
   *
   * @param target left out: 1 for a single logit, as torch has it
   * @throws HookscopeError `unknown-class`, `bad-argument`, `no-gradient`, `hook-failed`, `engine-failed`
   */
  async backward(target?: BackwardTarget): Promise<void> {
    this.check()
    const seed = this.seed(target)
    this.gradients?.dispose()
    const gradients = new Values(this.pass.executor.runtime)
    this.gradients = gradients
    gradients.put(this.pass.scene.target, seed)
    try {
      await backwardPass(this.pass, this.hooks(), this.through, gradients)
    } catch (error) {
      gradients.dispose()
      this.gradients = undefined
      throw error
    }
  }

  /**
   * The gradient with respect to a value or parameter, after its hooks, as the last `backward` left it: torch's `.grad`.
   *
   * @param name a value's name in the file, a hook point's path, or a parameter's (`conv1.weight`)
   * @throws HookscopeError `unknown-layer`, `no-gradient`, `bad-argument` before any `backward`
   */
  async gradient(name: string): Promise<Tensor> {
    this.check()
    const value = this.points.parameters.get(name) ?? this.points.value(name)
    const { gradients } = this
    if (!gradients) throw new HookscopeError('bad-argument', 'There is no gradient before backward(). Call it first.')
    await differentiate(this.pass, gradients, [value])
    return gradients.tensor(value)
  }

  /**
   * A value of the forward pass, worked out from what was saved where it was not saved itself.
   *
   * @param name a value's name in the file, or a hook point's path
   * @throws HookscopeError `unknown-layer`
   */
  async value(name: string): Promise<Tensor> {
    this.check()
    const value = this.points.value(name)
    const { scene, executor } = this.pass
    if (scene.wiring.parameters.has(value)) return readParameter(scene, executor, value)
    const { outputs } = scene
    const here = outputs.get(value) ?? value
    await compute(this.pass, [here])
    return this.pass.values.tensor(here)
  }

  /** Lets go of everything that the engine holds for this run. */
  dispose(): void {
    this.disposed = true
    this.gradients?.dispose()
    this.pass.values.dispose()
  }

  private check(): void {
    if (this.disposed) throw new HookscopeError('bad-argument', 'The run was disposed of. Call forward() for another.')
  }

  private seed(target: BackwardTarget | undefined): Tensor {
    const { dims } = this.logits
    const size = sizeOf(dims)
    if (target === undefined) {
      if (size === 1) return { dims, data: Float32Array.of(1) }
      throw new HookscopeError(
        'bad-argument',
        `Of ${size} logits, say which: backward({ class }) or backward({ seed }).`,
      )
    }
    if ('seed' in target) {
      if (target.seed.dims.join() === dims.join() && target.seed.data.length === size) return target.seed
      throw new HookscopeError(
        'bad-argument',
        `The seed is [${target.seed.dims.join(', ')}] with ${target.seed.data.length} values where the logits are [${dims.join(', ')}].`,
      )
    }
    const classes = dims[1] ?? size
    const data = new Float32Array(size)
    for (const index of typeof target.class === 'number' ? [target.class] : target.class) {
      if (!Number.isInteger(index) || index < 0 || index >= classes)
        throw new HookscopeError('unknown-class', `There is no class ${index}: the network has 0 to ${classes - 1}.`)
      for (let row = 0; row < size; row += classes) data[row + index] = 1
    }
    return { dims, data }
  }
}
