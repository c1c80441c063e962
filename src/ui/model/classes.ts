import { plainLabel } from '../../catalog/labels'

/**
 * Class indices whose label or index fits what was typed, the closest first: the index itself, the label itself,
 * labels that begin with it, labels with a word that begins with it, labels that hold it.
 */
export function searchClasses(labels: readonly string[], typed: string, limit: number): readonly number[] {
  const query = typed.trim().toLowerCase()
  if (query === '') return Array.from({ length: Math.min(limit, labels.length) }, (_, index) => index)
  const ranked: { index: number; rank: number }[] = []
  for (const [index, label] of labels.entries()) {
    const rank = rankOf(label.toLowerCase(), index, query)
    if (rank !== null) ranked.push({ index, rank })
  }
  return ranked
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .slice(0, limit)
    .map(({ index }) => index)
}

function rankOf(label: string, index: number, query: string): number | null {
  if (String(index) === query) return 0
  if (plainLabel(label, index) === query) return 1
  const at = label.indexOf(query)
  if (at === 0) return 2
  if (at > 0) return /[\s(-]/.test(label.charAt(at - 1)) ? 3 : 4
  return null
}
