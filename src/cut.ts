/** A text of which only the beginning is shown where it is longer than `most` characters, with what is left out counted. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, most)} … and ${(text.length - most).toLocaleString('en')} more characters`
}

/** Anything that code may throw, in words; also what cannot be turned into a text. */
export function wordsOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'something that has no words'
  }
}
