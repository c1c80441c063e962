import { Command } from 'commander'
import { fuzzClassifiers } from './classifiers'
import { fuzzModels } from './models'
import { fuzzPictures } from './pictures'

interface Options {
  readonly count?: string
  readonly seed: string
  readonly only?: string
}

/** `npm run fuzz`: all of them; `npm run fuzz -- pictures --count 5000 --seed 7 --only 123`: one picture again. */
const KINDS = {
  models: async (count = 5000, seed: number, only?: number) => {
    const tally = await fuzzModels(count, seed, only)
    tally.print(`${count} mutated model files, seed ${seed}`)
    return tally.faults.length + tally.slow.length
  },
  pictures: async (count = 5000, seed: number, only?: number) => {
    const tally = await fuzzPictures(count, seed, only)
    tally.print(`${count} mutated pictures, seed ${seed}`)
    return tally.faults.length + tally.slow.length
  },
  classifiers: async (count = 10_000, seed: number, only?: number) => {
    const say = (line: string) => void process.stdout.write(`${line}\n`)
    const verdict = await fuzzClassifiers(count, seed, only, say)
    for (const [sentence, times] of [...verdict.refusals].sort((a, b) => b[1] - a[1])) say(`${times} × ${sentence}`)
    say(`${count} random classifiers, seed ${seed}: ${JSON.stringify(verdict.count)}, ${verdict.maps} maps compared`)
    return verdict.wrong.length
  },
}

type Kind = keyof typeof KINDS

await new Command('fuzz')
  .argument('[kind]', `one of ${Object.keys(KINDS).join(', ')}; all of them unless given`)
  .option('--count <n>', 'how many of each kind')
  .option('--seed <n>', 'draws others', '1')
  .option('--only <n>', 'runs one of them again')
  .action(async (asked: Kind | undefined, { count, seed, only }: Options) => {
    let failed = 0
    for (const kind of asked ? [asked] : (Object.keys(KINDS) as Kind[]))
      failed += await KINDS[kind](
        count === undefined ? undefined : Number(count),
        Number(seed),
        only === undefined ? undefined : Number(only),
      )
    process.exitCode = failed > 0 ? 1 : 0
  })
  .parseAsync()
