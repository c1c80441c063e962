import { Programs } from '../engine/programs'
import type { Runtime, TensorHandle } from '../engine/runtime'
import { Sessions } from '../engine/sessions'
import type { Program } from '../graph/program'
import type { InstrumentedGraph } from './instrumented-graph'

/** Runs programs, each compiled once for what it reads and gives: the same hooks set again cost no new session. */
export class Executor {
  private readonly sessions: Sessions
  /** Programs that are expected to run one after another, by the key of each; compiled together when the first of them runs. */
  private expected = new Map<
    string,
    { readonly programs: readonly Program[]; readonly index: number; readonly key: string }
  >()

  /** @param limit sessions that are kept */
  constructor(
    readonly runtime: Runtime,
    limit: number,
  ) {
    this.sessions = new Sessions(limit)
  }

  /** Sessions that are held now. */
  get size(): number {
    return this.sessions.size
  }

  /** Says which programs will run, so that they are compiled as one, with one copy of the weights. */
  expect({ shapes }: InstrumentedGraph, programs: readonly Program[]): void {
    this.expected = new Map()
    const known = (name: string) => shapes.get(name)?.dims
    if (programs.length < 2 || programs.some(({ inputs }) => inputs.some(name => !known(name)))) return
    const keys = programs.map(program => keyOf(program, name => known(name) ?? []))
    this.expected = new Map(keys.map((key, index) => [key, { programs, index, key: keys.join(' | ') }]))
  }

  /**
   * @param held gives what the program is fed, by name
   * @throws HookscopeError `engine-failed`
   */
  run(
    { graphIndex, shapes }: InstrumentedGraph,
    program: Program,
    held: (name: string) => TensorHandle,
  ): Promise<Map<string, TensorHandle>> {
    const key = keyOf(program, name => held(name).dims)
    const group = this.expected.get(key) ?? { programs: [program], index: 0, key }
    const isGroup = group.programs.length > 1
    const known = (name: string) => ({
      type: shapes.get(name)?.type ?? ('float32' as const),
      dims: isGroup ? (shapes.get(name)?.dims ?? []) : held(name).dims,
    })
    return this.sessions.use(
      group.key,
      () => Programs.compile(graphIndex, group.programs, known, shapes, this.runtime),
      programs => programs.run(group.index, async name => held(name)),
    )
  }

  /** Sessions in use go when they are done. */
  dispose(): Promise<void> {
    return this.sessions.dispose()
  }
}

const keyOf = ({ inputs, outputs }: Program, dims: (name: string) => readonly number[]): string =>
  `${inputs.map(name => `${name}[${dims(name)}]`).join()} → ${outputs.join()}`
