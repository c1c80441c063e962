/// <reference types="vite/types/importMeta.d.ts" />
import { HookscopeError } from '../../errors'
import { isChoice, type Method, type NetworkFacts, type NumberOption, type Option, type OptionValues } from '../method'

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

/**
 * All options of a method or metric, with its defaults for those that are not asked for.
 *
 * @throws HookscopeError `bad-argument` for one that it has not, or a value outside of its bounds
 */
export function optionsOf(
  of: { readonly label: string; readonly options?: Readonly<Record<string, NumberOption>> },
  asked: OptionValues,
): Readonly<Record<string, number>>
export function optionsOf(of: Pick<Method, 'label' | 'options'>, asked: OptionValues): OptionValues
export function optionsOf(
  { label, options = {} }: Pick<Method, 'label' | 'options'>,
  asked: OptionValues,
): OptionValues | Readonly<Record<string, number>> {
  const names = Object.keys(options)
  for (const name of Object.keys(asked)) {
    if (names.includes(name)) continue
    const has = names.length > 0 ? `It has ${names.join(', ')}.` : 'It has none.'
    throw new HookscopeError('bad-argument', `${label} has no option "${name}". ${has}`)
  }
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const value = asked[name] ?? option.default
      if (allows(option, value)) return [name, value]
      throw new HookscopeError('bad-argument', `${label} takes ${rangeOf(option)} as ${name}, not ${value}.`)
    }),
  )
}

function allows(option: Option, value: number | string): boolean {
  if (isChoice(option)) return option.choices.some(choice => choice === value)
  const { least, most, isWhole } = option
  return typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value))
}

/** The values of an option: `a whole number from 1 to 1000`, `one of black, white`. */
function rangeOf(option: Option): string {
  if (isChoice(option)) return `one of ${option.choices.join(', ')}`
  return `${option.isWhole ? 'a whole number' : 'a number'} from ${option.least} to ${option.most}`
}

/** Whether a network has a method where it is read by default. */
export function availableIn(method: Method, network: NetworkFacts) {
  const path = defaultLayer(method, network)
  const point = network.hookPoints.find(point => point.path === path)
  return point ? method.available(network, point) : network.inputGradient
}
