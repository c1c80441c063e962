import { INPUT, type Method, type OptionValues, readsLayer } from '../attribution/method'
import { defaultLayer, findMethod, optionsOf } from '../attribution/methods'
import type { Model } from './model'

/** What a command is asked for of every picture: every method at every layer for every class. */
export interface Combined {
  /** Ids of methods. */
  readonly method: readonly string[]
  /** Empty: the default hook point. */
  readonly layer: readonly string[]
  readonly class: readonly string[]
}

export interface Combination {
  readonly method: Method
  /** Path of the hook point that is read, or `INPUT`. */
  readonly layer: string
  /** The class as it was asked for. */
  readonly target: string
}

export function combine(
  model: Model,
  { method: methods, layer: layers, class: targets }: Combined,
): readonly Combination[] {
  const facts = { ...model.analyzed.layout, layer: model.layer }
  const layersOf = (method: Method): readonly string[] => {
    if (!readsLayer(method)) return [INPUT]
    return layers.length > 0 ? layers : [defaultLayer(method, facts)]
  }
  return methods
    .map(findMethod)
    .flatMap(method => layersOf(method).flatMap(layer => targets.map(target => ({ method, layer, target }))))
}

type Owner = Pick<Method, 'label' | 'options'>
type Given = OptionValues | undefined

/** Several may be asked for at once: an option goes to those that have it. */
export const ownOptions = ({ options = {} }: Owner, given: Given) =>
  Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => Object.hasOwn(options, name)))

/** @throws HookscopeError 'bad-argument' where an option belongs to none of them, or its value is outside of its bounds */
export function checkOptions(all: readonly Owner[], option: Given = {}): void {
  for (const name of Object.keys(option)) {
    const owners = all.filter(({ options = {} }) => Object.hasOwn(options, name))
    const [first] = owners.length > 0 ? owners : all
    if (first) optionsOf(first, { [name]: option[name] ?? Number.NaN })
  }
}
