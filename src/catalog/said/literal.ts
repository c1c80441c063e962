/** A list or dictionary as Python prints it or JSON writes it: strings and numbers, one level deep. */
export function readLiteral(text: string): readonly (readonly [key: string, value: string])[] | undefined {
  const plain = text.trim()
  const [open = '', close = ''] = [plain[0], plain.at(-1)]
  if (!['[]', '()', '{}'].includes(open + close)) return undefined
  const found: (readonly [string, string])[] = []
  const token = /\s*(?:u?'((?:[^'\\]|\\.)*)'|u?"((?:[^"\\]|\\.)*)"|([^\s,:'"[\]{}()]+))\s*([,:]|$)/uy
  const inside = plain.slice(1, -1)
  let key: string | undefined
  while (token.lastIndex < inside.length) {
    if (inside.slice(token.lastIndex).trim() === '') break
    const match = token.exec(inside)
    if (!match) return undefined
    const value = match[3] ?? unescaped(match[1] ?? match[2] ?? '')
    if (match[4] === ':') {
      if (open !== '{' || key !== undefined) return undefined
      key = value
    } else {
      if ((open === '{') !== (key !== undefined)) return undefined
      found.push([key ?? `${found.length}`, value])
      key = undefined
    }
  }
  return found
}

const unescaped = (text: string): string =>
  text
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\x([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\(.)/g, (_, letter: string) => ({ n: '\n', t: '\t' })[letter] ?? letter)

/** Names of classes: a list, or a dictionary from 0 on in any order. */
export function readNames(text: string): string[] | undefined {
  const pairs = readLiteral(text)
  if (!pairs || pairs.length === 0) return undefined
  const byKey = new Map(pairs)
  const names = pairs.map((_, i) => byKey.get(`${i}`))
  return names.every(name => name !== undefined) ? names : undefined
}

/** Whole numbers: `224`, `[224, 320]`. */
export function readSizes(text: string): number[] {
  const numbers = (readLiteral(text) ?? [['0', text.trim()] as const]).map(([, value]) => Number(value))
  return numbers.every(value => Number.isInteger(value) && value > 0) ? numbers : []
}
