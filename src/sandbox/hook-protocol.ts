/** Messages between the page and the worker that runs a hook. */

/** A hook to run, as text, with what it is called with. */
export interface HookAsked {
  readonly code: string
  readonly args: readonly unknown[]
}

/** Its result. */
export type HookAnswer =
  /** Null where it returned nothing. */
  | { readonly values: Float32Array | null }
  /** It returned another kind of thing: which. */
  | { readonly returned: string }
  | { readonly failed: 'read' | 'run'; readonly message: string; readonly line: number | null }

/** Characters of a message that are told. */
export const MOST_TOLD = 1000
