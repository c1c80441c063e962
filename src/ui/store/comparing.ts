import { correlation } from '../../attribution/correlation'
import type { Attribution } from '../../attribution/method'
import { DEFAULT_METHOD, findMethod } from '../../attribution/methods'
import type { Comparison } from './state'
import { failed, IDLE, RUNNING, type StoreContext } from './store-context'

/** Two classes' gradients side by side, and how alike they are. */
export interface Comparing {
  compare(against: number | null): Promise<void>
  /** Brings the comparison to what is chosen now, where there is one. */
  loadComparison(): Promise<void>
}

/** The gradient itself. */
const PLAIN = 'saliency'

export function createComparing({ get, set, engine, latest }: StoreContext): Comparing {
  async function compare(against: number | null): Promise<void> {
    set({ against, channel: null })
    await loadComparison()
  }

  async function loadComparison(): Promise<void> {
    const { scene, choice, against } = get()
    if (against === null || !scene || !choice || findMethod(choice.method).result !== 'gradient') {
      latest.stop('compare')
      set({ against: null, comparison: null, compareWork: IDLE })
      return
    }
    const signal = latest.begin('compare')
    const ask = async (method: string, index: number) =>
      (await engine.explain(scene.at, { ...choice, method, target: { class: index } }, { signal })).value
    set({ compareWork: RUNNING })
    try {
      // The plain gradient and Grad-CAM do depend on the class: what they say of the two stands beside it.
      for (const method of new Set([choice.method, PLAIN, DEFAULT_METHOD])) {
        const [first, second] = [await ask(method, choice.target), await ask(method, against)]
        if (signal.aborted) return
        const value = correlation(valuesOf(first), valuesOf(second))
        if (method === choice.method) show(first, second, value)
        else add({ method, value })
      }
      set({ compareWork: IDLE })
    } catch (error) {
      if (!signal.aborted) set({ compareWork: failed(error) })
    }

    function show(first: Attribution, second: Attribution, value: number): void {
      if (!scene || first.kind !== 'gradient' || second.kind !== 'gradient') return
      set({ comparison: { scene, pair: [first, second], correlations: [{ method: first.method, value }] } })
    }
  }

  function add(next: Comparison['correlations'][number]): void {
    const { comparison } = get()
    if (comparison) set({ comparison: { ...comparison, correlations: [...comparison.correlations, next] } })
  }

  return { compare, loadComparison }
}

function valuesOf(explanation: Attribution): Float32Array {
  return explanation.kind === 'map' ? explanation.map.values : explanation.gradient.values
}
