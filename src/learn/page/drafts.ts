import { pageStorage } from '../../ui/storage'

/** Code that was edited, by lesson, from visit to visit. */

const key = (lesson: number) => `hookscope.learn.${lesson}`
/** Stands while a draft runs: still there at the next visit, it took the page with it or was stopped. */
const running = (lesson: number) => `${key(lesson)}.running`

export const readDraft = (lesson: number): string | null => pageStorage.getItem(key(lesson))

/** @param code null where it is as it shipped */
export function keepDraft(lesson: number, code: string | null): void {
  if (code === null) pageStorage.removeItem(key(lesson))
  else pageStorage.setItem(key(lesson), code)
}

/** Notes that a draft runs, until `false` notes that it came to an end by itself. */
export function noteRunning(lesson: number, runs: boolean): void {
  if (runs) pageStorage.setItem(running(lesson), 'yes')
  else pageStorage.removeItem(running(lesson))
}

/** Whether the draft did not come to an end when it ran last. */
export const didNotEnd = (lesson: number): boolean => pageStorage.getItem(running(lesson)) !== null
