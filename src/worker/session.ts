import { findNetwork, type NetworkEntry } from '../catalog/catalog'
import { loadNetwork } from '../catalog/load'
import { findHookPoint, readNetwork } from '../engine/layout'
import { Network } from '../engine/network'
import { createRuntime } from '../engine/ort'
import type { Run } from '../engine/run'
import type { Runtime } from '../engine/runtime'
import { HookscopeError } from '../errors'
import { toInput } from '../image/transform'
import { Picture } from './decode'
import { chooseEngine, loadOrt } from './load-ort'
import { readModelFile } from './model-files'
import { overlayPng } from './overlay'
import type { CallName, Calls, EngineState, NetworkView, Timed } from './protocol'

export interface CallContext<N extends CallName> {
  readonly signal: AbortSignal
  emit(event: Calls[N]['event']): void
}

/** One function a call of the protocol. */
export type Handlers = {
  readonly [N in CallName]: (params: Calls[N]['params'], context: CallContext<N>) => Promise<Calls[N]['result']>
}

/**
 * What the worker holds: one network, and what that network saw last. Each is replaced only when its successor is
 * ready, so that a failed or cancelled call leaves what was there.
 */
export class Session implements Handlers {
  readonly #runtimes = new Map<EngineState['name'], Promise<Runtime>>()
  #network: { readonly entry: NetworkEntry; readonly network: Network } | undefined
  #run: HeldRun | undefined

  async open({ model, engine }: Calls['open']['params'], { signal, emit }: CallContext<'open'>): Promise<NetworkView> {
    const entry = findNetwork(model)
    const total = entry.bytes
    emit({ phase: 'download', loaded: 0, total })
    const onBytes = (loaded: number) => emit({ phase: 'download', loaded, total })
    const { bytes, labels } = await loadNetwork(entry, readModelFile, { onBytes, signal })

    emit({ phase: 'engine' })
    const state = await chooseEngine(engine)
    const runtime = await this.#runtime(state)
    stopIf(signal)

    emit({ phase: 'compile' })
    const network = await Network.create(readNetwork(bytes), runtime)
    if (signal.aborted) {
      await network.dispose()
      throw cancelled()
    }

    const before = this.#network?.network
    this.#network = { entry, network }
    await this.#replaceRun(undefined)
    await before?.dispose()
    const { hookPoints, stages, cam } = network.layout
    return {
      id: entry.id,
      name: entry.name,
      engine: state,
      labels: labels.shown,
      preprocessing: entry.input,
      resize: entry.resize,
      hookPoints,
      stages,
      layer: findHookPoint(network.blueprint, entry.layer).path,
      cam,
    }
  }

  async look(
    { picture, resize }: Calls['look']['params'],
    { signal }: CallContext<'look'>,
  ): Promise<Calls['look']['result']> {
    const opened = this.#network
    if (!opened) throw new HookscopeError('bad-argument', 'No network is open. Open one first.')
    const decoded = await Picture.decode(picture, 'stored')
    try {
      const { width, height } = decoded
      const { input, seen } = await toInput(decoded, opened.entry.input, resize)
      stopIf(signal)
      const { value: run, ms } = await timed(() => opened.network.forward(input))
      if (signal.aborted || this.#network !== opened) {
        run.dispose()
        throw cancelled()
      }
      await this.#replaceRun(run)
      return { width, height, seen, logits: run.logits, ms }
    } finally {
      decoded.close()
    }
  }

  explain({ method, layer, target }: Calls['explain']['params'], { signal }: CallContext<'explain'>) {
    return this.#ask(signal, (run, signal) => timed(() => run.explain(method, layer, target, signal)))
  }

  async strip({ target }: Calls['strip']['params'], { signal, emit }: CallContext<'strip'>): Promise<null> {
    await this.#ask(signal, (run, signal) => run.strip(target, emit, signal))
    return null
  }

  features({ layer }: Calls['features']['params'], { signal }: CallContext<'features'>) {
    return this.#ask(signal, run => timed(() => run.features(layer)))
  }

  overlay(params: Calls['overlay']['params']): Promise<Blob> {
    return overlayPng(params)
  }

  #runtime(state: EngineState): Promise<Runtime> {
    const known = this.#runtimes.get(state.name)
    if (known) return known
    const loading = loadOrt(state).then(ort => createRuntime(ort, state.name))
    this.#runtimes.set(state.name, loading)
    loading.catch(() => this.#runtimes.delete(state.name))
    return loading
  }

  #ask<T>(signal: AbortSignal, question: (run: Run, signal: AbortSignal) => Promise<T>): Promise<T> {
    if (!this.#run) throw new HookscopeError('bad-argument', 'There is no picture yet. Choose one first.')
    return this.#run.ask(signal, question)
  }

  async #replaceRun(run: Run | undefined): Promise<void> {
    const before = this.#run
    this.#run = run && new HeldRun(run)
    await before?.release()
  }
}

/** A run that is disposed only once nobody is asking it anything. */
class HeldRun {
  readonly #run: Run
  readonly #superseded = new AbortController()
  readonly #asked = new Set<Promise<unknown>>()

  constructor(run: Run) {
    this.#run = run
  }

  async ask<T>(signal: AbortSignal, question: (run: Run, signal: AbortSignal) => Promise<T>): Promise<T> {
    const answer = question(this.#run, AbortSignal.any([signal, this.#superseded.signal]))
    this.#asked.add(answer)
    try {
      return await answer
    } finally {
      this.#asked.delete(answer)
    }
  }

  async release(): Promise<void> {
    this.#superseded.abort()
    await Promise.allSettled(this.#asked)
    this.#run.dispose()
  }
}

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled()
}

function cancelled(): HookscopeError {
  return new HookscopeError('cancelled', 'Cancelled.')
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const start = performance.now()
  const value = await work()
  return { value, ms: performance.now() - start }
}
