import { planes } from '../analysis/grid'
import { keyOf, seedOf, type Target, termsOf } from '../attribution/target'
import { HookscopeError } from '../errors'
import { gradientOf } from '../grad/backward'
import { type Gate, GRADIENT_KINDS, type GradientKind, STRAIGHT } from '../grad/rules/gated'
import { forwardProgram } from '../graph/program'
import { sizeOf } from '../graph/tensors'
import type { Searched } from './finite'
import type { Course, Seam } from './intervene'
import type { Network } from './network'
import { backwardFrom, frontier, isGate } from './plan'
import { remember } from './remember'
import type { TensorHandle } from './runtime'

/** An AbortSignal fits. Work stops between two programs: a program that runs cannot be stopped. */
export interface Signal {
  readonly aborted: boolean
}

/** The target of gradients, and the rule by which they go back through ReLUs. */
export interface GradientOf {
  readonly kind: GradientKind | 'straight'
  readonly target: Target
}

/** Targets whose gradients are kept at a time: two classes side by side, each in two kinds. */
const KEPT_TARGETS = 4

/**
 * Values and gradients of one picture by name, made on demand, each once, from the nearest that are there. They stay on the
 * engine's side until they are read.
 */
export class Values {
  private readonly values: Map<string, Promise<TensorHandle>>
  /** Gradients by target and value; the targets in the order of their last use. */
  private readonly gradients = new Map<string, Map<string, Promise<TensorHandle>>>()
  private disposed = false
  /** Gradients are this many times as large. */
  scale = 1
  /** Calls under way; what they may still read is freed after the last. */
  private busy = 0
  private garbage: Promise<TensorHandle>[] = []

  constructor(
    private readonly network: Network,
    values: ReadonlyMap<string, TensorHandle>,
    readonly course: Course,
  ) {
    this.values = new Map([...values].map(([name, held]) => [name, Promise.resolve(held)]))
  }

  get isDisposed(): boolean {
    return this.disposed
  }

  /** Those that still hold, for one owner more. */
  async share(stays: (value: string) => boolean): Promise<Map<string, TensorHandle>> {
    const shared = [...this.values]
      .filter(([name]) => stays(name))
      .map(async ([name, value]) => [name, (await value).share()] as const)
    const found = await Promise.allSettled(shared)
    return new Map(found.flatMap(result => (result.status === 'fulfilled' ? [result.value] : [])))
  }

  /** Lets go of everything that is held, once what runs now has ended. */
  dispose(): void {
    this.disposed = true
    const held = [...this.values.values(), ...[...this.gradients.values()].flatMap(map => [...map.values()])]
    this.values.clear()
    this.gradients.clear()
    this.free(held)
  }

  /** Nothing is freed while `work` may read it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.busy++
    try {
      return await work()
    } finally {
      this.busy--
      this.free([])
    }
  }

  private free(held: readonly Promise<TensorHandle>[]): void {
    this.garbage.push(...held)
    if (this.busy > 0) return
    for (const promise of this.garbage) promise.then(value => value.dispose()).catch(() => undefined)
    this.garbage = []
  }

  /** A value's feature maps, [C, H, W]; of a batch the first's. */
  async planes(value: string, held: TensorHandle): Promise<Float32Array> {
    return this.planesOf(value, await held.read())
  }

  /** A gradient's, summed over a batch: every row is the same picture, so this is the gradient of the first row's logit. */
  async gradientPlanes(value: string, held: TensorHandle): Promise<Float32Array> {
    const { batch } = this.network.layout.input
    const values = await held.read()
    if (batch === 1 || held.dims[0] !== batch) return this.planesOf(value, values)
    const size = values.length / batch
    const sum = values.slice(0, size)
    for (let i = size; i < values.length; i++) sum[i % size] = (sum[i % size] ?? 0) + (values[i] ?? 0)
    return this.planesOf(value, sum)
  }

  private planesOf(value: string, values: Float32Array): Float32Array {
    const grid = this.network.analyzed.grids.get(value)
    return grid ? planes(values, grid) : values
  }

  /** A forward value. @throws HookscopeError `engine-failed`, `cancelled` */
  value(name: string): Promise<TensorHandle> {
    return remember(this.values, name, async () => {
      const { graphIndex } = this.course.analyzed
      const program = forwardProgram(graphIndex, new Set(this.values.keys()), [name])
      return this.only(program, input => this.value(input))
    })
  }

  /** The gradient of a target with respect to a value. @throws HookscopeError `no-gradient`, `engine-failed`, `cancelled` */
  gradient(value: string, of: GradientOf, signal?: Signal): Promise<TensorHandle> {
    const known = this.gradientsOf(of)
    return remember(known, value, async () => {
      if (signal?.aborted || this.disposed) throw new HookscopeError('cancelled', 'The map is no longer asked for.')
      const { analyzed, seams } = this.course
      const seam = seams.get(value)
      if (seam) return this.through(seam, of, signal)
      if (value === analyzed.logits) return this.seed(of.target)
      const barriers = new Set([...analyzed.stageValues, analyzed.logits, ...seams.keys()])
      const planned = this.network.plan.segments.get(value)
      const meetsSeam = frontier(analyzed.graphIndex, barriers, value).some(barrier => seams.has(barrier))
      const program = planned && !meetsSeam ? planned : backwardFrom(analyzed, barriers, value)
      return this.only(program, async name => {
        if (isGate(name)) return this.gate(name, of.kind)
        const barrier = [...barriers].find(barrier => gradientOf(barrier) === name)
        return barrier === undefined ? this.value(name) : this.gradient(barrier, of, signal)
      })
    })
  }

  /** The gradient before a change from the one after it. */
  private async through({ path, value, pullback }: Seam, of: GradientOf, signal?: Signal): Promise<TensorHandle> {
    if (!pullback)
      throw new HookscopeError(
        'no-gradient',
        `No gradient passes the change of ${path}, whose derivative is not known. Choose a layer from there on.`,
      )
    const gradient = await this.gradient(value, of, signal)
    return this.network.runtime.float(pullback(await gradient.read()), gradient.dims)
  }

  private gradientsOf({ kind, target }: GradientOf): Map<string, Promise<TensorHandle>> {
    const key = `${kind} ${keyOf(target)} ${this.scale}`
    const known = this.gradients.get(key) ?? new Map<string, Promise<TensorHandle>>()
    this.gradients.delete(key)
    this.gradients.set(key, known)
    const [oldest] = this.gradients
    if (oldest && this.gradients.size > KEPT_TARGETS) {
      this.gradients.delete(oldest[0])
      this.free([...oldest[1].values()])
    }
    return known
  }

  /** d target / d logits, times `scale`. */
  private seed(target: Target): TensorHandle {
    const { analyzed, runtime, layout } = this.network
    const dims = analyzed.shapes.get(analyzed.logits)?.dims ?? []
    const { classes, row } = layout.answer
    const seed = seedOf(termsOf(target, classes), row, sizeOf(dims))
    return runtime.float(
      seed.map(value => value * this.scale),
      dims,
    )
  }

  private gate(name: Gate, kind: GradientOf['kind']): TensorHandle {
    const gates = kind === 'straight' ? STRAIGHT : GRADIENT_KINDS[kind]
    return this.network.runtime.float(Float32Array.of(gates[name]), [1])
  }

  /** A program's only result. */
  private async only(
    program: Parameters<Network['execute']>[0],
    held: (name: string) => Promise<TensorHandle>,
  ): Promise<TensorHandle> {
    if (this.disposed) throw new HookscopeError('cancelled', 'The picture is no longer open.')
    const results = await this.network.execute(program, held, this.course.analyzed)
    const [result] = results.values()
    if (!result) throw new Error('a program gave no result')
    return result
  }

  /** @param target whose gradient is searched */
  searched(target: Target = { class: 0 }): Searched {
    const { analyzed, seams } = this.course
    return {
      analyzed,
      given: new Set([
        ...analyzed.graphIndex.graph.inputs.map(({ name }) => name),
        ...[...seams.values()].map(seam => seam.value),
      ]),
      value: name => this.value(name),
      seed: this.seed(target),
      execute: (program, held) => this.network.execute(program, held, analyzed),
    }
  }
}
