import { random } from '../support/build'

/** Everything that is drawn of one network comes from here: the same seed draws the same network. */
export class Dice {
  private readonly next: ReturnType<typeof random>

  constructor(seed: number | string) {
    this.next = random(seed)
  }

  /** A whole number, both ends possible. */
  int(from: number, to: number): number {
    return from + Math.floor((this.next(1, 0, 1)[0] ?? 0) * (to - from + 1) * 0.999999)
  }

  chance(share: number): boolean {
    return (this.next(1, 0, 1)[0] ?? 0) < share
  }

  of<T>(all: readonly T[]): T {
    const found = all[this.int(0, all.length - 1)]
    if (found === undefined) throw new Error('nothing to draw from')
    return found
  }

  floats(count: number, from: number, to: number): Float64Array {
    return this.next(count, from, to)
  }
}
