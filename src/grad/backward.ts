import { HookscopeError } from '../errors'
import { type GraphIndex, reads } from '../graph/graph-index'
import { behindMark, ownName } from '../graph/own-names'
import type { Program } from '../graph/program'
import { isFloat, type ValueInfo } from '../graph/shapes'
import { finish, type Steps } from '../graph/steps'
import { has, isQuantized } from '../graph/traits'
import type { Node } from '../graph/types'
import { formOf } from './alike'
import { Emitter } from './emitter'
import { noGradient, type Rule, type RuleScope, unwritten } from './rule'
import { keyOf, RULES, type RuleTable, ruleFor, SEVERAL_OUTPUTS, ZERO_GRADIENT } from './rules'
import { through } from './through'

/** Name of the gradient of the target with respect to a value. */
export const gradientOf = (value: string): string => ownName('grad', value)

/** The value that a gradient's name stands for; undefined for another name. */
export const valueBehind = (name: string): string | undefined => behindMark('grad', name)

export interface BackwardRequest {
  /** Values whose gradient is fed under `gradientOf(value)`, complete: the walk ends there. */
  readonly known: readonly string[]
  /** Values whose gradient is asked for. */
  readonly wanted: readonly string[]
  /** Another table gives another backward pass, such as guided backpropagation. */
  readonly rules?: RuleTable
}

/**
 * Reverse-mode differentiation as a graph: reads forward values and the gradients of `known`, gives the
 * gradients of `wanted`. A wanted value that does not reach a known one has gradient 0.
 *
 * @throws HookscopeError `no-gradient` where an operator in between has no rule, or a shape is unknown
 */
export function backward(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  request: BackwardRequest,
): Program {
  const { known, wanted, rules = RULES } = request
  const ends = new Set(known)
  const { moving, nodes } = dependents(graphIndex, shapes, wanted, ends)
  const emit = new Emitter(graphIndex.opset, shapes)
  const parts = new Map<string, string[]>()
  for (const value of known) {
    emit.expect(gradientOf(value), value)
    parts.set(value, [gradientOf(value)])
  }
  const total = (value: string): string | undefined => {
    const list = parts.get(value)
    if (!list) return undefined
    emit.within(value, list[0] ?? '')
    const sum = list.reduce((sum, part) => emit.op('Add', [sum, part]))
    parts.set(value, [sum])
    return sum
  }
  const producer = (value: string) => graphIndex.producer.get(value)
  for (const node of nodes.reverse()) {
    const carries = (input: string) => moving.has(input) && !ends.has(input)
    const inputs = node.inputs.map(carries)
    if (!node.outputs.some(value => parts.has(value)) || !reads(node).some(carries)) continue
    if (ZERO_GRADIENT.has(node.op)) continue
    const rule = ruleOf(node, graphIndex.opset, rules, value => parts.has(value))
    const contributions = write({ emit, producer, rules }, rule, node, node.outputs.map(total), inputs)
    node.inputs.forEach((input, i) => {
      const contribution = contributions[i]
      if (!inputs[i] || contribution == null) return
      const part = emit.unbroadcast(contribution, emit.shape(input))
      const list = parts.get(input)
      if (list) list.push(part)
      else parts.set(input, [part])
    })
  }
  for (const value of wanted) {
    emit.within(value, value)
    const gradient = total(value) ?? emit.filled(emit.shape(value), 0)
    emit.put({ op: 'Identity', inputs: [gradient], output: gradientOf(value) })
  }
  return closed(emit, graphIndex, wanted)
}

/** @throws HookscopeError `no-gradient` */
function ruleOf(node: Node, opset: number, rules: RuleTable, matters: (value: string) => boolean): Rule {
  const rule = ruleFor(rules, node.op, node.domain)
  if (!rule) throw noGradient(node, opset, 'there is no rule for this operator')
  if (!SEVERAL_OUTPUTS.has(keyOf(node.op, node.domain)) && node.outputs.slice(1).some(matters))
    throw noGradient(node, opset, 'there is no rule for its second output')
  return rule
}

/** Operators whose rule takes whole numbers that stand for floats. */
const takesWhole = (node: Node): boolean =>
  has(node, 'copies', 'converts', 'reshapes', 'permutes', 'cuts', 'joins') ||
  isQuantized(node) ||
  OVER_WHOLE.has(node.op)

const OVER_WHOLE: ReadonlySet<string> = new Set(['DequantizeLinear', 'MatMulIntegerToFloat', 'MaxPool'])

/** The rule's nodes. @returns gradients with respect to each input. @throws HookscopeError `no-gradient` for whatever the rule throws */
function write(
  { emit, producer, rules }: Pick<RuleScope, 'emit' | 'producer'> & { readonly rules: RuleTable },
  rule: Rule,
  node: Node,
  gradients: readonly (string | undefined)[],
  wanted: readonly boolean[],
): readonly (string | null)[] {
  if (node.inputs.some((input, i) => wanted[i] && !isFloat(emit.typeOf(input))) && !takesWhole(node))
    throw noGradient(node, emit.opset, 'it works on whole numbers')
  const [output = ''] = node.outputs
  const GO = gradients.find(gradient => gradient !== undefined) ?? ''
  emit.within(node.name || output, GO)
  const wants = (i: number) => wanted[i] === true
  try {
    const scope: RuleScope = {
      ...{ node, emit, I: i => node.inputs[i] ?? '', O: output, GO, GOs: gradients, wants, producer },
      through: body => through(scope, rules, body),
    }
    return rule(scope)
  } catch (cause) {
    if (cause instanceof HookscopeError && cause.code === 'no-gradient') throw cause
    throw unwritten(node, emit.opset, cause)
  }
}

/**
 * Values that change smoothly with a wanted one, not followed past those whose gradient is known, and the nodes that they
 * pass, in order. Sizes, places and truths do not change so; what a quantization rounds counts as smooth.
 */
function dependents(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  wanted: readonly string[],
  ends: ReadonlySet<string>,
): { moving: ReadonlySet<string>; nodes: Node[] } {
  const isSmooth = smoothValues(graphIndex, shapes)
  const moving = new Set(wanted)
  const passed = new Set<Node>()
  const pending = [...wanted]
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (ends.has(value)) continue
    for (const node of graphIndex.consumers.get(value) ?? []) {
      if (passed.has(node) || ZERO_GRADIENT.has(node.op)) continue
      passed.add(node)
      for (const output of node.outputs) {
        if (!output || moving.has(output) || !isSmooth(output)) continue
        moving.add(output)
        pending.push(output)
      }
    }
  }
  const place = (node: Node) => graphIndex.place.get(node) ?? 0
  return { moving, nodes: [...passed].sort((a, b) => place(a) - place(b)) }
}

/**
 * Whether a value moves little where its inputs do: floats, and whole numbers that stand for floats, as quantization makes
 * them and operators hand them on. The scale and zero point that a dynamic quantization finds count as constants.
 */
function smoothValues(graphIndex: GraphIndex, shapes: ReadonlyMap<string, ValueInfo>): (value: string) => boolean {
  const isFloating = (value: string) => isFloat(shapes.get(value)?.type ?? 'float32')
  const standing = STANDING.get(graphIndex) ?? new Set<string>()
  if (!STANDING.has(graphIndex))
    for (const node of graphIndex.nodes) {
      const stands = isQuantized(node) || (!has(node, 'still') && node.inputs.some(input => standing.has(input)))
      const outputs = isQuantized(node) ? node.outputs.slice(0, 1) : node.outputs
      if (stands) for (const output of outputs) if (!isFloating(output)) standing.add(output)
    }
  STANDING.set(graphIndex, standing)
  const isStatistic = (value: string) => {
    const maker = graphIndex.producer.get(value)
    return maker?.op === 'DynamicQuantizeLinear' && maker.outputs[0] !== value
  }
  return value => standing.has(value) || (isFloating(value) && !isStatistic(value))
}

/** Whole numbers of a network that stand for floats: looked for once, for every segment asks. */
const STANDING = new WeakMap<GraphIndex, Set<string>>()

function closed(emit: Emitter, graphIndex: GraphIndex, wanted: readonly string[]): Program {
  const read = new Set(wanted.map(gradientOf))
  const nodes = emit.nodes
    .toReversed()
    .filter(node => {
      const isRead = node.outputs.some(output => read.has(output))
      if (isRead) for (const input of node.inputs) read.add(input)
      return isRead
    })
    .reverse()
  const made = new Set([...emit.constants.keys(), ...nodes.flatMap(node => node.outputs)])
  const outside = new Set(nodes.flatMap(node => node.inputs).filter(name => name !== '' && !made.has(name)))
  return {
    nodes,
    constants: new Map([...emit.constants].filter(([name]) => read.has(name))),
    inputs: [...outside].filter(name => !graphIndex.parameters.has(name)),
    parameters: [...outside].filter(name => graphIndex.parameters.has(name)),
    outputs: wanted.map(gradientOf),
  }
}

/** The node that stands between a value and the target, and has no rule. */
export interface Obstacle {
  readonly node: Node
  /** Why no gradient passes it, for a user. */
  readonly sentence: string
}

/**
 * For every value that the target depends on: null where gradients reach it, or the node that stands in the way, the last
 * one before the target. A value that is missing does not move the target. Every rule is tried, so that an operator whose rule refuses this
 * form of it counts as well.
 */
export const obstacles = (...given: Parameters<typeof findObstacles>): Map<string, Obstacle | null> =>
  finish(findObstacles(...given))

/** Nodes between two steps. */
const STRIDE = 500

/** `obstacles` in steps. */
export function* findObstacles(
  graphIndex: GraphIndex,
  shapes: ReadonlyMap<string, ValueInfo>,
  target: string,
  rules: RuleTable = RULES,
): Steps<Map<string, Obstacle | null>> {
  const found = new Map<string, Obstacle | null>([[target, null]])
  const isSmooth = smoothValues(graphIndex, shapes)
  const emit = new Emitter(graphIndex.opset, shapes)
  const passed = new Set<string>()
  for (const [i, node] of graphIndex.nodes.toReversed().entries()) {
    if (i % STRIDE === STRIDE - 1) yield i / graphIndex.nodes.length
    const onward = node.outputs.filter(output => found.has(output))
    if (onward.length === 0 || ZERO_GRADIENT.has(node.op)) continue
    const behind = onward.map(output => found.get(output)).find(obstacle => obstacle != null)
    const open = new Set<string>()
    for (const input of reads(node)) {
      if (graphIndex.parameters.has(input) || !isSmooth(input)) continue
      if (found.get(input)) continue
      if (behind) found.set(input, behind)
      else open.add(input)
    }
    if (open.size === 0) continue
    const matters = (value: string) => found.has(value)
    const attempt = (inputs: ReadonlySet<string>) => {
      const form = formOf(
        node,
        value => shapes.get(value),
        value => inputs.has(value),
        matters,
      )
      if (form !== undefined && passed.has(form)) return null
      const { obstacle, isOwn } = tried(emit, graphIndex, node, rules, matters, inputs)
      if (form !== undefined && !obstacle && isOwn) passed.add(form)
      return obstacle
    }
    const obstacle = attempt(open)
    for (const input of open) {
      const alone = obstacle && open.size > 1 && open.size <= FEW ? attempt(new Set([input])) : obstacle
      found.set(input, found.get(input) ?? alone)
    }
  }
  return found
}

/** Inputs that a rule is tried for one by one, where it refuses all of them at once. */
const FEW = 16

/**
 * What stands in the way at one node, for the gradients at all of these inputs; null where its rule writes them. It is the
 * node's own where the rule did not look at who makes its inputs.
 */
function tried(
  emit: Emitter,
  graphIndex: GraphIndex,
  node: Node,
  rules: RuleTable,
  matters: (value: string) => boolean,
  inputs: ReadonlySet<string>,
): { readonly obstacle: Obstacle | null; readonly isOwn: boolean } {
  let isOwn = true
  const producer = (value: string) => {
    isOwn = false
    return graphIndex.producer.get(value)
  }
  try {
    const rule = ruleOf(node, graphIndex.opset, rules, matters)
    const gradients = node.outputs.map(output => (matters(output) ? output : undefined))
    const wanted = node.inputs.map(name => inputs.has(name))
    const written = write({ emit, producer, rules }, rule, node, gradients, wanted)
    node.inputs.forEach((input, i) => {
      const contribution = written[i]
      if (wanted[i] && contribution) emit.unbroadcast(contribution, emit.shape(input))
    })
    return { obstacle: null, isOwn }
  } catch (error) {
    if (error instanceof HookscopeError) return { obstacle: { node, sentence: error.message }, isOwn }
    throw error
  } finally {
    emit.forget()
  }
}
