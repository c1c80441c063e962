import { HookscopeError } from '../errors'

/** The task of the engine when it failed. */
export type Doing = 'load' | 'run' | 'read a result from'

/** Whether WebAssembly itself broke off, after which an engine's memory is in no known state. */
export const isLost = (cause: unknown): boolean =>
  cause instanceof Error && (cause.name === 'RuntimeError' || LOST.test(cause.message))

const LOST = /\baborted\(|memory access out of bounds|\bunreachable\b|table index is out of bounds/i

/** ONNX Runtime's own words as a sentence for a user; the words stand behind it, in `detail` and `cause`. */
export function engineFailure(doing: Doing, cause: unknown): HookscopeError {
  if (cause instanceof HookscopeError) return cause
  const raw = cause instanceof Error ? cause.message : String(cause)
  const detail = ownWords(raw)
  if (isLost(cause))
    return new HookscopeError(
      'engine-lost',
      'The engine broke off and cannot go on. Open the network again; where that happens again, choose another engine or a smaller network.',
      { cause, detail },
    )
  for (const [pattern, say] of SENTENCES) {
    const found = raw.match(pattern)?.slice(1)
    if (found) return new HookscopeError('engine-failed', say(found, doing), { cause, detail })
  }
  const message = `The engine could not ${doing} the network. Export it in another form or opset, or choose another engine.`
  return new HookscopeError('engine-failed', message, { cause, detail })
}

type Sentence = (found: readonly (string | undefined)[], doing: Doing) => string

/** `Conv "n1"`. */
const nodeOf = (op = 'a node', name = ''): string => (name ? `${op} "${name}"` : op)

const SENTENCES: readonly (readonly [RegExp, Sentence])[] = [
  [
    /bad_alloc|out of memory|allocation failed|failed to allocate|can't allocate|shape is too large|SafeIntOnOverflow/i,
    (_, doing) =>
      `There is not enough memory to ${doing} the network. Choose a smaller network or picture, or close what else is open.`,
  ],
  [
    /No Op registered for (\S+) with domain_version of (\d+)/,
    ([op, opset]) =>
      `The engine has no operator "${op}" in opset ${opset}, which the network uses. Export it without, or in another opset.`,
  ],
  [
    /Could not find an implementation for (\w+)\(\d+\) node with name '([^']*)'/,
    ([op, name]) =>
      `The engine cannot compute ${nodeOf(op, name)} in numbers of this type. Export the network in float32, or choose another engine.`,
  ],
  [
    /([\w.]+):(\w+)\(-?\d+\) is not a registered function\/op/,
    ([domain, op]) =>
      `The engine has no operator "${op}" of ${domain}, which the network uses. Export it with ONNX’s own operators.`,
  ],
  [
    /No opset import for domain '([^']*)'|opset import.*domain[: ]+'?([\w.]+)/,
    ([domain, other]) =>
      `The network uses operators of "${domain ?? other}" and does not say which version. Export it again, with ONNX’s own operators.`,
  ],
  [
    /Opset (\d+) is under development|opset version (\d+)/i,
    ([version, other]) =>
      `The engine does not run opset ${version ?? other} of this network’s operators. Export it with opset 17 or 18.`,
  ],
  [
    /Type(?: parameter \(\w+\))? of Optype \((\w+)\).* in node \(([^)]*)\)/,
    ([op, name]) => `${nodeOf(op, name)} is given numbers of different types. The file is damaged: export it again.`,
  ],
  [
    /of input parameter .* of operator \((\w+)\) in node \(([^)]*)\) is invalid/,
    ([op, name]) =>
      `${nodeOf(op, name)} is given numbers of a type that it does not take. Export the network in float32.`,
  ],
  [
    /Node \(([^)]*)\) Op \((\w+)\) \[(?:Shape|Type)InferenceError\]/,
    ([name, op]) =>
      `The shapes or types around ${nodeOf(op, name)} do not fit together. The file is damaged: export it again.`,
  ],
  [
    /\[(?:Shape|Type)InferenceError\]/,
    () => 'Shapes or types in the network do not fit together. The file is damaged: export it again.',
  ],
  [
    /cannot be reshaped to the requested shape/,
    () => 'A Reshape in the network does not fit what it is given. Check the picture’s size and the network’s file.',
  ],
  [
    /.*while running (\w+) node\. Name:'([^']*)'/s,
    ([op, name]) =>
      `The engine could not compute ${nodeOf(op, name)} with what it was given. Check the picture’s size and the network’s file.`,
  ],
  [
    /device (?:is |was )?lost|GPUDevice|out of device memory|mapAsync/i,
    () => 'The graphics card stopped answering. Choose WASM, or reload the page.',
  ],
]

/** Without codes, and without paths and lines of the machine that ONNX Runtime was built on. */
const ownWords = (raw: string): string =>
  raw
    .replace(/^(?:Can't create a session|failed to call \w+\(\))\.\s*/, '')
    .replace(/ERROR_CODE: \d+, ERROR_MESSAGE: /g, '')
    .replace(/(?:[A-Za-z]:)?[\\/][^\s:]*\.(?:cc|cpp|h|hpp):\d+ /g, '')
    .replace(/\s+/g, ' ')
    .trim()
