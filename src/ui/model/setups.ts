import * as v from 'valibot'
import { ACTIVATIONS } from '../../analysis/activation'
import { LABEL_SET_NAMES } from '../../catalog/label-sets'
import type { FileFacts, Setup } from '../../catalog/own'
import { printable } from '../../errors'
import { FILTERS } from '../../image/types'

const number = v.pipe(v.number(), v.finite())
const mean = v.pipe(v.array(number), v.minLength(1), v.readonly())
const std = v.pipe(v.array(v.pipe(number, v.gtValue(0))), v.minLength(1), v.readonly())
/** Pixels; of the long side of a very long picture too. */
const side = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1 << 15))

const KeptSetup = v.pipe(
  v.object({
    output: v.nullable(v.string()),
    picture: v.exactOptional(v.nullable(v.string())),
    inputs: v.exactOptional(v.record(v.string(), v.array(number))),
    activation: v.fallback(v.nullable(v.picklist(ACTIVATIONS)), null),
    preprocessing: v.object({
      size: v.pipe(v.tuple([side, side]), v.readonly()),
      shortSide: side,
      range: v.picklist([1, 255]),
      filter: v.exactOptional(v.picklist(FILTERS)),
      mean,
      std,
      channels: v.pipe(v.string(), v.regex(/^[rgbla0]+$/)),
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

/** A sentence about settings that the network cannot be opened without; null where none is missing. */
export function unready({ further, channels: count }: FileFacts, { preprocessing, inputs = {} }: Setup): string | null {
  const open = further
    .filter(({ name, values }) => values === null && !Object.hasOwn(inputs, name))
    .map(({ name }) => `“${printable(name)}”`)
  if (open.length > 0) return `Say what ${open.join(' and ')} ${open.length > 1 ? 'are' : 'is'} fed.`
  return preprocessing.channels === '' ? `Say what each of its ${count} channels is.` : null
}

/** Facts about networks that are kept from visit to visit. */
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
