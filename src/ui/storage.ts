import type { StateStorage } from 'zustand/middleware'
import { isFull } from '../catalog/file-store'

/** Why the browser keeps nothing: its settings forbid it, or there is no room. */
export type Refusal = 'blocked' | 'full'

/**
 * Texts that the page keeps from visit to visit, under names. A browser may refuse it, by throwing wherever it is touched; then
 * it lasts as long as the page, and `refusal` says why. Nothing here throws.
 */
export class PageStorage implements StateStorage {
  readonly #open: () => Storage
  readonly #listeners = new Set<() => void>()
  /** Texts that the browser did not take; null where it did not delete. */
  readonly #memory = new Map<string, string | null>()
  #refusal: Refusal | null = null

  /** @param open gives the browser's own storage, where it does */
  constructor(open: () => Storage) {
    this.#open = open
  }

  get refusal(): Refusal | null {
    return this.#refusal
  }

  getItem(name: string): string | null {
    const kept = this.#memory.get(name)
    return kept !== undefined ? kept : (this.#try(storage => storage.getItem(name))?.value ?? null)
  }

  setItem(name: string, value: string): void {
    if (this.#try(storage => storage.setItem(name, value))) this.#memory.delete(name)
    else this.#memory.set(name, value)
  }

  removeItem(name: string): void {
    if (this.#try(storage => storage.removeItem(name))) this.#memory.delete(name)
    else this.#memory.set(name, null)
  }

  /** Calls the listener when the browser refuses for the first time. @returns ends that */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @returns null where the browser refuses */
  #try<T>(use: (storage: Storage) => T): { readonly value: T } | null {
    try {
      return { value: use(this.#open()) }
    } catch (error) {
      this.#refuse(isFull(error) ? 'full' : 'blocked')
      return null
    }
  }

  #refuse(refusal: Refusal): void {
    if (this.#refusal) return
    this.#refusal = refusal
    for (const listener of this.#listeners) listener()
  }
}

/** The page's own. */
export const pageStorage = new PageStorage(() => localStorage)
