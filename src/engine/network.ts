import { HookscopeError } from '../errors'
import type { Program } from '../graph/program'
import { sizeOf } from '../graph/tensors'
import { writeOnnx } from '../onnx/write'
import { type Bundle, bundle } from './bundle'
import type { Blueprint, Layout } from './layout'
import { knownInput, type Plan, planNetwork } from './plan'
import { Run } from './run'
import type { Compiled, Held, Runtime } from './runtime'

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
    return new Network(blueprint, plan, runtime, await compile(blueprint, plan, runtime, programs))
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
    const programs = this.planned.has(program) ? this.planned : await this.compileExtra(program)
    return programs.run(program, held)
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
    const made = known ?? compile(this.blueprint, this.plan, this.runtime, [program])
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
}

async function compile(
  blueprint: Blueprint,
  plan: Plan,
  runtime: Runtime,
  programs: readonly Program[],
): Promise<Programs> {
  const made = bundle(blueprint.wiring, programs, name => knownInput(blueprint, plan, name))
  return new Programs(programs, made, runtime, await runtime.compile(writeOnnx(made.graph)))
}

/** The programs of one session. */
class Programs {
  private readonly idle: ReadonlyMap<string, Held>

  constructor(
    private readonly programs: readonly Program[],
    private readonly bundle: Bundle,
    private readonly runtime: Runtime,
    private readonly compiled: Compiled,
  ) {
    const off = bundle.programs.map((program): [string, Held] => [program.switch, runtime.truth(false)])
    const empty = bundle.inputs.map((input): [string, Held] => [input.name, runtime.nothing(input.type, input.rank)])
    this.idle = new Map([...off, ...empty])
  }

  has(program: Program): boolean {
    return this.programs.includes(program)
  }

  async run(program: Program, held: (name: string) => Promise<Held>): Promise<Map<string, Held>> {
    const index = Math.max(
      this.programs.findIndex(({ outputs }) => outputs.join() === program.outputs.join()),
      0,
    )
    const names = this.bundle.programs[index]
    if (!names) throw new Error('a bundle holds no program')
    const feeds = new Map(this.idle).set(names.switch, this.runtime.truth(true))
    for (const [value, name] of names.feeds) feeds.set(name, await held(value))
    const results = await this.compiled.run(feeds, [...names.fetches.values()])
    return new Map(
      [...names.fetches].flatMap(([value, name]) => {
        const result = results.get(name)
        return result ? [[value, result] as const] : []
      }),
    )
  }

  release(): Promise<void> {
    return this.compiled.release()
  }
}
