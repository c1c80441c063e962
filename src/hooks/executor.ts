import { Programs } from '../engine/programs'
import type { Runtime, TensorHandle } from '../engine/runtime'
import { Sessions } from '../engine/sessions'
import type { Program } from '../graph/program'
import type { InstrumentedGraph } from './instrumented-graph'

/** Runs programs, each compiled once for what it reads and gives: the same hooks set again cost no new session. */
export class Executor {
  private readonly sessions: Sessions

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

  /**
   * @param held gives what the program is fed, by name
   * @throws HookscopeError `engine-failed`
   */
  run(
    { graphIndex, shapes }: InstrumentedGraph,
    program: Program,
    held: (name: string) => TensorHandle,
  ): Promise<Map<string, TensorHandle>> {
    const known = (name: string) => ({ type: shapes.get(name)?.type ?? ('float32' as const), dims: held(name).dims })
    const fed = program.inputs.map(name => `${name}[${known(name).dims}]`)
    return this.sessions.use(
      `${fed.join()} → ${program.outputs.join()}`,
      () => Programs.compile(graphIndex, [program], known, shapes, this.runtime),
      programs => programs.run(0, async name => held(name)),
    )
  }

  /** Sessions in use go when they are done. */
  dispose(): Promise<void> {
    return this.sessions.dispose()
  }
}
