import type { NetworkEntry } from '../catalog/catalog'
import type { Settings } from './store/settings'

export interface Asked {
  readonly network: string
  readonly settings: Partial<Settings>
}

/** What the page's address asks for: `?network=resnet18&engine=wasm`. What is not known is left out. */
export function readAddress(search: string, networks: readonly NetworkEntry[]): Asked {
  const query = new URLSearchParams(search)
  const network = networks.find(({ id }) => id === query.get('network')) ?? networks[0]
  const engine = (['auto', 'webgpu', 'wasm'] as const).find(name => name === query.get('engine'))
  return { network: network?.id ?? '', settings: engine ? { engine } : {} }
}
