/** Messages between the Learn page and the worker that runs its code. */

/** Numbers to draw; `data` is null where there are too many. */
export interface DrawnTensor {
  readonly dims: readonly number[]
  readonly data: readonly number[] | null
}

/** A value of the network: made once, read by any number of nodes. */
export interface DrawnValue {
  readonly name: string
  readonly role: 'input' | 'parameter' | 'constant' | 'between' | 'output'
  /** Ids of the node that makes it and of those that read it. */
  readonly from: string | null
  readonly to: readonly string[]
  readonly value: DrawnTensor | null
  readonly gradient: DrawnTensor | null
}

/** An operator, or a whole module. */
export interface DrawnNode {
  readonly id: string
  /** Path of the module; empty for an operator that belongs to none. */
  readonly module: string
  /** ONNX type; of a module with several operators, what it holds: "2 Conv, 1 Relu". */
  readonly op: string
}

/** The network as the last pass through it left it. */
export interface Drawing {
  /** Every value with its numbers, or modules with shapes where there are too many. */
  readonly detail: 'values' | 'modules'
  readonly nodes: readonly DrawnNode[]
  readonly values: readonly DrawnValue[]
}

/** The kind of a hook: what it is registered on, and when it is called. */
export type HookKind = 'forward-pre' | 'forward' | 'backward' | 'gradient'

export interface DrawnHook {
  /** From 0, in the order of registration. */
  readonly id: number
  readonly kind: HookKind
  /** Where, as the code wrote it. */
  readonly point: string
  /** Its place in the drawing; null where that is not drawn. */
  readonly at: { readonly node: string } | { readonly value: string } | null
  readonly calls: number
  /** Whether it returned something, which took the place of what it got. */
  readonly changed: boolean
  /** The last tensor that it got, and its result, where they are small. */
  readonly before: DrawnTensor | null
  readonly after: DrawnTensor | null
  /** Switched off by the reader: the code registered it, but it was not called. */
  readonly off: boolean
  /** The code removed it. */
  readonly removed: boolean
}

/** One thing that the code shows. */
export type Shown =
  | { readonly kind: 'text'; readonly label: string; readonly text: string }
  | {
      readonly kind: 'picture'
      readonly label: string
      readonly width: number
      readonly height: number
      /** RGBA */
      readonly data: Uint8ClampedArray<ArrayBuffer>
      /** Whether it is enlarged smoothly or by its pixels. */
      readonly smooth: boolean
    }

/** The result of a run of the code. */
export interface Outcome {
  readonly drawing: Drawing | null
  readonly hooks: readonly DrawnHook[]
  /** Why it broke off, if it did: a sentence, and the line of the code, from 1. */
  readonly failure: { readonly message: string; readonly line: number | null } | null
}

export interface RunRequest {
  readonly id: number
  readonly code: string
  /** Hooks that are switched off. */
  readonly off: readonly number[]
}

/** The sample picture, among the files that may be asked for. */
export const SAMPLE = 'chelsea.png'

/** ONNX Runtime as the sandbox is handed it: its glue's code, and the WASM. */
export interface EngineFiles {
  readonly glue: string
  readonly wasm: ArrayBuffer
}

export type ToWorker =
  /** First of all. */
  | ({ readonly kind: 'engine' } & EngineFiles)
  | ({ readonly kind: 'run' } & RunRequest)
  /** A file that was asked for, or why it cannot be had. */
  | { readonly kind: 'file'; readonly file: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'file'; readonly file: string; readonly problem: string }

export type FromWorker =
  /** The engine is there; from now on every message but `more` is a sign of life of the code. */
  | { readonly kind: 'started'; readonly id: number }
  | { readonly kind: 'progress'; readonly id: number; readonly doing: string }
  | { readonly kind: 'shown'; readonly id: number; readonly shown: Shown }
  /** How many things were left out so far. */
  | { readonly kind: 'more'; readonly id: number; readonly count: number }
  | { readonly kind: 'done'; readonly id: number; readonly outcome: Outcome }
  /** A file that ships; the sandbox fetches nothing itself. */
  | { readonly kind: 'file'; readonly file: string }
