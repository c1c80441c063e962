/** A map in front of another: what is set stays in front, what is not there is looked up behind. Copies nothing. */
export class Layered<K, V> extends Map<K, V> {
  constructor(private readonly behind: ReadonlyMap<K, V>) {
    super()
  }

  override get(key: K): V | undefined {
    return super.get(key) ?? this.behind.get(key)
  }

  override has(key: K): boolean {
    return super.has(key) || this.behind.has(key)
  }
}
