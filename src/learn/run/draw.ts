import { HookscopeError, type Net, type Operator, type Run, type Tensor } from '../../hookscope'
import type { Drawing, DrawnHook, DrawnNode, DrawnValue } from '../protocol'
import { drawn } from './drawn'

/** Operators of which more are drawn as modules. */
const MOST = 12

/** The value of a name is wanted once, its numbers later. */
type Edge = Omit<DrawnValue, 'value' | 'gradient'>

export interface Plan {
  readonly detail: Drawing['detail']
  readonly nodes: readonly DrawnNode[]
  readonly edges: readonly Edge[]
}

/** How a network is drawn: every operator of a small one; of another its modules, those opened in which hooks stand. */
export function planDrawing(net: Pick<Net, 'operators'>, hooked: readonly string[], outputs: Iterable<string>): Plan {
  const all = net.operators()
  const results = new Set(outputs)
  if (all.length <= MOST) {
    const nodes = all.map(({ op, module, outputs: [id = ''] }) => ({ id, module, op }))
    return { detail: 'values', nodes, edges: edgesOf(all, ({ outputs: [id = ''] }) => id, results, true) }
  }
  // Without those that only prepare weights.
  const operators = all.filter(({ inputs, parameters }) => inputs.length > parameters.length)
  const open = new Set(hooked.filter(path => path.includes('.')).map(top))
  const groupOf = ({ module, outputs: [id = ''] }: Operator) => {
    if (!module) return id
    return open.has(top(module)) ? module.split('.').slice(0, 2).join('.') : top(module)
  }
  const groups = grouped(operators, groupOf)
  const nodes = [...groups].map(([id, inside]) => ({ id, module: inside[0]?.module ? id : '', op: summary(inside) }))
  return { detail: 'modules', nodes, edges: edgesOf(operators, groupOf, results, false) }
}

/** Where a hook stands in the drawing. */
export function placeOf({ kind, point }: Pick<DrawnHook, 'kind' | 'point'>, { nodes, edges }: Plan): DrawnHook['at'] {
  const inside = nodes.filter(({ module }) => module !== '' && (point === '' || within(module, point)))
  if (kind === 'gradient') {
    const maker = inside.at(-1)?.id
    const edge = edges.find(({ name }) => name === point) ?? edges.find(({ from }) => from !== null && from === maker)
    return edge ? { value: edge.name } : null
  }
  const around = nodes.filter(({ module }) => module !== '' && within(point, module))
  const node = kind === 'forward-pre' ? inside[0] : inside.at(-1)
  const at = node ?? around[0]
  return at ? { node: at.id } : null
}

/** Fills in the numbers: of a drawing in modules shapes alone. */
export async function draw(plan: Plan, net: Net, run: Run, backward: boolean): Promise<Drawing> {
  const values: DrawnValue[] = []
  for (const edge of plan.edges) {
    if (plan.detail === 'modules') {
      const dims = dimsOf(net, edge.name)
      values.push({ ...edge, value: dims && { dims, data: null }, gradient: null })
      continue
    }
    const value = await ifThere(() => run.value(edge.name))
    const gradient = backward && edge.role !== 'constant' ? await ifThere(() => run.gradient(edge.name)) : null
    values.push({ ...edge, value: value && drawn(value), gradient: gradient && drawn(gradient) })
  }
  const { detail, nodes } = plan
  return { detail, nodes, values }
}

function edgesOf(
  operators: readonly Operator[],
  groupOf: (operator: Operator) => string,
  results: ReadonlySet<string>,
  parameters: boolean,
): Edge[] {
  const from = new Map(operators.flatMap(one => one.outputs.map(name => [name, groupOf(one)] as const)))
  const fixed = new Set(operators.flatMap(one => one.parameters))
  const to = new Map<string, Set<string>>()
  for (const name of results) to.set(name, new Set())
  for (const one of operators)
    for (const name of one.inputs)
      if (from.get(name) !== groupOf(one) && (parameters || !fixed.has(name)))
        to.set(name, (to.get(name) ?? new Set()).add(groupOf(one)))
  return [...to].map(([name, readers]) => ({
    name,
    role: roleOf(name, fixed, from, results),
    from: from.get(name) ?? null,
    to: [...readers],
  }))
}

function roleOf(
  name: string,
  fixed: ReadonlySet<string>,
  from: ReadonlyMap<string, string>,
  results: ReadonlySet<string>,
): DrawnValue['role'] {
  // GraphBuilder's name for a number that stands in an expression.
  if (/^constant \d+$/.test(name)) return 'constant'
  if (fixed.has(name) && !from.has(name)) return 'parameter'
  if (results.has(name)) return 'output'
  return from.has(name) ? 'between' : 'input'
}

function dimsOf(net: Net, name: string): readonly number[] | null {
  const maker = net.operators().find(({ outputs: [first] }) => first === name)
  return maker ? (maker.dims ?? null) : (net.modules().inputs[0] ?? null)
}

/** "2 Conv, 1 Relu"; of one operator its type. */
function summary(inside: readonly Operator[]): string {
  const counts = [...grouped(inside, ({ op }) => op)].map(([op, same]) => [op, same.length] as const)
  const [only, more] = counts
  return only && !more && only[1] === 1 ? only[0] : counts.map(([op, count]) => `${count} ${op}`).join(', ')
}

async function ifThere(work: () => Promise<Tensor>): Promise<Tensor | null> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HookscopeError && error.code !== 'engine-failed') return null
    throw error
  }
}

/** Map.groupBy, which Node 20 has not. */
function grouped<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

const top = (path: string): string => path.split('.')[0] ?? ''
const within = (path: string, outer: string): boolean => {
  const module = outer.replace(/:\d+$/, '')
  return path === module || path.startsWith(`${module}.`)
}
