import { METHOD_IDS } from '../attribution/methods'
import type { NetworkEntry } from '../catalog/catalog'
import { printable } from '../errors'
import type { EngineChoice } from '../worker/protocol'
import type { AskedChoice } from './store/seeing'

const ENGINES: readonly EngineChoice[] = ['auto', 'webgpu', 'wasm']

export interface Asked {
  readonly network: string
  readonly engine: EngineChoice | undefined
  readonly choice: AskedChoice
  /** Sentences about things that the address asks for and that are not known. */
  readonly faults: readonly string[]
}

/**
 * The choices in the page's address: `?network=resnet18&engine=wasm`, and of what is seen first
 * `method=guided`, `layer=layer3`, `class=25`.
 */
export function readAddress(search: string, networks: readonly NetworkEntry[]): Asked {
  const query = new URLSearchParams(search)
  const faults: string[] = []
  const oneOf = <T extends string>(name: string, known: readonly T[]): T | undefined => {
    const asked = query.get(name)
    const found = known.find(id => id === asked)
    if (asked !== null && !found)
      faults.push(`There is no ${name} “${printable(asked)}”. Choose one of ${known.join(', ')}.`)
    return found
  }
  const ids = networks.map(({ id }) => id)
  const network = oneOf('network', ids) ?? ids[0] ?? ''
  const [engine, method] = [oneOf('engine', ENGINES), oneOf('method', METHOD_IDS)]
  const [layer, target] = [query.get('layer'), query.get('class')]
  const index = target !== null && /^\d{1,9}$/.test(target) ? Number(target) : undefined
  if (target && index === undefined)
    faults.push(`A class is asked for by its number, and “${printable(target)}” is none.`)
  const choice = { ...(method && { method }), ...(layer && { layer }), ...(index !== undefined && { target: index }) }
  return { network, engine, choice, faults }
}

/** Which lesson of Learn an address's hash names, from 1: `#learn/3`, `#learn/3?code=…`; `#learn` is the first. Null where it names none. */
export function lessonOf(hash: string): number | null {
  const match = /^#learn(?:\/([1-9]\d*))?(?:\?.*)?$/.exec(hash)
  return match && Number(match[1] ?? 1)
}
