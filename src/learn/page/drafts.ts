/** Code that was edited, by lesson, from visit to visit. Where the browser keeps nothing, it lasts as long as the page. */
const memory = new Map<string, string>()

const key = (lesson: number) => `hookscope.learn.${lesson}`

export function readDraft(lesson: number): string | null {
  try {
    return localStorage.getItem(key(lesson)) ?? null
  } catch {
    return memory.get(key(lesson)) ?? null
  }
}

/** @param code null where it is as it shipped */
export function keepDraft(lesson: number, code: string | null): void {
  if (code === null) memory.delete(key(lesson))
  else memory.set(key(lesson), code)
  try {
    if (code === null) localStorage.removeItem(key(lesson))
    else localStorage.setItem(key(lesson), code)
  } catch {
    // Then it is kept in memory alone.
  }
}
