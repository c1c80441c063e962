import type { FunctionProto, GraphProto, ModelProto, NodeProto } from 'onnx-buf'
import { bad, checkedVersion } from './external'
import { functionKey, ownDomain } from './nodes'

/** Versions at which an operator took another form, so that what was written before means something else after. */
const CHANGED: Readonly<Record<string, readonly number[]>> = {
  ...each('Add Sub Mul Div Pow And Or Xor Equal Greater Less PRelu', [7]),
  ...each('Squeeze Unsqueeze ReduceSum Split Softmax LogSoftmax Hardmax', [13]),
  ...each('ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd', [18]),
  ...each('Clip Pad', [11]),
  ReduceSumSquare: [18],
  BatchNormalization: [7, 9, 14],
  Cast: [6],
  Dropout: [7, 12],
  GroupNormalization: [21],
  Reshape: [5],
  Resize: [11],
  Scan: [9],
  Slice: [10],
  Tile: [6],
  TopK: [10],
  Upsample: [9, 10],
}

function each(ops: string, versions: readonly number[]): Record<string, readonly number[]> {
  return Object.fromEntries(ops.split(' ').map(op => [op, versions]))
}

/**
 * The version of each operator set for the graph with its functions expanded: the newest that any of them names, where
 * no operator took another form in between.
 *
 * @throws HookscopeError `bad-model` where there is none
 */
export function commonOpsets(model: ModelProto, graph: GraphProto): Map<string, number> {
  const opsetsOf = (imports: ModelProto['opsetImport']) =>
    new Map(
      imports.map(({ domain, version }) => [
        ownDomain(domain),
        checkedVersion(version, `operators of ${domain || 'ONNX'}`),
      ]),
    )
  const own = opsetsOf(model.opsetImport)
  if (model.functions.length === 0) return own
  const called = usedBy(graph.node, model)
  const parts = [
    { name: 'the graph', opsets: own, nodes: graph.node },
    ...called.map(f => ({ name: `the function "${f.name}"`, opsets: opsetsOf(f.opsetImport), nodes: f.node })),
  ]
  const all = new Map(parts.toReversed().flatMap(({ opsets }) => [...opsets]))
  const brought = new Set(model.functions.map(({ domain }) => ownDomain(domain)))
  const used = new Set(parts.flatMap(({ nodes }) => opsOf(nodes)).map(node => ownDomain(node.domain)))
  for (const domain of brought) if (!stillUsed(domain, parts, model)) all.delete(domain)
  for (const domain of [...all.keys()]) if (domain !== '' && !own.has(domain) && !used.has(domain)) all.delete(domain)
  const versions = [...new Set(parts.flatMap(({ opsets }) => opsets.get('') ?? []))].sort((a, b) => b - a)
  const clash = (version: number) => parts.map(part => changedBetween(part, version)).find(Boolean)
  const version = versions.find(candidate => !clash(candidate))
  if (version === undefined && versions.length > 0)
    throw bad(`${clash(versions[0] ?? 1)} Export it with one version for all.`)
  if (version !== undefined) all.set('', version)
  return all
}

interface Part {
  readonly name: string
  readonly opsets: ReadonlyMap<string, number>
  readonly nodes: readonly NodeProto[]
}

function changedBetween({ name, opsets, nodes }: Part, version: number): string | undefined {
  const own = opsets.get('') ?? version
  const [low, high] = [Math.min(own, version), Math.max(own, version)]
  const changed = opsOf(nodes).find(
    ({ domain, opType }) =>
      ownDomain(domain) === '' && Object.hasOwn(CHANGED, opType) && CHANGED[opType]?.some(at => at > low && at <= high),
  )
  return (
    changed &&
    `Parts of the file are of ONNX opset ${version}, but ${name} is of ${own}, where ${changed.opType} has another form.`
  )
}

/** Nodes, those inside of bodies too. */
function opsOf(nodes: readonly NodeProto[]): NodeProto[] {
  return nodes.flatMap(node => [node, ...node.attribute.flatMap(({ g }) => (g ? opsOf(g.node) : []))])
}

/** The functions that nodes call, and those that these call. */
function usedBy(nodes: readonly NodeProto[], { functions }: ModelProto): FunctionProto[] {
  const byKey = new Map(functions.map(f => [functionKey(f.domain, f.name, f.overload), f]))
  const found = new Set<FunctionProto>()
  const pending = [...opsOf(nodes)]
  for (let node = pending.pop(); node; node = pending.pop()) {
    const called = byKey.get(functionKey(node.domain, node.opType, node.overload))
    if (!called || found.has(called)) continue
    found.add(called)
    pending.push(...opsOf(called.node))
  }
  return [...found]
}

/** Whether a domain that functions came from also names an operator that none of them defines. */
function stillUsed(domain: string, parts: readonly Part[], { functions }: ModelProto): boolean {
  const defined = new Set(functions.map(f => functionKey(f.domain, f.name, f.overload)))
  return parts.some(({ nodes }) =>
    opsOf(nodes).some(
      node => ownDomain(node.domain) === domain && !defined.has(functionKey(node.domain, node.opType, node.overload)),
    ),
  )
}
