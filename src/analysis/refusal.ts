import { HookscopeError } from '../errors'
import type { Port } from '../graph/types'

export const notAClassifier = (what: string): HookscopeError =>
  new HookscopeError('bad-model', `${what}: this is no image classifier. Choose a network from pictures to classes.`)

export const written = (dims: Port['dims']): string => `[${dims.map(size => size || '?').join(', ')}]`
