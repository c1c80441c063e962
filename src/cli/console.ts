import { SingleBar } from 'cli-progress'
import { HookscopeError, printable } from '../errors'

/** Names from files and folders may stand in it; its own lines stay. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')

/** The command's output: results on standard output; sentences, each once, and progress on standard error. */
export class Console {
  readonly #said = new Set<string>()
  readonly #held: (() => void)[] = []
  #barShown = false
  #exitCode: 0 | 1 | 2 = 0

  /** 0; 2 where something that was asked for could not be had; 1 after a fault of the program. */
  get exitCode(): 0 | 1 | 2 {
    return this.#exitCode
  }

  print(line: string): void {
    this.#write(process.stdout, `${line}\n`)
  }

  say(sentence: string): void {
    if (this.#said.has(sentence)) return
    this.#said.add(sentence)
    this.#write(process.stderr, `hookscope: ${sentence}\n`)
  }

  /** An error's sentence, and on a line of its own what the engine said. */
  explain({ message, detail }: HookscopeError): void {
    this.say(message)
    if (detail) this.say(`  The engine: ${detail}`)
  }

  /** Says what could not be had, so that the rest can be done. @throws HookscopeError 'cancelled' */
  fail(error: unknown): HookscopeError {
    if (error instanceof HookscopeError) {
      if (error.code === 'cancelled') throw error
      this.#exitCode ||= 2
      this.explain(error)
      return error
    }
    this.#exitCode = 1
    this.say(`A fault of the program: ${error instanceof Error ? error.stack : error}`)
    const message = `A fault of the program: ${error instanceof Error ? error.message : error}`
    return new HookscopeError('fault', message, { cause: error })
  }

  /** The pictures one by one, with a bar for many; where standard error is no terminal, a line now and then. */
  *progress(pictures: readonly string[]): Generator<string> {
    if (pictures.length < 2) {
      yield* pictures
      return
    }
    const bar = this.#bar('{bar} {value}/{total} pictures · {eta_formatted} left')
    bar.start(pictures.length, 0)
    try {
      for (const picture of pictures) {
        yield picture
        bar.increment()
      }
    } finally {
      this.#stop(bar)
    }
  }

  /** A bar for a download, from its first bytes on. @param total in bytes */
  download(name: string, total: number): { update(loaded: number): void; stop(): void } {
    let bar: SingleBar | undefined
    return {
      update: loaded => {
        if (bar) bar.update(loaded)
        else {
          bar = this.#bar(`${name} {bar} {percentage} % of ${(total / 1e6).toFixed(1)} MB · {eta_formatted} left`)
          bar.start(total, loaded)
        }
      },
      stop: () => {
        if (bar) this.#stop(bar)
      },
    }
  }

  /**
   * A bar for work that takes more than a second, unless there is one already; `update` is given the share that is done, 0..1.
   *
   * @param doing as `reading the network`
   */
  working(doing: string): { update(done: number): void; stop(): void } {
    const began = Date.now()
    let bar: SingleBar | undefined
    return {
      update: done => {
        if (bar) bar.update(Math.round(done * 100))
        else if (Date.now() - began > 1000 && !this.#barShown) {
          bar = this.#bar(`${doing} {bar} {percentage} % · {eta_formatted} left`)
          bar.start(100, Math.round(done * 100))
        }
      },
      stop: () => {
        if (bar) this.#stop(bar)
      },
    }
  }

  #bar(format: string): SingleBar {
    this.#barShown = process.stderr.isTTY
    return new SingleBar({
      format,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      noTTYOutput: true,
      formatTime: seconds => (Number.isFinite(seconds) ? duration(seconds) : 'some time'),
      notTTYSchedule: 5000,
    })
  }

  #stop(bar: SingleBar): void {
    bar.stop()
    this.#barShown = false
    for (const write of this.#held.splice(0)) write()
  }

  /** Lines would tear the bar apart; they wait until it is gone. */
  #write(stream: NodeJS.WriteStream, text: string): void {
    const shown = printableLines(text)
    const write = () => void stream.write(shown)
    if (this.#barShown && stream.isTTY) this.#held.push(write)
    else write()
  }
}

/** 42 s, 3 min 5 s, 2 h 10 min */
function duration(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), Math.round(seconds % 60)]
  if (minutes === 0) return `${rest} s`
  return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
