import { reads, type Wiring } from '../graph/wiring'
import type { ActivationName } from './activation'
import type { Read } from './answer'

/** Words of names that people give to outputs with classes, and to others. */
const OF_CLASSES =
  /^(logits?|prob(s|abilit(y|ies))?|softmax|sigmoid|class(es|ifier|ification)?|scores?|pred(ictions?|s)?|labels?|categor(y|ies))$/
const OF_OTHERS =
  /^(embed(dings?)?|features?|hidden|latent|flat(ten)?|pool(ed|er|ing)?|vectors?|descriptors?|aux|reg(ression|ressor)?|values?|ages?|angles?|steering|poses?|coord(s|inates)?|box(es)?|bbox(es)?|landmarks?|keypoints?|quality|distances?|depth|counts?|reward)$/

const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)

const isCalled = (name: string, words: RegExp): boolean => wordsOf(name).some(word => words.test(word))

/** How likely an output holds the classes, and the strongest sign of it. */
export function likelihoodOf(
  { output, logits, steps, odd, count }: Read,
  all: readonly Read[],
  wiring: Wiring,
  labels: number | undefined,
): { readonly rank: number; readonly because: string } {
  const fits = labels !== undefined && (labels === count || (count === 1 && labels === 2))
  const later = all.some(other => isBefore(other.logits, all, wiring)) ? 'it follows from another output' : undefined
  const signs = [
    { holds: !odd, weight: 100, because: undefined },
    { holds: fits, weight: 40, because: `it has as many classes as there are names, ${labels}` },
    { holds: steps.length > 0, weight: 20, because: `it comes after a ${steps.at(-1)?.kind}` },
    { holds: !isBefore(logits, all, wiring), weight: 10, because: later },
    { holds: isCalled(output, OF_CLASSES), weight: 6, because: 'its name says so' },
    { holds: !isCalled(output, OF_OTHERS), weight: 3, because: 'the names of the others say that they are none' },
    { holds: count > 1, weight: 1, because: 'it has more than one number' },
  ].filter(({ holds }) => holds)
  const only = all.length === 1 ? 'it is the only one with scores' : undefined
  return {
    rank: signs.reduce((sum, { weight }) => sum + weight, 0),
    because: only ?? signs.find(({ because }) => because !== undefined)?.because ?? 'it comes first',
  }
}

/** Whether another output follows from these logits through a layer: then they are what it is made of. */
function isBefore(logits: string, all: readonly Read[], wiring: Wiring): boolean {
  const seen = new Set<string>()
  const pending = all.flatMap(({ logits: other, rows }) => (rows.includes(logits) ? [] : [other]))
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value === logits) return true
    const node = wiring.producer.get(value)
    for (const input of node && !seen.has(value) ? reads(node) : []) pending.push(input)
    seen.add(value)
  }
  return false
}

/** Operators that bound or bend numbers as no logits are. */
const BENDING: ReadonlySet<string> = new Set(['Tanh', 'Softplus', 'Exp', 'HardSigmoid', 'Softsign'])

/**
 * What numbers without softmax or sigmoid are taken for: several for logits of classes of which one is true, as most
 * classifiers are exported, unless their name or last operator speaks against it; a single one for itself, for nobody can
 * tell a logit from an age.
 */
export function habitOf({ output, scores, count }: Read, wiring: Wiring): ActivationName {
  const isOther = isCalled(output, OF_OTHERS) && !isCalled(output, OF_CLASSES)
  return count === 1 || isOther || BENDING.has(wiring.producer.get(scores)?.op ?? '') ? 'none' : 'softmax'
}
