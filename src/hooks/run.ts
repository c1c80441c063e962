import type { Answer } from '../analysis/answer'
import { seedOf, termsOf } from '../attribution/target'
import { HookscopeError } from '../errors'
import { isFloat } from '../graph/shapes'
import { sizeOf } from '../graph/tensors'
import { add } from '../tensors/arithmetic'
import { type BackwardHooks, backwardPass, differentiate } from './backward'
import { isTensor } from './call'
import { unsorted } from './class-order'
import { compute, type Pass, type Through } from './forward'
import { readParameter } from './parameters'
import type { Points } from './points'
import type { Classifier } from './read-net'
import type { Tensor } from './types'
import { Values } from './values'

/**
 * The target of the gradient: a class's logit (or the sum of several), or any combination given by a seed. Classes are
 * numbered as the file's output has them; where that is a single number 0 is what it stands for, and 1 its absence.
 */
export type BackwardTarget =
  | { readonly class: number | readonly number[] }
  /** The gradient with respect to the logits, of their shape. */
  | { readonly seed: Tensor }
  /**
   * The gradients at any outputs and values inside, by name, as `torch.autograd.backward([a, b], [v, w])` takes them: it goes back
   * from all of them at once. Where one lies before another, the gradient there is its own and what comes from the other.
   */
  | { readonly seeds: Readonly<Record<string, Tensor>> }

/** Of a network that is no image classifier, each number of a row of its first output counts as a class. */
function inOrder(dims: readonly number[]): Pick<Answer, 'classes' | 'row'> {
  const count = dims[1] ?? sizeOf(dims)
  return { classes: Array.from({ length: count }, (_, index) => ({ index, sign: 1 })), row: { count, stride: 1 } }
}

/** @throws HookscopeError `unknown-class`, `bad-argument` */
function indices(asked: unknown, count: number): readonly number[] {
  const list: readonly unknown[] = Array.isArray(asked) ? asked : [asked]
  if (list.length === 0)
    throw new HookscopeError('bad-argument', 'backward({ class: [] }) names no class. Give the index of one or more.')
  return list.map(one => {
    if (typeof one === 'number' && Number.isInteger(one) && one >= 0 && one < count) return one
    throw new HookscopeError(
      'unknown-class',
      typeof one === 'number'
        ? `There is no class ${one}: the network has 0 to ${count - 1}.`
        : `There is no class “${String(one)}”: a class is an index, here from 0 to ${count - 1}.`,
    )
  })
}

const shown = ({ dims, data }: Tensor): string => `[${dims.join(', ')}] with ${data.length} values`

/** One forward pass: its values, and the backward passes from it. */
export class Run {
  private gradients: Values | undefined
  private disposed = false

  /** @internal The network calls this. */
  constructor(
    private readonly pass: Pass,
    private readonly points: Points,
    private readonly through: Through,
    private readonly hooks: () => BackwardHooks,
    private readonly classifier: Classifier | undefined,
    /** The network's outputs that hold numbers, by their names in the file. */
    readonly outputs: ReadonlyMap<string, Tensor>,
    /**
     * Of an image classifier its logits, before any softmax or sigmoid however that is written, one a class; else the
     * first output.
     */
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
    const seeds = await this.seeds(target)
    this.gradients?.dispose()
    const gradients = new Values(this.pass.executor.runtime)
    this.gradients = gradients
    try {
      await backwardPass(this.pass, this.hooks(), this.through, seeds, gradients)
    } catch (error) {
      gradients.dispose()
      this.gradients = undefined
      throw error
    }
  }

  /**
   * The gradient with respect to a value or parameter, after its hooks, as the last `backward` left it: torch's `.grad`, and 0
   * where that is None because nothing that `backward` began at depends on it.
   *
   * @param name a value's name in the file, a hook point's path, or a parameter's (`conv1.weight`)
   * @throws HookscopeError `unknown-layer`, `no-gradient`, `bad-argument` before any `backward`
   */
  async gradient(name: string): Promise<Tensor> {
    this.check()
    const { gradients, classifier } = this
    const found = this.points.parameters.get(name) ?? this.points.value(name)
    const value = found === classifier?.picture ? classifier.gradientAt : found
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
    const { instrumented, executor } = this.pass
    if (instrumented.graphIndex.parameters.has(value)) return readParameter(instrumented, executor, value)
    const { outputs } = instrumented
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

  /** Shape of the value that gradients are taken of. */
  private get rawDims(): readonly number[] {
    return this.pass.values.get(this.pass.instrumented.target).dims
  }

  private async seeds(target: BackwardTarget | undefined): Promise<ReadonlyMap<string, Tensor>> {
    if (target === undefined || !('seeds' in target))
      return new Map([[this.pass.instrumented.target, this.seed(target)]])
    const seeds = new Map<string, Tensor>()
    for (const [name, seed] of Object.entries(target.seeds)) {
      const value = await this.seeded(name, seed)
      const other = seeds.get(value)
      seeds.set(value, other ? add(other, seed) : seed)
    }
    if (seeds.size > 0) return seeds
    throw new HookscopeError(
      'bad-argument',
      'backward({ seeds: {} }) names no value. Give one or more, each a gradient.',
    )
  }

  /** The value that a seed stands at. @throws HookscopeError `unknown-layer`, `bad-argument` for a seed that does not fit */
  private async seeded(name: string, seed: unknown): Promise<string> {
    const found = this.points.value(name)
    const { latest, shapes } = this.pass.instrumented
    const value = latest.get(found) ?? found
    const dims = shapes.get(value)?.dims ?? (await this.value(name)).dims
    if (!isFloat(shapes.get(value)?.type ?? 'float32'))
      throw new HookscopeError('bad-argument', `"${name}" holds whole numbers, which have no gradient.`)
    if (isTensor(seed) && seed.dims.join() === dims.join() && seed.data.length === sizeOf(dims)) return value
    const given = isTensor(seed) ? shown(seed) : 'no tensor { dims, data }'
    throw new HookscopeError(
      'bad-argument',
      `The seed at "${name}" is ${given} where the value is [${dims.join(', ')}].`,
    )
  }

  private seed(target: Exclude<BackwardTarget, { readonly seeds: unknown }> | undefined): Tensor {
    const { dims } = this.logits
    const size = sizeOf(dims)
    const { answer } = this.classifier ?? {}
    if (target === undefined) {
      if (size === 1) return { dims, data: Float32Array.of(1) }
      throw new HookscopeError(
        'bad-argument',
        `Of ${size} logits, say which: backward({ class }) or backward({ seed }).`,
      )
    }
    if ('seed' in target) {
      const { seed } = target
      if (seed.dims.join() === dims.join() && seed.data.length === size)
        return answer ? unsorted(seed, answer, this.rawDims) : seed
      throw new HookscopeError('bad-argument', `The seed is ${shown(seed)} where the logits are [${dims.join(', ')}].`)
    }
    const rawDims = this.rawDims
    const data = new Float32Array(sizeOf(rawDims))
    const { classes, row } = answer ?? inOrder(dims)
    const wanted = indices(target.class, classes.length).flatMap(index => termsOf({ class: index }, classes))
    for (let place = 0; place < data.length; place += row.count * row.stride)
      data.set(seedOf(wanted, row, row.count * row.stride), place)
    return { dims: rawDims, data }
  }
}
