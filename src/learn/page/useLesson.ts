import { useCallback, useEffect, useRef, useState } from 'react'
import { HookscopeError } from '../../errors'
import type { Lesson } from '../lessons/lesson'
import type { Outcome, Shown } from '../protocol'
import { lessonAddress } from './address'
import { didNotEnd, keepDraft, noteRunning, readDraft } from './drafts'
import type { Learner } from './learner'

/** Milliseconds of silence that code is allowed; more where a lesson computes a lot. */
const SILENCE = { short: 10_000, long: 60_000 } as const

/** Below it what was on screen stays until all of the new is there: nothing flashes. */
const PATIENCE = 300

export type Work = { readonly phase: 'idle' } | { readonly phase: 'running'; readonly doing: string }

/** Something that was shown, numbered in the order of showing. */
export type Numbered = Shown & { readonly id: number }

export interface Result extends Outcome {
  readonly shown: readonly Numbered[]
  /** Things that the code showed for which there is no room. */
  readonly more: number
  /** What an earlier run left, because the last one failed before it had anything in its place. */
  readonly older: { readonly output: boolean; readonly drawing: boolean }
}

const NONE_OLDER = { output: false, drawing: false }
const NOTHING: Result = { shown: [], more: 0, drawing: null, hooks: [], failure: null, older: NONE_OLDER }

/** A run that failed leaves on screen what was there, where it has nothing in its place. */
function withOlder(result: Result, before: Result | null): Result {
  if (!result.failure || !before) return result
  const output = result.shown.length === 0 && before.shown.length > 0
  const drawing = !result.drawing && before.drawing !== null
  return {
    ...result,
    ...(output && { shown: before.shown, more: before.more }),
    ...(drawing && { drawing: before.drawing, hooks: before.hooks }),
    older: { output, drawing },
  }
}

/**
 * A lesson on screen: its code, its last run, and what that run is compared with.
 *
 * @param linked code that came with the address, in place of the draft
 */
export function useLesson(lesson: Lesson, number: number, learner: Learner, linked: string | null) {
  const [code, setCode] = useState(() => linked ?? readDraft(number) ?? lesson.code)
  const [work, setWork] = useState<Work>({ phase: 'idle' })
  const [result, setResult] = useState<Result | null>(null)
  const [before, setBefore] = useState<Result | null>(null)
  /** Code that somebody else wrote, or that did not end last time, runs only when it is asked to. */
  const [waiting, setWaiting] = useState<'link' | 'draft' | null>(() => {
    if (linked !== null) return linked === lesson.code ? null : 'link'
    return readDraft(number) !== null && didNotEnd(number) ? 'draft' : null
  })
  const latest = useRef(0)
  const current = useRef({ code, ran: '', result })
  current.current = { ...current.current, code, result }

  const start = useCallback(
    async (off: readonly number[], compared: Result | null) => {
      const { code } = current.current
      current.current.ran = code
      const turn = ++latest.current
      const isLatest = () => turn === latest.current
      const shown: Numbered[] = []
      let more = 0
      setWaiting(null)
      if (code !== lesson.code && code !== linked) noteRunning(number, true)
      const begun = performance.now()
      const doing = (doing: string) => isLatest() && setWork({ phase: 'running', doing })
      doing('Starting the engine')
      const end = (outcome: Outcome) => {
        if (!isLatest()) return
        setBefore(compared)
        setResult(withOlder({ ...outcome, shown, more, older: NONE_OLDER }, current.current.result))
        setWork({ phase: 'idle' })
      }
      const events = {
        onProgress: doing,
        onMore: (count: number) => {
          more = count
        },
        onShown: (one: Shown) => {
          shown.push({ ...one, id: shown.length })
          if (!isLatest() || performance.now() - begun < PATIENCE) return
          setResult(result => ({ ...(result ?? NOTHING), failure: null, shown: [...shown], more, older: NONE_OLDER }))
        },
      }
      try {
        end(await learner.run({ code, off }, lesson.wait ? SILENCE.long : SILENCE.short, events))
        noteRunning(number, false)
      } catch (error) {
        const message = error instanceof HookscopeError ? error.message : `The page failed: ${String(error)}`
        end({ drawing: null, hooks: [], failure: { message, line: null } })
      }
    },
    [lesson, number, learner, linked],
  )

  const run = useCallback(() => void start([], null), [start])
  const stop = useCallback(() => learner.stop(), [learner])

  /** Runs the same code with a hook switched off or on, and compares. */
  const toggle = (id: number) => {
    const { result, ran, code } = current.current
    if (!result) return
    const off = result.hooks.filter(hook => hook.off !== (hook.id === id)).map(hook => hook.id)
    setResult({ ...result, hooks: result.hooks.map(hook => (hook.id === id ? { ...hook, off: !hook.off } : hook)) })
    void start(off, ran === code ? result : null)
  }

  const edit = useCallback(
    (code: string) => {
      setCode(code)
      // From now on it is the reader's own.
      if (location.hash !== lessonAddress(number)) history.replaceState(history.state, '', lessonAddress(number))
      keepDraft(number, code === lesson.code ? null : code)
    },
    [lesson, number],
  )

  /** Takes the lesson's own code back, whatever runs. */
  const reset = () => {
    stop()
    setWaiting(null)
    noteRunning(number, false)
    edit(lesson.code)
  }

  const waits = useRef(waiting)
  useEffect(() => {
    if (lesson.wait || waits.current) learner.warm()
    else run()
    return () => learner.stop()
  }, [lesson, learner, run])

  return { code, work, result, before, waiting, run, stop, reset, toggle, edit }
}
