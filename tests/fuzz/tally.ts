/** Longer than this is a fault, in milliseconds. */
const TOO_LONG = 5000

/** Counts of what became of mutated files, by kind; what must not be is kept with its number, to be run again. */
export class Tally {
  readonly kinds = new Map<string, number>()
  /** Raw errors, with the number of the file. */
  readonly faults: string[] = []
  /** Files that took longer than 5 s. */
  readonly slow: string[] = []

  /** @param work tells what became of file `number`; what it throws is a raw error */
  async add(number: number, work: () => string | Promise<string>): Promise<void> {
    const start = performance.now()
    try {
      const kind = await work()
      this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1)
    } catch (error) {
      this.faults.push(`${number}: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
    }
    const ms = performance.now() - start
    if (ms > TOO_LONG) this.slow.push(`${number}: ${(ms / 1000).toFixed(1)} s`)
  }

  print(title: string): void {
    const lines = [...this.kinds].sort(([, a], [, b]) => b - a).map(([kind, count]) => `  ${count} ${kind}`)
    lines.push(`  ${this.faults.length} raw errors`, `  ${this.slow.length} over 5 s`)
    process.stdout.write(`${title}\n${lines.join('\n')}\n`)
    for (const fault of [...this.faults, ...this.slow].slice(0, 20)) process.stdout.write(`    ${fault}\n`)
  }
}
