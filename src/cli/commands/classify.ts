import type { TopClass } from '../../export/result'
import { type BatchOptions, batch, type Surroundings } from '../batch'
import { type ModelOptions, readModel } from '../model'
import { bestClasses, type Classified, type Report } from '../report'

export interface ClassifyOptions extends BatchOptions, ModelOptions {
  /** How many classes to tell. */
  readonly top: number
  readonly json: boolean
}

/** The best classes of every picture. */
export async function classify(
  pictures: readonly string[],
  options: ClassifyOptions,
  surroundings: Surroundings,
): Promise<Report<Classified>> {
  const model = await readModel(options, surroundings)
  return batch(model, pictures, options, surroundings, async ({ file, resize, run }) => {
    const top = bestClasses(run, model, options.top)
    if (!options.json) surroundings.console.print(table(file.name, top))
    return { picture: file.name, resize, top }
  })
}

function table(picture: string, top: readonly TopClass[]): string {
  const lines = top.map(({ index, label, probability, value = 0 }) => {
    const number =
      probability === undefined ? value.toPrecision(5).padStart(9) : `${(100 * probability).toFixed(1).padStart(5)} %`
    return `  ${number}  ${String(index).padStart(4)}  ${label}`
  })
  return [picture, ...lines].join('\n')
}
