import * as v from 'valibot'
import { LABEL_SET_NAMES } from '../../catalog/label-sets'
import type { Setup } from '../../catalog/own'

const perColour = v.pipe(v.tuple([v.number(), v.number(), v.number()]), v.readonly())
const count = v.pipe(v.number(), v.integer(), v.minValue(1))

const KeptSetup = v.pipe(
  v.object({
    output: v.nullable(v.string()),
    preprocessing: v.object({
      size: v.pipe(v.tuple([count, count]), v.readonly()),
      shortSide: count,
      range: v.picklist([1, 255]),
      mean: perColour,
      std: perColour,
      channels: v.picklist(['rgb', 'bgr']),
      layout: v.picklist(['nchw', 'nhwc']),
    }),
    resize: v.picklist(['crop', 'squash']),
    labels: v.union([
      v.picklist([...LABEL_SET_NAMES, 'numbers']),
      v.object({ name: v.string(), names: v.array(v.string()) }),
    ]),
  }),
  v.readonly(),
)

/** What is remembered of networks from visit to visit. */
export interface NetworkMemory {
  /** Where downloads come from in place of the catalog's host; empty: from there. */
  readonly mirror: string
  /** How files were set up, by their SHA-256; the latest last. */
  readonly setups: readonly (readonly [sha256: string, setup: Setup])[]
}

const Memory = v.object({
  mirror: v.fallback(v.string(), ''),
  setups: v.fallback(v.array(v.tuple([v.string(), KeptSetup])), []),
})

/** Files that are remembered. */
const MOST = 50

/** @param text what an earlier visit kept; what is not understood counts as nothing */
export function readMemory(text: string | null): NetworkMemory {
  try {
    return v.parse(Memory, JSON.parse(text ?? '{}'))
  } catch {
    return { mirror: '', setups: [] }
  }
}

export function remember(memory: NetworkMemory, sha256: string, setup: Setup): NetworkMemory {
  const others = memory.setups.filter(([known]) => known !== sha256)
  return { ...memory, setups: [...others.slice(1 - MOST), [sha256, setup]] }
}

export function recall({ setups }: NetworkMemory, sha256: string): Setup | undefined {
  return setups.find(([known]) => known === sha256)?.[1]
}
