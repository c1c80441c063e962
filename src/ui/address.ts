import { METHOD_IDS } from '../attribution/methods'
import type { NetworkEntry } from '../catalog/catalog'
import type { AskedChoice } from './store/seeing'
import type { Settings } from './store/settings'

export interface Asked {
  readonly network: string
  readonly settings: Partial<Settings>
  readonly choice: AskedChoice
}

/**
 * What the page's address asks for: `?network=resnet18&engine=wasm`, and of what is seen first
 * `method=guided`, `layer=layer3`, `class=25`. What is not known is left out.
 */
export function readAddress(search: string, networks: readonly NetworkEntry[]): Asked {
  const query = new URLSearchParams(search)
  const network = networks.find(({ id }) => id === query.get('network')) ?? networks[0]
  const engine = (['auto', 'webgpu', 'wasm'] as const).find(name => name === query.get('engine'))
  const method = METHOD_IDS.find(name => name === query.get('method'))
  const layer = query.get('layer')
  const target = query.get('class')
  return {
    network: network?.id ?? '',
    settings: engine ? { engine } : {},
    choice: {
      ...(method && { method }),
      ...(layer && { layer }),
      ...(target && /^\d+$/.test(target) && { target: Number(target) }),
    },
  }
}

/** Which lesson of Learn an address's hash names, from 1: `#learn/3`; `#learn` is the first. Null where it names none. */
export function lessonOf(hash: string): number | null {
  const match = /^#learn(?:\/([1-9]\d*))?$/.exec(hash)
  return match && Number(match[1] ?? 1)
}
