import { HookscopeError } from '../errors'
import type { Program } from '../graph/program'
import { sizeOf } from '../graph/tensors'
import type { Blueprint, Layout } from './layout'
import { knownInput, type Plan, planNetwork } from './plan'
import { Programs } from './programs'
import { Run } from './run'
import type { Held, Runtime } from './runtime'

/** Sessions for hook points that the plan does not cover, kept by what they compute. */
const EXTRA_SESSIONS = 8

/** A network that is ready to run: its planned programs in one session, and a few small ones made on demand. */
export class Network {
  private readonly extra = new Map<string, Promise<Programs>>()

  private constructor(
    readonly blueprint: Blueprint,
    readonly plan: Plan,
    readonly runtime: Runtime,
    private readonly planned: Programs,
  ) {}

  /**
   * Compiles a network's programs.
   *
   * @throws HookscopeError `engine-failed` where ONNX Runtime refuses the file
   */
  static async create(blueprint: Blueprint, runtime: Runtime): Promise<Network> {
    const plan = planNetwork(blueprint)
    const programs = [plan.forward, ...(plan.classWeights ? [plan.classWeights] : []), ...plan.segments.values()]
    const known = (value: string) => knownInput(blueprint, plan, value)
    const planned = await Programs.compile(blueprint.wiring, programs, known, runtime)
    return new Network(blueprint, plan, runtime, planned)
  }

  get layout(): Layout {
    return this.blueprint.layout
  }

  /**
   * Runs the forward program once and keeps what the maps of any layer and class will read.
   *
   * @param input [1, 3, H, W] row-major, normalised as the network was trained
   */
  async forward(input: Float32Array): Promise<Run> {
    const { name, shape } = this.layout.input
    if (input.length !== sizeOf(shape))
      throw new HookscopeError(
        'bad-argument',
        `The input has ${input.length} values where the network takes ${shape.join(' × ')} = ${sizeOf(shape)}.`,
      )
    const image = this.runtime.float(input, shape)
    const results = await this.execute(this.plan.forward, async () => image)
    results.set(name, image)
    return Run.start(this, results)
  }

  /** Runs one program on the values that `held` gives by name. */
  async execute(program: Program, held: (name: string) => Promise<Held>): Promise<Map<string, Held>> {
    const index = this.planned.indexOf(program)
    return index >= 0 ? this.planned.run(index, held) : (await this.compileExtra(program)).run(0, held)
  }

  async dispose(): Promise<void> {
    const extra = await Promise.allSettled(this.extra.values())
    this.extra.clear()
    await this.planned.release()
    for (const result of extra) if (result.status === 'fulfilled') await result.value.release()
  }

  private async compileExtra(program: Program): Promise<Programs> {
    const key = `${program.inputs.join()} → ${program.outputs.join()}`
    const known = this.extra.get(key)
    this.extra.delete(key)
    const made = known ?? this.compileOne(program)
    this.extra.set(key, made)
    const [oldest] = this.extra
    if (oldest && this.extra.size > EXTRA_SESSIONS) {
      this.extra.delete(oldest[0])
      await (await oldest[1]).release()
    }
    try {
      return await made
    } catch (error) {
      this.extra.delete(key)
      throw error
    }
  }

  private compileOne(program: Program): Promise<Programs> {
    const { blueprint, plan, runtime } = this
    return Programs.compile(blueprint.wiring, [program], value => knownInput(blueprint, plan, value), runtime)
  }
}
