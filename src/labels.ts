import { makeLabels } from './catalog/labels'
import { HookscopeError } from './errors'

/** One name a class, in the data set's order; each read when it is asked for. */
const SETS = {
  'imagenet-1000': async () => (await import('../models/imagenet-1001.json')).default.slice(1),
  'imagenet-1001': async () => (await import('../models/imagenet-1001.json')).default,
  'caltech-101': async () => (await import('../models/caltech-101.json')).default,
} satisfies Record<string, () => Promise<readonly string[]>>

export type LabelSet = keyof typeof SETS

/**
 * Names of a data set's classes by index, as people write them: `(await labels('imagenet-1000'))[285]` is “Egyptian cat”. Two
 * classes of one name carry their index. `imagenet-1001` begins with the background.
 *
 * @throws HookscopeError `bad-argument` for another set
 */
export async function labels(set: LabelSet): Promise<readonly string[]> {
  if (Object.hasOwn(SETS, set)) return makeLabels(await SETS[set]()).shown
  throw new HookscopeError(
    'bad-argument',
    `There are no labels “${String(set)}”: choose ${Object.keys(SETS).join(', ')}.`,
  )
}
