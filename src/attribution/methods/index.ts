/// <reference types="vite/types/importMeta.d.ts" />
import { HookscopeError } from '../../errors'
import type { Method, NetworkFacts } from '../method'

const files = import.meta.glob<{ readonly default: Method }>(['./*.ts', '!./index.ts'], { eager: true })

/** Every file of this folder is a method. In the order in which menus and documents have them. */
export const METHODS: readonly Method[] = Object.values(files)
  .map(file => file.default)
  .sort((a, b) => a.order - b.order)

export const METHOD_IDS: readonly string[] = METHODS.map(({ id }) => id)

/** Where nothing else is asked for. */
export const DEFAULT_METHOD = 'gradcam'

/** @throws HookscopeError `bad-argument` */
export function findMethod(id: string): Method {
  const found = METHODS.find(method => method.id === id)
  if (found) return found
  throw new HookscopeError('bad-argument', `There is no method "${id}". Choose one of ${METHOD_IDS.join(', ')}.`)
}

/** Where a method is read unless a layer is chosen. */
export const defaultLayer = (method: Method, network: NetworkFacts): string =>
  method.defaultLayer?.(network) ?? network.layer

/** Whether a network has a method where it is read by default. */
export function availableIn(method: Method, network: NetworkFacts) {
  const path = defaultLayer(method, network)
  const point = network.hookPoints.find(point => point.path === path)
  return point ? method.available(network, point) : network.inputGradient
}
