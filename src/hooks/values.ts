import type { Runtime, TensorHandle } from '../engine/runtime'
import type { ElementType } from '../graph/types'
import type { Tensor } from './types'

/** Tensors by name, held by the engine. */
export class Values {
  private readonly held = new Map<string, TensorHandle>()

  constructor(private readonly runtime: Runtime) {}

  get names(): string[] {
    return [...this.held.keys()]
  }

  has(name: string): boolean {
    return this.held.has(name)
  }

  get(name: string): TensorHandle {
    const held = this.held.get(name)
    if (held) return held
    throw new Error(`"${name}" is not there`)
  }

  /** A copy. */
  async tensor(name: string): Promise<Tensor> {
    const held = this.get(name)
    const numbers = held.type === 'float32' ? await held.read() : await held.numbers()
    return { dims: [...held.dims], data: Float32Array.from(numbers) }
  }

  tensors(names: readonly string[]): Promise<Tensor[]> {
    return Promise.all(names.map(name => this.tensor(name)))
  }

  put(name: string, { dims, data }: Tensor, type: ElementType = 'float32'): void {
    const values = Float32Array.from(data)
    this.keep(name, type === 'float32' ? this.runtime.float(values, dims) : this.runtime.numbers(type, values, dims))
  }

  keep(name: string, held: TensorHandle): void {
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
