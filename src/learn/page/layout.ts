import { graphlib, layout } from '@dagrejs/dagre'
import type { Drawing, DrawnHook, DrawnNode, DrawnValue } from '../protocol'
import { operatorName, rowsOf, sameNumbers, short } from './words'

export interface Point {
  readonly x: number
  readonly y: number
}

/** A box around its middle. */
interface Place extends Point {
  readonly width: number
  readonly height: number
}

export interface PlacedNode extends Place {
  readonly node: DrawnNode
  readonly title: string
  readonly subtitle: string
}

/** A line of text in a value's box. */
interface Line {
  readonly id: string
  readonly kind: 'name' | 'value' | 'gradient' | 'was'
  readonly text: string
}

export interface PlacedValue extends Place {
  readonly value: DrawnValue
  readonly lines: readonly Line[]
  /** Whether its numbers differ from those before. */
  readonly changed: boolean
}

export interface PlacedHook extends Point {
  readonly hook: DrawnHook
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly nodes: readonly PlacedNode[]
  readonly values: readonly PlacedValue[]
  readonly edges: readonly (readonly Point[])[]
  readonly hooks: readonly PlacedHook[]
}

/** Of the drawing's monospaced 12 px type. */
const CHARACTER = 7.25
export const LINE = 16
const PADDING = 8
/** Between two layers of the drawing. */
const GAP = 24
const HALF = GAP / 2
export const HOOK = 24

/** How much an edge of the network's trunk wants to be straight, a parameter's being 1. */
const STRAIGHT = 8

/**
 * Places operators, values and hooks: layers from the input down (dagre, after Gansner 1993).
 *
 * @param before what the same code drew before; numbers that differ from it are marked
 */
export function layOut(drawing: Drawing, hooks: readonly DrawnHook[], before: Drawing | null): Layout {
  const graph = new graphlib.Graph().setGraph({ rankdir: 'TB', nodesep: 20, ranksep: GAP, marginx: 12, marginy: 10 })
  const nodes = drawing.nodes.map(node => {
    const op = operatorName(node.op)
    const title = node.module || op
    const subtitle = node.module ? op : ''
    const width = Math.max(34, Math.max(title.length, subtitle.length) * CHARACTER + 2 * PADDING)
    return { node, title, subtitle, width, height: (subtitle ? 2 : 1) * LINE + PADDING }
  })
  const values = drawing.values.map(value => {
    const { lines, changed } = linesOf(value, before?.values.find(({ name }) => name === value.name) ?? null)
    const hung = hooks.filter(({ at }) => at && 'value' in at && at.value === value.name).length
    const longest = Math.max(...lines.map(({ text }) => text.length))
    const width = longest * CHARACTER + 2 * PADDING
    return { value, lines, changed, width, hung, height: lines.length * LINE + PADDING }
  })
  for (const { node, width, height } of nodes)
    graph.setNode(`node ${node.id}`, { width: width + 2 * besides(node, hooks), height })
  for (const { value, width, height, hung } of values) {
    graph.setNode(`value ${value.name}`, { width: width + 2 * hung * HOOK, height })
    const weight = isActivation(value) ? STRAIGHT : 1
    if (value.from !== null) graph.setEdge(`node ${value.from}`, `value ${value.name}`, { weight })
    for (const reader of value.to) graph.setEdge(`value ${value.name}`, `node ${reader}`, { weight })
  }
  layout(graph)
  const at = (id: string) => {
    const { x, y } = graph.node(id)
    return { x: x ?? 0, y: y ?? 0 }
  }
  const placedNodes = nodes.map(node => ({ ...node, ...at(`node ${node.node.id}`) }))
  const placedValues = values.map(value => ({ ...value, ...at(`value ${value.value.name}`) }))
  const { width = 0, height = 0 } = graph.graph()
  return {
    width,
    height,
    nodes: placedNodes,
    values: placedValues,
    edges: graph.edges().map(edge => graph.edge(edge).points ?? []),
    hooks: placeHooks(hooks, placedNodes, placedValues, node => {
      const entry = drawing.values.find(value => isActivation(value) && value.to.includes(node))
      return entry && graph.edge(`value ${entry.name}`, `node ${node}`)?.points?.at(-1)
    }),
  }
}

const isActivation = ({ role }: DrawnValue): boolean => role !== 'parameter' && role !== 'constant'

/** Hooks on modules hang at the edges that enter and leave: forward hooks to the right, backward hooks to the left. */
function besides(node: DrawnNode, hooks: readonly DrawnHook[]): number {
  const here = hooks.filter(({ at }) => at && 'node' in at && at.node === node.id)
  const sides = [
    here.filter(({ kind }) => kind === 'backward').length,
    here.filter(({ kind }) => kind === 'forward').length,
  ]
  return Math.max(0, Math.max(...sides) - 1) * HOOK
}

function placeHooks(
  hooks: readonly DrawnHook[],
  nodes: readonly PlacedNode[],
  values: readonly PlacedValue[],
  entryOf: (node: string) => Point | undefined,
): PlacedHook[] {
  const taken = new Map<string, number>()
  const slot = (key: string) => {
    const place = taken.get(key) ?? 0
    taken.set(key, place + 1)
    return HOOK * (place + 0.5)
  }
  return hooks.flatMap(hook => {
    const { at, kind } = hook
    if (!at) return []
    if ('value' in at) {
      const value = values.find(({ value }) => value.name === at.value)
      if (!value) return []
      return [{ hook, x: value.x + value.width / 2 + slot(at.value), y: value.y + value.height / 2 - LINE / 2 }]
    }
    const node = nodes.find(({ node }) => node.id === at.node)
    if (!node) return []
    const place = slot(`${kind} ${at.node}`)
    if (kind === 'forward-pre') {
      const entry = entryOf(at.node) ?? { x: node.x, y: node.y - node.height / 2 }
      return [{ hook, x: entry.x + place, y: entry.y - HALF }]
    }
    return [{ hook, x: node.x + (kind === 'backward' ? -place : place), y: node.y + node.height / 2 + HALF }]
  })
}

function linesOf(value: DrawnValue, before: DrawnValue | null): Pick<PlacedValue, 'lines' | 'changed'> {
  const name = value.name.startsWith('/') || value.role === 'constant' ? '' : value.name
  const lines: Line[] = name ? [{ id: 'name', kind: 'name', text: name }] : []
  let changed = false
  for (const kind of ['value', 'gradient'] as const) {
    const tensor = value[kind]
    if (!tensor) continue
    rowsOf(tensor).forEach((text, i) => {
      lines.push({
        id: `${kind} ${i}`,
        kind,
        text: kind === 'gradient' ? `${i === 0 ? 'grad ' : '     '}${text}` : text,
      })
    })
    const old = before?.[kind] ?? null
    if (!old || sameNumbers(tensor, old)) continue
    changed = true
    lines.push({ id: `${kind} was`, kind: 'was', text: `was ${short(old)}` })
  }
  return { lines, changed }
}
