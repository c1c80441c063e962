import type { GraphIndex } from '../graph/graph-index'
import type { Program } from '../graph/program'
import type { ValueInfo } from '../graph/shapes'
import { writeApart } from '../onnx/write'
import { type Bundle, bundle } from './bundle'
import type { Compiled, Runtime, TensorHandle } from './runtime'

/** Several programs in one session, with one copy of the weights. */
export class Programs {
  /** Switches off and empty inputs: what a run does not need. */
  private readonly idle: ReadonlyMap<string, TensorHandle>

  private constructor(
    private readonly programs: readonly Program[],
    private readonly bundle: Bundle,
    private readonly runtime: Runtime,
    private readonly compiled: Compiled,
  ) {
    const off = bundle.programs.map((program): [string, TensorHandle] => [program.switch, runtime.truth(false)])
    const empty = bundle.inputs.map((input): [string, TensorHandle] => [
      input.name,
      runtime.nothing(input.type, input.rank),
    ])
    this.idle = new Map([...off, ...empty])
  }

  /**
   * @param known what is known of each value that a program is fed
   * @param shapes what is known of the network's values
   * @throws HookscopeError `engine-failed` where ONNX Runtime refuses a program
   */
  static async compile(
    graphIndex: GraphIndex,
    programs: readonly Program[],
    known: (value: string) => ValueInfo,
    shapes: ReadonlyMap<string, ValueInfo>,
    runtime: Runtime,
  ): Promise<Programs> {
    const made = bundle(graphIndex, programs, known, shapes)
    const { model, weights } = writeApart(made.graph)
    return new Programs(programs, made, runtime, await runtime.compile(model, weights))
  }

  /** Place of a program among those compiled, −1 where it is none of them. */
  indexOf(program: Program): number {
    return this.programs.indexOf(program)
  }

  /**
   * Runs one of the programs.
   *
   * @param index which; @param held gives what the program is fed, by name; @param wanted some of its outputs, else all
   * @returns its outputs by name
   */
  async run(
    index: number,
    held: (name: string) => Promise<TensorHandle>,
    wanted?: ReadonlySet<string>,
  ): Promise<Map<string, TensorHandle>> {
    const names = this.bundle.programs[index]
    if (!names) throw new Error('a bundle holds no such program')
    const feeds = new Map(this.idle).set(names.switch, this.runtime.truth(true))
    for (const [value, name] of names.feeds) feeds.set(name, await held(value))
    const fetches = [...names.fetches].filter(([value]) => wanted?.has(value) ?? true)
    const results = await this.compiled.run(
      feeds,
      fetches.map(([, name]) => name),
    )
    return new Map(
      fetches.flatMap(([value, name]) => {
        const result = results.get(name)
        return result ? [[value, result] as const] : []
      }),
    )
  }

  release(): Promise<void> {
    return this.compiled.release()
  }
}
