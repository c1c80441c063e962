import * as v from 'valibot'
import { pageStorage } from '../../ui/storage'
import { LIMITS } from '../limits'

/** Code that was edited, by lesson, from visit to visit. */

const key = (lesson: number) => `hookscope.learn.${lesson}`
/** Stands while a draft runs: still there at the next visit, it took the page with it or was stopped. */
const running = (lesson: number) => `${key(lesson)}.running`

const Draft = v.pipe(v.string(), v.maxLength(LIMITS.draft))

/** Null where none was kept, or none that an editor could show. */
export function readDraft(lesson: number): string | null {
  const kept = v.safeParse(Draft, pageStorage.getItem(key(lesson)))
  return kept.success ? kept.output : null
}

/** @param code null where it is as it shipped; what is longer than a draft may be is not kept */
export function keepDraft(lesson: number, code: string | null): void {
  if (v.is(Draft, code)) pageStorage.setItem(key(lesson), code)
  else pageStorage.removeItem(key(lesson))
}

/** Notes that a draft runs, until `false` notes that it came to an end by itself. */
export function noteRunning(lesson: number, runs: boolean): void {
  if (runs) pageStorage.setItem(running(lesson), 'yes')
  else pageStorage.removeItem(running(lesson))
}

/** Whether the draft did not come to an end when it ran last. */
export const didNotEnd = (lesson: number): boolean => pageStorage.getItem(running(lesson)) !== null
