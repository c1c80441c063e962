import { Programs } from '../engine/programs'
import type { Held, Runtime } from '../engine/runtime'
import type { Program } from '../graph/program'
import type { Scene } from './scene'

interface Session {
  readonly programs: Promise<Programs>
  /** Runs under way. */
  users: number
}

/** Compiled programs by what they read and give, so that the same hooks set again cost no new session. */
export class Sessions {
  private readonly kept = new Map<string, Session>()

  constructor(
    readonly runtime: Runtime,
    private limit: number,
  ) {}

  /** Sessions that are held now. */
  get size(): number {
    return this.kept.size
  }

  /**
   * @param held gives what the program is fed, by name
   * @throws HookscopeError `engine-failed`
   */
  async run({ wiring, shapes }: Scene, program: Program, held: (name: string) => Held): Promise<Map<string, Held>> {
    const known = (name: string) => ({ type: shapes.get(name)?.type ?? ('float32' as const), dims: held(name).dims })
    const fed = program.inputs.map(name => `${name}[${known(name).dims}]`)
    const key = `${fed.join()} → ${program.outputs.join()}`
    const session = this.kept.get(key) ?? {
      programs: Programs.compile(wiring, [program], known, this.runtime),
      users: 0,
    }
    this.kept.delete(key)
    this.kept.set(key, session)
    session.users++
    try {
      const programs = await session.programs
      return await programs.run(0, async name => held(name))
    } catch (error) {
      this.kept.delete(key)
      throw error
    } finally {
      session.users--
      await this.release()
    }
  }

  /** Those in use go when they are done. */
  dispose(): Promise<void> {
    this.limit = 0
    return this.release()
  }

  private async release(): Promise<void> {
    const idle = [...this.kept].filter(([, session]) => session.users === 0)
    for (const [key, session] of idle.slice(0, Math.max(0, this.kept.size - this.limit))) {
      this.kept.delete(key)
      await session.programs.then(programs => programs.release())
    }
  }
}
