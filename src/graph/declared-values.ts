import type { ValueInfo } from './shape-rules'
import type { Port } from './types'

/** The shapes that a file declares for its values, its symbols bound to numbers as the shapes become known. */
export class DeclaredValues {
  /** Whether something was known otherwise than the file says. */
  contradicted = false
  private readonly ports: ReadonlyMap<string, Port>
  private readonly symbols = new Map<string, number>()

  /**
   * @param told values inside and outputs
   * @param inputs the graph's inputs, whose open sizes have names
   * @param given shape of each
   */
  constructor(told: readonly Port[], inputs: readonly Port[], given: ReadonlyMap<string, readonly number[]>) {
    this.ports = new Map(told.map(port => [port.name, port]))
    for (const port of inputs) this.bind(port, given.get(port.name) ?? [])
  }

  /**
   * The shape that the file declares for a value; undefined where it declares none, or leaves a size open.
   *
   * @param known what is known of it otherwise
   */
  of(name: string, known: ValueInfo | undefined): ValueInfo | undefined {
    const port = this.ports.get(name)
    if (!port) return undefined
    if (known) {
      this.bind(port, known.dims)
      return known
    }
    const dims = port.dims.flatMap(size => this.said(size) ?? [])
    return dims.length === port.dims.length ? { type: port.type, dims } : undefined
  }

  private bind(port: Port, dims: readonly number[]): void {
    if (port.dims.length !== dims.length) this.contradicted = true
    port.dims.forEach((size, axis) => {
      const found = dims[axis]
      const said = this.said(size)
      if (found === undefined) return
      if (said !== undefined && said !== found) this.contradicted = true
      if (typeof size === 'string' && size !== '') this.symbols.set(size, found)
    })
  }

  /** Some exporters write 0 for a size that is open. */
  private said(size: Port['dims'][number]): number | undefined {
    return typeof size === 'string' ? this.symbols.get(size) : size || undefined
  }
}
