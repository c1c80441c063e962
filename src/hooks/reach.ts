import { type GraphIndex, reads } from '../graph/graph-index'

/** Values that change when one of `from` does, those included. */
export function downstream(graphIndex: GraphIndex, from: Iterable<string>): Set<string> {
  const found = new Set(from)
  if (found.size === 0) return found
  for (const node of graphIndex.nodes)
    if (reads(node).some(input => found.has(input))) for (const output of node.outputs) found.add(output)
  return found
}

/** Values that one of `to` depends on; of `to` itself only those that another one depends on. */
export function upstream(graphIndex: GraphIndex, to: Iterable<string>): Set<string> {
  const goal = new Set(to)
  const found = new Set<string>()
  if (goal.size === 0) return found
  for (const node of graphIndex.nodes.toReversed())
    if (node.outputs.some(output => goal.has(output) || found.has(output)))
      for (const input of reads(node)) found.add(input)
  return found
}

/**
 * Sorts turns so that each comes after those that it depends on, else as they stand.
 *
 * @param needs values that a turn reads; @param moves values that change when a turn changes something
 */
export function inTurn<T>(
  turns: readonly T[],
  needs: (turn: T) => readonly string[],
  moves: (turn: T) => Set<string>,
): T[] {
  const waiting = turns.map(turn => ({ turn, needs: needs(turn), moves: moves(turn) }))
  const sorted: T[] = []
  while (waiting.length > 0) {
    const free = waiting.findIndex(one =>
      waiting.every(other => other === one || !one.needs.some(v => other.moves.has(v))),
    )
    sorted.push(...waiting.splice(Math.max(0, free), 1).map(({ turn }) => turn))
  }
  return sorted
}
