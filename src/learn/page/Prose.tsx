/** Text in which backticks mark code. */
export function Prose({ text }: { readonly text: string }) {
  return partsOf(text).map(({ at, part, isCode }) => (isCode ? <code key={at}>{part}</code> : part))
}

function partsOf(text: string) {
  let at = 0
  return text.split('`').map((part, i) => {
    const from = at
    at += part.length + 1
    return { at: from, part, isCode: i % 2 === 1 }
  })
}
