import { cut, wordsOf } from '../cut'
import { type HookAnswer, type HookAsked, MOST_TOLD } from './hook-protocol'

/** The name under which stacks show the code, and the lines that the language writes before it. */
const FILE = 'hook.js'
const HEADER = 2

self.addEventListener(
  'message',
  ({ ports: [page] }) => {
    if (page) page.onmessage = ({ data }: MessageEvent<HookAsked>) => void run(data, answer => page.postMessage(answer))
  },
  { once: true },
)

async function run({ code, args }: HookAsked, answer: (answer: HookAnswer) => void): Promise<void> {
  let step: 'read' | 'run' = 'read'
  try {
    const hook: unknown = new Function(`return (${code}\n)\n//# sourceURL=${FILE}`)()
    if (typeof hook !== 'function') throw new TypeError('It is no function')
    step = 'run'
    const result: unknown = await hook(...args)
    if (result === undefined) answer({ values: null })
    else if (result instanceof Float32Array) answer({ values: result })
    else answer({ returned: kindOf(result) })
  } catch (error) {
    answer({ failed: step, message: cut(wordsOf(error), MOST_TOLD), line: step === 'run' ? lineOf(error) : null })
  }
}

function kindOf(result: unknown): string {
  if (result === null || typeof result !== 'object') return cut(wordsOf(result), 100)
  const kind = cut(wordsOf(result.constructor?.name), 100)
  return /^[AEIOU]/.test(kind) ? `an ${kind}` : `a ${kind}`
}

function lineOf(error: unknown): number | null {
  const [, line] = (error instanceof Error && new RegExp(`${FILE}:(\\d+)`).exec(String(error.stack))) || []
  return line === undefined ? null : Math.max(1, Number(line) - HEADER)
}
