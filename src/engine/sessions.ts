import type { Programs } from './programs'

interface Session {
  readonly programs: Promise<Programs>
  /** Runs under way. */
  users: number
}

/** Compiled programs by what they compute, the least recently used let go first, and none while it runs. */
export class Sessions {
  private readonly kept = new Map<string, Session>()

  /** @param limit how many are kept */
  constructor(private limit: number) {}

  /** Sessions that are held now. */
  get size(): number {
    return this.kept.size
  }

  /**
   * @param key tells what the programs compute; @param compile is called where they are not there
   * @throws HookscopeError `engine-failed`, and what `work` throws
   */
  async use<T>(key: string, compile: () => Promise<Programs>, work: (programs: Programs) => Promise<T>): Promise<T> {
    const session = this.kept.get(key) ?? { programs: compile(), users: 0 }
    this.kept.delete(key)
    this.kept.set(key, session)
    session.users++
    try {
      const programs = await session.programs.catch((error: unknown) => {
        this.kept.delete(key)
        throw error
      })
      return await work(programs)
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
