import { type Answered, answered } from '../analysis/activation'
import type { AnalyzedModel, Layout } from '../analysis/analyze'
import { untold } from '../analysis/inputs'
import { rowValues } from '../analysis/row'
import { HookscopeError } from '../errors'
import type { Program } from '../graph/program'
import { sizeOf } from '../graph/tensors'
import { nodeLabel } from '../graph/types'
import { knownInput, type Plan, planNetwork } from './plan'
import { Programs } from './programs'
import { Run } from './run'
import type { Runtime, TensorHandle } from './runtime'
import { Sessions } from './sessions'

/** Sessions for hook points that the plan does not cover, kept by what they compute. */
const EXTRA_SESSIONS = 8

/** A network that is ready to run: its planned programs in one session, and a few small ones made on demand. */
export class Network {
  private readonly extra = new Sessions(EXTRA_SESSIONS)
  private behind: { readonly key: string; readonly programs: Programs } | undefined
  /** One at a time: the session of `behind` must not be let go while it runs. */
  private turn: Promise<unknown> = Promise.resolve()

  private constructor(
    readonly analyzed: AnalyzedModel,
    readonly plan: Plan,
    readonly runtime: Runtime,
    private readonly planned: Programs,
  ) {}

  /**
   * Compiles a network's programs.
   *
   * @throws HookscopeError `engine-failed` where ONNX Runtime refuses the file
   */
  static async create(analyzed: AnalyzedModel, runtime: Runtime): Promise<Network> {
    const plan = planNetwork(analyzed)
    const programs = [plan.forward, ...plan.segments.values()]
    return new Network(analyzed, plan, runtime, await compile(analyzed, programs, runtime))
  }

  get layout(): Layout {
    return this.analyzed.layout
  }

  /**
   * Runs the forward program once and keeps what the maps of any layer and class will read.
   *
   * @param input one picture as the network takes it, row-major and normalised as it was trained: [C, H, W] or
   * [H, W, C]. A batch that the file fixes is filled with it.
   * @throws HookscopeError `bad-argument` where its values are not as many, or a further input was not told
   */
  async forward(input: Float32Array): Promise<Run> {
    const image = this.image(input)
    const results = await this.execute(this.plan.forward, async () => image)
    results.set(this.layout.input.name, image)
    return Run.start(this, results, input)
  }

  /**
   * Runs the forward program for its answer alone.
   *
   * @param input as of `forward`
   * @returns NaN where the network gives it
   */
  async answer(input: Float32Array): Promise<Answered> {
    const image = this.image(input)
    const held = await this.planned.run(0, async () => image, new Set([this.analyzed.logits]))
    const logits = held.get(this.analyzed.logits)
    if (!logits) throw new Error('the forward program gave no logits')
    const { answer } = this.layout
    const found = answered(rowValues(await logits.read(), answer.row), answer)
    logits.dispose()
    image.dispose()
    return found
  }

  private image(input: Float32Array): TensorHandle {
    const { input: picture, further } = this.layout
    const { type, shape, batch } = picture
    const missing = untold(further)
    if (missing) throw missing
    if (input.length * batch !== sizeOf(shape))
      throw new HookscopeError(
        'bad-argument',
        `The input has ${input.length} values where the network takes ${shape.join(' × ')} = ${sizeOf(shape)}.`,
      )
    return this.runtime.numbers(type, repeated(input, batch), shape)
  }

  /**
   * Runs one program on the values that `held` gives by name.
   *
   * @param analyzed model of a changed network where the program is one of its own
   */
  async execute(
    program: Program,
    held: (name: string) => Promise<TensorHandle>,
    analyzed = this.analyzed,
  ): Promise<Map<string, TensorHandle>> {
    const index = this.planned.indexOf(program)
    const results = await (index >= 0
      ? this.planned.run(index, held)
      : this.extra.use(
          `${program.inputs.join()} → ${program.outputs.join()}`,
          () => compile(analyzed, [program], this.runtime),
          programs => programs.run(0, held),
        ))
    checkShapes(results, analyzed)
    return results
  }

  /**
   * Runs one of the programs that follow from changed values. They may hold all the weights once more, so only those
   * of one set of values are kept; the next let them go before they are compiled.
   *
   * @param key tells the set of changed values
   */
  executeBehind(
    key: string,
    analyzed: AnalyzedModel,
    programs: readonly Program[],
    index: number,
    held: (name: string) => Promise<TensorHandle>,
  ): Promise<Map<string, TensorHandle>> {
    const run = async () => {
      if (this.behind?.key !== key) {
        const before = this.behind?.programs
        this.behind = undefined
        await before?.release()
        this.behind = { key, programs: await compile(analyzed, programs, this.runtime) }
      }
      return this.behind.programs.run(index, held)
    }
    const result = this.turn.then(run)
    this.turn = result.catch(() => undefined)
    return result
  }

  async dispose(): Promise<void> {
    await this.extra.dispose()
    await this.turn
    await this.behind?.programs.release()
    this.behind = undefined
    await this.planned.release()
  }
}

function repeated(values: Float32Array, times: number): Float32Array {
  if (times === 1) return values
  const all = new Float32Array(values.length * times)
  for (let i = 0; i < times; i++) all.set(values, i * values.length)
  return all
}

/**
 * The shapes that a file states may be out of date, and ONNX Runtime joins Pad to a pool with `ceil_mode` so that it gives
 * another shape: maps are laid over what runs, or not at all.
 */
function checkShapes(results: ReadonlyMap<string, TensorHandle>, { shapes, graphIndex }: AnalyzedModel): void {
  for (const [name, { dims }] of results) {
    const expected = shapes.get(name)?.dims
    if (!expected || sameDims(expected, dims)) continue
    for (const held of results.values()) held.dispose()
    const maker = graphIndex.producer.get(name)
    throw new HookscopeError(
      'bad-model',
      `${maker ? nodeLabel(maker) : `"${name}"`} gave a value of [${dims.join(', ')}], where the file or its operators say [${expected.join(', ')}]. Either the shapes that the file states are wrong, or the engine runs this operator in another way, so no map can be drawn. Export the file again.`,
    )
  }
}

const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])

function compile(analyzed: AnalyzedModel, programs: readonly Program[], runtime: Runtime): Promise<Programs> {
  return Programs.compile(analyzed.graphIndex, programs, value => knownInput(analyzed, value), analyzed.shapes, runtime)
}
