import type { GraphIndex } from '../graph/graph-index'
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
  earlier: ReadonlySet<string>,
  labels: number | undefined,
): { readonly rank: number; readonly because: string } {
  const fits = labels !== undefined && (labels === count || (count === 1 && labels === 2))
  const later = earlier.size > 0 ? 'it follows from another output' : undefined
  const signs = [
    { holds: !odd, weight: 100, because: undefined },
    { holds: fits, weight: 40, because: `it has as many classes as there are names, ${labels}` },
    { holds: steps.length > 0, weight: 20, because: `it comes after a ${steps.at(-1)?.kind}` },
    { holds: !earlier.has(logits), weight: 10, because: later },
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

/** Logits from which another output follows through a layer: they are what it is made of. */
export function earlierLogits(all: readonly Read[], graphIndex: GraphIndex): Set<string> {
  const ends = new Map(all.map(read => [read.logits, read]))
  return new Set(all.map(({ logits }) => logits).filter(logits => leadsToAnother(logits, ends, graphIndex)))
}

function leadsToAnother(logits: string, ends: ReadonlyMap<string, Read>, graphIndex: GraphIndex): boolean {
  const seen = new Set([logits])
  const pending = [logits]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const end = ends.get(value)
    if (end && !end.rows.includes(logits)) return true
    for (const node of graphIndex.consumers.get(value) ?? [])
      for (const output of node.outputs) {
        if (seen.has(output)) continue
        seen.add(output)
        pending.push(output)
      }
  }
  return false
}

/** Operators that bound or bend numbers as no logits are. */
const BENDING: ReadonlySet<string> = new Set(['Tanh', 'Softplus', 'Exp', 'HardSigmoid', 'Softsign'])

/**
 * The meaning of numbers without softmax or sigmoid: several stand for logits of classes of which one is true, as most
 * classifiers are exported, unless their name or last operator speaks against it; a single one for itself, for nobody can
 * tell a logit from an age.
 */
export function habitOf({ output, scores, count }: Read, graphIndex: GraphIndex): ActivationName {
  const isOther = isCalled(output, OF_OTHERS) && !isCalled(output, OF_CLASSES)
  return count === 1 || isOther || BENDING.has(graphIndex.producer.get(scores)?.op ?? '') ? 'none' : 'softmax'
}
