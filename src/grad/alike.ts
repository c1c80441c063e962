import type { ValueInfo } from '../graph/shapes'
import type { Attribute, Node } from '../graph/types'

/**
 * The parts of a node that a rule can see, but for names and who makes its inputs: nodes of one form get the same gradient.
 *
 * @param wants inputs whose gradient is asked for
 * @param matters outputs that move the target
 * @returns undefined where it is not told in short: of bodies and tensors among the attributes
 */
export function formOf(
  { op, domain, inputs, outputs, attributes }: Node,
  knownOf: (value: string) => ValueInfo | undefined,
  wants: (input: string) => boolean,
  matters: (output: string) => boolean,
): string | undefined {
  let form = `${domain} ${op}`
  for (const [name, attribute] of attributes) {
    const told = written(attribute)
    if (told === undefined) return undefined
    form += ` ${JSON.stringify(name)}=${told}`
  }
  const first = new Map<string, number>()
  for (const [i, input] of inputs.entries()) {
    const same = first.get(input)
    if (same === undefined) first.set(input, i)
    form += same === undefined && input !== '' ? `;${wants(input)}${seen(knownOf(input))}` : `;${same}`
  }
  for (const output of outputs) form += output === '' ? '>' : `>${matters(output)}${seen(knownOf(output))}`
  return form
}

function written({ kind, value }: Attribute): string | undefined {
  if (kind === 'tensor' || kind === 'graph' || kind === 'opaque') return undefined
  return typeof value === 'number' ? `${kind}${value}` : `${kind}${JSON.stringify(value)}`
}

const seen = (known: ValueInfo | undefined): string =>
  known ? `${known.type}[${known.dims}]${known.content ? `{${known.content}}` : ''}` : ''
