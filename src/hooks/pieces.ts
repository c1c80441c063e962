import { backward } from '../grad/backward'
import { forwardProgram, type Program } from '../graph/program'
import type { Known } from '../graph/shapes'
import { reads, type Wiring } from '../graph/wiring'

/** A program, and the values that are there when it has run. */
export interface Piece {
  readonly program: Program
  readonly gives: readonly string[]
}

/**
 * The forward pass, cut where hooks change values: piece 0 is what depends on no changed value, piece n what depends on
 * n of them one after another. Each gives what is wanted of it, and what later pieces read.
 *
 * @param walls values that a hook gives: the node that would make one is left out
 */
export function forwardPieces(wiring: Wiring, walls: ReadonlySet<string>, wanted: readonly string[]): Piece[] {
  const level = new Map<string, number>()
  for (const node of wiring.nodes) {
    const own = Math.max(0, ...reads(node).map(input => level.get(input) ?? 0))
    for (const output of node.outputs) level.set(output, own + (walls.has(output) ? 1 : 0))
  }
  const levelOf = (value: string) => level.get(value) ?? 0
  const needed = new Set(wanted)
  for (const wall of walls) for (const source of wiring.producer.get(wall)?.inputs ?? []) needed.add(source)
  const later = new Set<string>()
  for (const node of ancestors(wiring, needed))
    for (const input of reads(node)) if (node.outputs.some(output => levelOf(output) > levelOf(input))) later.add(input)
  const gives = [...new Set([...needed, ...later])].filter(
    value => !walls.has(value) && wiring.producer.has(value) && !wiring.parameters.has(value),
  )
  const deepest = Math.max(0, ...gives.map(levelOf))
  return Array.from({ length: deepest + 1 }, (_, n) => {
    const given = new Set(
      wiring.nodes.flatMap(node => node.outputs).filter(value => levelOf(value) < n || walls.has(value)),
    )
    const own = gives.filter(value => levelOf(value) === n)
    return { program: forwardProgram(wiring, given, own), gives: own }
  })
}

function ancestors(wiring: Wiring, values: ReadonlySet<string>) {
  const needed = new Set(values)
  return wiring.nodes.toReversed().filter(node => {
    if (wiring.parameters.has(node.outputs[0] ?? '') || !node.outputs.some(output => needed.has(output))) return false
    for (const input of reads(node)) needed.add(input)
    return true
  })
}

/**
 * The backward pass, cut where hooks change gradients, from those of `seeds` to those of `asked`. `gives` names
 * values, whose gradients the piece gives.
 *
 * @param groups values whose gradients a hook may replace, all of a group at once
 */
export function backwardPieces(
  wiring: Wiring,
  shapes: ReadonlyMap<string, Known>,
  seeds: readonly string[],
  groups: readonly (readonly string[])[],
  asked: readonly string[],
): Piece[] {
  const moving = dependents(wiring, new Set([...asked, ...groups.flat()]))
  const group = new Map(groups.flatMap(values => values.map(value => [value, values] as const)))
  /** Changed gradients between a value and the target, and the same behind its own hook. */
  const level = new Map<string, number>(seeds.map(seed => [seed, 0]))
  const behind = (value: string): number => {
    const together = group.get(value)
    if (!together) return level.get(value) ?? 0
    return Math.max(...together.map(other => level.get(other) ?? 0)) + 1
  }
  const edges = wiring.nodes.toReversed().flatMap(node => {
    const [output] = node.outputs.filter(value => level.has(value))
    if (output === undefined) return []
    const inputs = reads(node).filter(input => moving.has(input))
    for (const input of inputs) level.set(input, Math.max(level.get(input) ?? 0, behind(output)))
    return inputs.map(input => [output, input] as const)
  })
  const levelOf = (value: string) => level.get(value) ?? 0
  const wanted = [...new Set([...groups.flat(), ...asked])]
  const frontier = edges.flatMap(([from, to]) => (levelOf(to) > levelOf(from) ? [from] : []))
  const gives = [...new Set([...wanted, ...frontier])].filter(value => !seeds.includes(value))
  const deepest = Math.max(0, ...gives.map(levelOf))
  return Array.from({ length: deepest + 1 }, (_, n) => {
    const known = [...seeds, ...gives.filter(value => levelOf(value) < n)]
    const own = gives.filter(value => levelOf(value) === n)
    return { program: backward(wiring, shapes, { known, wanted: own }), gives: own }
  })
}

function dependents(wiring: Wiring, from: ReadonlySet<string>): Set<string> {
  const moving = new Set(from)
  for (const node of wiring.nodes)
    if (reads(node).some(input => moving.has(input))) for (const output of node.outputs) moving.add(output)
  return moving
}
