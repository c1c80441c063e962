import { intAttribute, intsAttribute } from '../attributes'
import type { Body, Node } from '../types'
import { positiveAxis, type ShapeRule, type ValueInfo } from './value-info'

type Values = readonly (ValueInfo | undefined)[]

const bodyOf = (node: Node, name: string): Body | undefined => {
  const found = node.attributes.get(name)
  return found?.kind === 'graph' ? found.value : undefined
}

const sameDims = (a: ValueInfo | undefined, b: ValueInfo | undefined): boolean =>
  a !== undefined && a.dims.length === b?.dims.length && a.dims.every((size, axis) => size === b.dims[axis])

const bare = (x: ValueInfo | undefined): ValueInfo | undefined => x && { type: x.type, dims: x.dims }

/** The shape that both branches give; where the condition is known, its branch's. */
const conditional: ShapeRule = ({ node, inputs: [condition], body }) => {
  const branches = ['then_branch', 'else_branch'].map(name => bodyOf(node, name))
  const [yes, no] = branches.map(branch => (branch && body?.(branch, [])) ?? [])
  const content = condition?.content?.[0]
  if (content !== undefined) return (content ? yes : no) ?? []
  return node.outputs.map((_, i) => (sameDims(yes?.[i], no?.[i]) ? bare(yes?.[i]) : undefined))
}

/**
 * States of a loop that leave its body in the shape in which they entered have it after any number of turns: the body
 * is read until only such are taken for known. `results` is what the body gives for them.
 */
function keptStates(states: Values, run: (states: Values) => Values): { kept: Values; results: Values } {
  let kept = states.map(bare)
  for (;;) {
    const results = run(kept)
    const next = kept.map((state, i) => (sameDims(state, results[i]) ? state : undefined))
    if (next.every((state, i) => state === kept[i])) return { kept, results }
    kept = next
  }
}

/** Loop(M, condition, states…) gives the last states, then what each turn gave, one after another. */
const loop: ShapeRule = ({ node, inputs, body }) => {
  const inside = bodyOf(node, 'body')
  if (!inside || !body) return []
  const [most, condition, ...states] = inputs
  const goesOn = !node.inputs[1] || condition?.content?.[0] === 1
  const turn: ValueInfo = { type: 'int64', dims: [] }
  const asked: ValueInfo = { type: 'bool', dims: [], ...(goesOn && { content: [1] }) }
  const { kept, results } = keptStates(states, given => body(inside, [turn, asked, ...given]).slice(1))
  const again = body(inside, [turn, asked, ...kept])[0]?.content?.[0] === 1
  const turns = goesOn && again ? most?.content?.[0] : undefined
  const each = results.slice(states.length)
  return [
    ...kept,
    ...each.map(x => (x && turns !== undefined ? { type: x.type, dims: [turns, ...x.dims] } : undefined)),
  ]
}

/** Scan(states…, sequences…) goes along one axis of each sequence. Before opset 9 it had a batch, and is left open. */
const scan: ShapeRule = ({ node, opset, inputs, body }) => {
  const inside = bodyOf(node, 'body')
  if (!inside || !body || opset < 9) return []
  const count = intAttribute(node, 'num_scan_inputs', 0)
  const states = inputs.slice(0, inputs.length - count)
  const sequences = inputs.slice(inputs.length - count)
  const along = (x: ValueInfo, i: number) =>
    positiveAxis(intsAttribute(node, 'scan_input_axes')?.[i] ?? 0, x.dims.length)
  const parts = sequences.map((x, i) => x && { type: x.type, dims: x.dims.filter((_, axis) => axis !== along(x, i)) })
  const [first] = sequences
  const length = first?.dims[along(first, 0)]
  const { kept, results } = keptStates(states, given => body(inside, [...given, ...parts]))
  const each = results.slice(states.length).map((x, i) => {
    if (!x || length === undefined) return undefined
    const axis = positiveAxis(intsAttribute(node, 'scan_output_axes')?.[i] ?? 0, x.dims.length + 1)
    return { type: x.type, dims: x.dims.toSpliced(axis, 0, length) }
  })
  return [...kept, ...each]
}

export const controlShapes: Readonly<Record<string, ShapeRule>> = { If: conditional, Loop: loop, Scan: scan }
