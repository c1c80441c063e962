import { HookscopeError } from '../errors'
import type { GraphIndex } from '../graph/graph-index'
import { hookPoints } from '../graph/hook-points'
import { type ModuleCall, moduleCalls } from '../graph/module-calls'
import type { ValueInfo } from '../graph/shapes'
import type { Node } from '../graph/types'

/** Everything in a network that a hook can stand on, by the names that PyTorch has for it. */
export class Points {
  readonly calls: readonly ModuleCall[]
  /** `conv1.weight` to the value that the operator reads. */
  readonly parameters: ReadonlyMap<string, string>
  private readonly byModule = new Map<string, ModuleCall[]>()
  private readonly values: ReadonlyMap<string, string>

  constructor(
    private readonly graphIndex: GraphIndex,
    private readonly shapes: ReadonlyMap<string, ValueInfo>,
    /** The input that `image` stands for. */
    private readonly picture?: string,
  ) {
    this.calls = moduleCalls(graphIndex)
    for (const call of this.calls)
      for (const path of new Set([call.module, call.path]))
        this.byModule.set(path, [...(this.byModule.get(path) ?? []), call])
    this.parameters = namedParameters(this.calls, graphIndex)
    this.values = new Map(
      hookPoints(graphIndex, shapes).flatMap(point => [point.path, ...point.aliases].map(path => [path, point.value])),
    )
  }

  /**
   * The calls of a module, in order.
   *
   * @param path `layer1.0.relu` for all of them, `layer1.0.relu:1` for one, the empty string for the network
   * @throws HookscopeError `unknown-layer`; for a module that the exporter folded away, it names what holds it now
   */
  module(path: string): readonly ModuleCall[] {
    const calls = this.byModule.get(path)
    if (calls) return calls
    throw new HookscopeError('unknown-layer', `${this.missing(path)} ${this.near(path)}`)
  }

  /**
   * A value by its name in the file, or by the path of the hook point that it leaves.
   *
   * @throws HookscopeError `unknown-layer`
   */
  value(name: string): string {
    const { producer, graph } = this.graphIndex
    const isThere = producer.has(name) || graph.inputs.some(port => port.name === name) || graph.constants.has(name)
    const value = isThere ? name : (this.values.get(name) ?? (name === 'image' ? this.picture : undefined))
    if (value !== undefined) return value
    throw new HookscopeError('unknown-layer', `The network has no value "${name}". ${this.near(name)}`)
  }

  /**
   * A parameter by module path and `.weight` or `.bias`, or by its name in the file.
   *
   * @throws HookscopeError `unknown-layer`
   */
  parameter(name: string): string {
    const value = this.parameters.get(name) ?? (this.graphIndex.graph.constants.has(name) ? name : undefined)
    if (value !== undefined) return value
    const known = [...this.parameters.keys()]
    const near = known.filter(other => stem(other) === stem(name))
    const folded = this.byModule.has(stem(name)) ? '' : ` ${this.missing(stem(name))}`
    const examples = (near.length > 0 ? near : known).slice(0, 4).join(', ')
    throw new HookscopeError(
      'unknown-layer',
      `The network has no parameter "${name}".${folded} ${near.length > 0 ? 'Near it' : 'It has, among others'}: ${examples}.`,
    )
  }

  dims(value: string): readonly number[] | undefined {
    return this.shapes.get(value)?.dims
  }

  private missing(path: string): string {
    const holder = this.holder(path)
    return holder === undefined
      ? `The network has no module "${path}".`
      : `The module "${path}" is not in the file: exporters fold BatchNorm into the layer before it and leave out Dropout and Identity. ${holder} holds it now.`
  }

  /**
   * What took in a module that is not in the file: among its siblings `conv1` for `bn1`, else the nearest with a lower
   * number (`downsample.0` for `downsample.1`).
   */
  private holder(path: string): string | undefined {
    const parent = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : ''
    const [, word, digits] = /([^.\d]*)(\d*)$/.exec(path.slice(parent ? parent.length + 1 : 0)) ?? []
    if (digits === undefined || (word && !/norm|bn|drop|identity/i.test(word))) return undefined
    const siblings = this.calls.filter(({ module, operators }) => {
      const [up, last] = [
        module.slice(0, Math.max(0, module.lastIndexOf('.'))),
        module.slice(module.lastIndexOf('.') + 1),
      ]
      if (!module || up !== parent || !operators.some(({ node }) => WEIGHTED.has(node.op))) return false
      const number = /\d*$/.exec(last)?.[0]
      return word ? number === digits : number === last && Number(number) < Number(digits)
    })
    return siblings.at(-1)?.module
  }

  private near(path: string): string {
    const paths = [...this.byModule.keys()].filter(Boolean)
    if (paths.length === 0) return 'It has no modules.'
    const parent = path.replace(/\.?[^.]*$/, '')
    const near = paths.filter(other => parent !== '' && other.startsWith(`${parent}.`))
    const examples = (near.length > 0 ? near : paths.filter(other => !other.includes('.'))).slice(0, 6)
    return `${near.length > 0 ? 'Near it' : 'It has, among others'}: ${examples.join(', ')}.`
  }
}

const stem = (parameter: string): string => parameter.replace(/\.[^.]*$/, '')

const WEIGHTED: ReadonlySet<string> = new Set(['Conv', 'Gemm', 'MatMul'])

/**
 * `weight` and `bias` of the operators that have them, under the path of the module; where one module holds several
 * such operators, each under its own label (`Conv_1.weight`).
 */
function namedParameters(calls: readonly ModuleCall[], graphIndex: GraphIndex): Map<string, string> {
  const found = new Map<string, string>()
  for (const { module, call, operators } of calls) {
    const weighted = operators.filter(({ node }) => WEIGHTED.has(node.op) && isParameter(node.inputs[1], graphIndex))
    for (const { node, label } of call === 0 ? weighted : []) {
      const prefix = weighted.length === 1 && module ? module : [module, label].filter(Boolean).join('.')
      found.set(`${prefix}.weight`, node.inputs[1] ?? '')
      const bias = node.op === 'MatMul' ? addedBias(node, graphIndex) : node.inputs[2]
      if (isParameter(bias, graphIndex)) found.set(`${prefix}.bias`, bias)
    }
  }
  return found
}

const isParameter = (value: string | undefined, graphIndex: GraphIndex): value is string =>
  value !== undefined && graphIndex.parameters.has(value)

/** Exporters write a linear layer over tokens as MatMul, then Add. */
function addedBias(node: Node, graphIndex: GraphIndex): string | undefined {
  const [reader, other] = graphIndex.consumers.get(node.outputs[0] ?? '') ?? []
  if (reader?.op !== 'Add' || other) return undefined
  return reader.inputs.find(input => graphIndex.parameters.has(input))
}
