import type { Held, Runtime } from '../engine/runtime'
import type { Tensor } from './types'

/** Tensors by name, held by the engine. */
export class Values {
  private readonly held = new Map<string, Held>()

  constructor(private readonly runtime: Runtime) {}

  get names(): string[] {
    return [...this.held.keys()]
  }

  has(name: string): boolean {
    return this.held.has(name)
  }

  get(name: string): Held {
    const held = this.held.get(name)
    if (held) return held
    throw new Error(`"${name}" is not there`)
  }

  /** A copy. */
  async tensor(name: string): Promise<Tensor> {
    const held = this.get(name)
    return { dims: [...held.dims], data: Float32Array.from(await held.read()) }
  }

  tensors(names: readonly string[]): Promise<Tensor[]> {
    return Promise.all(names.map(name => this.tensor(name)))
  }

  put(name: string, { dims, data }: Tensor): void {
    this.keep(name, this.runtime.float(Float32Array.from(data), dims))
  }

  keep(name: string, held: Held): void {
    this.held.get(name)?.dispose()
    this.held.set(name, held)
  }

  drop(names: Iterable<string>): void {
    for (const name of names) {
      this.held.get(name)?.dispose()
      this.held.delete(name)
    }
  }

  dispose(): void {
    this.drop(this.names)
  }
}
