import { Dice } from './dice'
import { draw } from './draw'
import { dress } from './dress'
import { judge, type Outcome } from './judge'

/** What became of many drawn networks. */
export interface Verdict {
  readonly count: Readonly<Record<Outcome['kind'], number>>
  readonly maps: number
  /** One line each: how to draw it again, what is wrong, what it is made of. */
  readonly wrong: readonly string[]
  /** What was refused, the whole file or a map, by how often. */
  readonly refusals: ReadonlyMap<string, number>
}

/** Draws networks and holds each against the evaluator. @param only the number of one to draw again */
export async function fuzzClassifiers(
  count: number,
  seed: number,
  only?: number,
  say: (line: string) => void = () => {},
): Promise<Verdict> {
  const kinds: Record<Outcome['kind'], number> = { right: 0, refused: 0, edge: 0, wrong: 0 }
  const refusals = new Map<string, number>()
  const wrong: string[] = []
  let maps = 0
  const [from, to] = only === undefined ? [0, count] : [only, only + 1]
  for (let k = from; k < to; k++) {
    const dressed = dress(draw(`${seed}:${k}`), new Dice(`dress ${seed}:${k}`))
    const outcome = await judge(dressed)
    const again = `--seed ${seed} --only ${k}`
    const parts = dressed.drawn.parts.join(', ')
    kinds[outcome.kind]++
    if (outcome.kind === 'wrong') {
      wrong.push(`${again}: ${outcome.what} (${parts})`)
      say(`WRONG ${wrong.at(-1)}`)
    }
    if (outcome.kind === 'right') maps += outcome.maps
    for (const sentence of refused(outcome)) {
      const kind = sentence.replace(/"[^"]*"|\[[^\]]*\]/g, '…').replace(/[a-z_]+_\d+|opset \d+/g, '…')
      refusals.set(kind, (refusals.get(kind) ?? 0) + 1)
      if (refusals.get(kind) === 1) say(`refused ${again}: ${sentence} (${parts})`)
    }
    if (only !== undefined) say(`${JSON.stringify(outcome)} (${parts})`)
  }
  return { count: kinds, maps, wrong, refusals }
}

function refused(outcome: Outcome): readonly string[] {
  if (outcome.kind === 'refused') return [`the file: ${outcome.sentence}`]
  return outcome.kind === 'right' ? outcome.refusals : []
}
