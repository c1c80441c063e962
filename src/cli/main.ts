import { Console } from './console'
import { type ExitCode, run } from './program'

/**
 * The command line: `hookscope explain cat.jpg`. Sets process.exitCode rather than exiting, which would cut piped output off.
 *
 * @param argv as in process.argv: what is asked for begins with the third
 */
export async function main(argv: readonly string[]): Promise<void> {
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())
  let unwritten: Error | undefined
  process.stdout.on('error', error => {
    unwritten ??= error
  })
  // Nobody is there to be told.
  process.stderr.on('error', () => undefined)
  const console = new Console()
  const code = await run(argv, { console, signal: interrupt.signal })
  await new Promise(resolve => process.stdout.write('', resolve))
  process.exitCode = unwritten ? unwrittenCode(unwritten, code, console) : code
}

/** A reader such as `head` may have seen enough; a full disk has not. */
function unwrittenCode(error: NodeJS.ErrnoException, code: ExitCode, console: Console): ExitCode {
  if (error.code === 'EPIPE') return code
  const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message
  console.say(`The results could not be written to standard output: ${why}.`)
  return 2
}
