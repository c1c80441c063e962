import type { BackwardTarget, ForwardOptions, Inputs, Net, Run } from '../../hookscope'
import { LIMITS, reach } from '../limits'
import type { Drawing } from '../protocol'
import { draw, type Plan, planDrawing } from './draw'
import type { HookRecorder } from './hooks'

type RunLike = Pick<Run, keyof Run>
type NetLike = Omit<Net, 'forward'> & { forward(inputs: Inputs, options?: ForwardOptions): Promise<RunLike> }

/** Watches everything that code does with networks; frees it in the end. */
export class Watcher {
  /** The last pass through any network. */
  plan: Plan | null = null
  drawing: Drawing | null = null
  private readonly nets: Net[] = []
  private readonly runs = new Set<Run>()

  constructor(
    private readonly recorder: HookRecorder,
    private readonly progress: (doing: string) => void,
  ) {}

  /** The same network to its user; hooks and passes are seen on the way. */
  net(net: Net): NetLike {
    this.nets.push(net)
    const { recorder } = this
    return {
      get sessions() {
        return net.sessions
      },
      inputs: net.inputs,
      outputs: net.outputs,
      modules: () => net.modules(),
      operators: () => net.operators(),
      parameters: () => net.parameters(),
      getParameter: name => net.getParameter(name),
      module: path => recorder.module(path, net.module(path)),
      value: name => recorder.tensor(name, net.value(name)),
      parameter: name => recorder.tensor(name, net.parameter(name)),
      forward: async (inputs: Inputs, options?: ForwardOptions) => {
        this.progress('Forward pass')
        const run = await net.forward(inputs, options)
        this.runs.add(run)
        await this.look(net, run, false)
        return this.run(net, run)
      },
      dispose: () => net.dispose(),
    }
  }

  /** Ends what the code left. */
  async dispose(): Promise<void> {
    for (const run of this.runs) run.dispose()
    for (const net of this.nets) await net.dispose()
  }

  private run(net: Net, run: Run): RunLike {
    return {
      outputs: run.outputs,
      logits: run.logits,
      value: name => run.value(name),
      gradient: name => run.gradient(name),
      backward: async (target?: BackwardTarget) => {
        this.progress('Backward pass')
        await run.backward(target)
        await this.look(net, run, true)
      },
      dispose: () => {
        this.runs.delete(run)
        run.dispose()
      },
    }
  }

  private async look(net: Net, run: Run, backward: boolean): Promise<void> {
    const hooked = this.recorder.hooks.filter(({ kind }) => kind !== 'gradient').map(({ point }) => point)
    this.plan = planDrawing(net, hooked, run.outputs.keys())
    this.drawing = fits(this.plan) ? await draw(this.plan, net, run, backward) : null
  }
}

/** Whether the page has room for such a drawing. */
function fits({ nodes, edges }: Plan): boolean {
  if (nodes.length > LIMITS.nodes || edges.length > LIMITS.values) return false
  if (reach(nodes, edges) > LIMITS.reach) return false
  const names = [...nodes.flatMap(({ id, module, op }) => [id, module, op]), ...edges.map(({ name }) => name)]
  return names.every(name => name.length <= LIMITS.name)
}
