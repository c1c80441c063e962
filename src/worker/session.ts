import { findHookPoint } from '../analysis/analyze'
import { DOWNLOADS, findNetwork, isDownload } from '../catalog/catalog'
import type { OpenFile } from '../catalog/own'
import { explain, explainStages } from '../engine/explain'
import type { Intervention as EngineIntervention } from '../engine/intervene'
import { changeOf, checkChange } from '../engine/interventions'
import { Network } from '../engine/network'
import { openModel } from '../engine/open'
import { startRuntime } from '../engine/ort'
import type { Run } from '../engine/run'
import type { Runtime } from '../engine/runtime'
import { HookscopeError } from '../errors'
import { toInput } from '../image/transform'
import type { Preprocessing } from '../image/types'
import type { Decode } from './decode'
import type { Engines } from './load-ort'
import { inspectOwn, loadListed, loadOwn, telling } from './loading'
import { downloadsPlace, networkSources } from './model-files'
import { overlayPng } from './overlay'
import { PageHooks } from './page-hooks'
import { previewInput } from './preview'
import type { CallName, Calls, EngineChoice, EngineState, Intervention, NetworkView, Timed } from './protocol'

export interface CallContext<N extends CallName> {
  readonly signal: AbortSignal
  emit(event: Calls[N]['event']): void
}

/** One function a call of the protocol. */
export type Handlers = {
  readonly [N in CallName]: (params: Calls[N]['params'], context: CallContext<N>) => Promise<Calls[N]['result']>
}

/**
 * The worker holds one network, and the picture that it saw last. Each is replaced only when its successor is
 * ready, so that a failed or cancelled call leaves what was there.
 */
export class Session implements Handlers {
  readonly #runtimes = new Map<EngineState['name'], Promise<Runtime>>()
  #network: { readonly preprocessing: Preprocessing; readonly network: Network } | undefined
  #run: HeldRun | undefined
  /** The same picture in the network with changes, where there are any. */
  #changed: HeldRun | undefined
  readonly #hooks = new PageHooks()

  /** @param engines and decoder of where it runs */
  constructor(
    private readonly engines: Engines,
    private readonly decode: Decode,
  ) {}

  async open(params: Calls['open']['params'], context: CallContext<'open'>): Promise<NetworkView> {
    const { signal, emit } = context
    const { engine, own } = params
    // The engine starts while the file is fetched and read.
    const starting = this.#start(engine)
    starting.catch(() => {})
    const found = own
      ? await loadOwn(own, this.#opener(engine, context), signal)
      : await loadListed(params, { signal, emit })
    const { id, name, labels, preprocessing, resize } = found

    emit({ phase: 'engine' })
    const { state, runtime } = await starting
    stopIf(signal)

    emit({ phase: 'compile' })
    const network = await Network.create(found.analyzed, runtime)
    if (signal.aborted) {
      await network.dispose()
      throw cancelled()
    }

    const before = this.#network?.network
    this.#network = { preprocessing, network }
    await this.#replaceRun(undefined)
    await before?.dispose()
    const { hookPoints, stages, cam, inputGradient, rectifiers, answer } = network.layout
    return {
      id,
      name,
      engine: state,
      labels,
      preprocessing,
      resize,
      activation: answer.activation,
      hookPoints,
      stages,
      layer: found.layer,
      cam,
      inputGradient,
      rectifiers,
    }
  }

  inspect(params: Calls['inspect']['params'], context: CallContext<'inspect'>): Promise<Calls['inspect']['result']> {
    return inspectOwn(params, this.#opener('auto', context))
  }

  preview(params: Calls['preview']['params']): Promise<Calls['preview']['result']> {
    return previewInput(params, this.decode)
  }

  async fetch({ model, base }: Calls['fetch']['params'], { signal, emit }: CallContext<'fetch'>): Promise<null> {
    const entry = findNetwork(model)
    const onBytes = telling(entry.bytes, emit)
    if (isDownload(entry)) await networkSources(base).fetch(entry, { onBytes, signal })
    return null
  }

  async storage(): Promise<Calls['storage']['result']> {
    const { files, lasts } = await downloadsPlace()
    const sizes = await Promise.all(DOWNLOADS.map(async ({ id, file }) => [id, await files.size(file)] as const))
    const { quota } = lasts ? await navigator.storage.estimate() : {}
    return { kept: Object.fromEntries(sizes), quota: quota ?? null, lasts }
  }

  async remove({ model }: Calls['remove']['params']): Promise<null> {
    const { files } = await downloadsPlace()
    await files.remove(findNetwork(model).file)
    return null
  }

  async look(
    { picture, resize }: Calls['look']['params'],
    { signal }: CallContext<'look'>,
  ): Promise<Calls['look']['result']> {
    const opened = this.#network
    if (!opened) throw new HookscopeError('bad-argument', 'No network is open. Open one first.')
    const decoded = await this.decode(picture, 'stored')
    try {
      const { width, height } = decoded
      const { input, seen } = await toInput(decoded, opened.preprocessing, resize)
      stopIf(signal)
      const { value: run, ms } = await timed(() => opened.network.forward(input))
      if (signal.aborted || this.#network !== opened) {
        run.dispose()
        throw cancelled()
      }
      await this.#replaceRun(run)
      return { width, height, seen, logits: run.logits, probabilities: run.probabilities, ms }
    } finally {
      decoded.close()
    }
  }

  async intervene(
    { interventions }: Calls['intervene']['params'],
    { signal, emit }: CallContext<'intervene'>,
  ): Promise<Calls['intervene']['result']> {
    const [seen, network] = [this.#run, this.#network?.network]
    if (!seen || !network) throw noPicture()
    if (interventions.length === 0) {
      await this.#replaceChanged(undefined)
      return { logits: seen.logits, probabilities: seen.probabilities, ms: 0 }
    }
    const points = interventions.map(intervention => checked(network, intervention))
    const { value: run, ms } = await timed(() =>
      seen.ask(signal, (run, signal) => {
        const asked = interventions.map(({ change }, i): EngineIntervention => {
          const path = points[i] ?? ''
          if (change.kind !== 'hook') return { path, change: changeOf(change) }
          return { path, change: this.#hooks.change(path, change.code, emit, signal) }
        })
        return run.intervene(asked, signal)
      }),
    )
    if (signal.aborted || this.#run !== seen) {
      run.dispose()
      throw cancelled()
    }
    await this.#replaceChanged(run)
    return { logits: run.logits, probabilities: run.probabilities, ms }
  }

  async hooked(answer: Calls['hooked']['params']): Promise<null> {
    this.#hooks.answer(answer)
    return null
  }

  explain(asked: Calls['explain']['params'], { signal, emit }: CallContext<'explain'>) {
    const colours = this.#preprocessing()
    const onProgress = (done: number, total: number) => emit({ done, total })
    return this.#ask(signal, (run, signal) => timed(() => explain(run, asked, { ...colours, signal, onProgress })))
  }

  async strip({ target }: Calls['strip']['params'], { signal, emit }: CallContext<'strip'>): Promise<null> {
    const { channels } = this.#preprocessing()
    await this.#ask(signal, (run, signal) => explainStages(run, target, { channels, signal }, emit))
    return null
  }

  features({ layer }: Calls['features']['params'], { signal }: CallContext<'features'>) {
    return this.#ask(signal, run => timed(() => run.features(layer)))
  }

  overlay(params: Calls['overlay']['params']): Promise<Blob> {
    return overlayPng(params)
  }

  /** Reads files; where a run must show their shapes, with an engine that is there, or the one that is asked for. */
  #opener(engine: EngineChoice, { signal, emit }: CallContext<'open' | 'inspect'>): OpenFile {
    const [started] = this.#runtimes.values()
    const start = async () => {
      emit({ phase: 'compile' })
      return started ?? this.#runtime(await this.engines.choose(engine))
    }
    const onProgress = (loaded: number) => emit({ phase: 'analyze', loaded, total: 1 })
    return (bytes, reading) => openModel(bytes, reading, start, { signal, onProgress })
  }

  async #start(engine: EngineChoice): Promise<{ readonly state: EngineState; readonly runtime: Runtime }> {
    const state = await this.engines.choose(engine)
    return { state, runtime: await this.#runtime(state) }
  }

  #runtime(state: EngineState): Promise<Runtime> {
    const known = this.#runtimes.get(state.name)
    if (known) return known
    const loading = this.engines.load(state).then(ort => startRuntime(ort, state.name))
    this.#runtimes.set(state.name, loading)
    loading.catch(() => this.#runtimes.delete(state.name))
    return loading
  }

  #preprocessing(): Preprocessing {
    if (this.#network) return this.#network.preprocessing
    throw new HookscopeError('bad-argument', 'No network is open. Open one first.')
  }

  #ask<T>(signal: AbortSignal, question: (run: Run, signal: AbortSignal) => Promise<T>): Promise<T> {
    const run = this.#changed ?? this.#run
    if (!run) throw noPicture()
    return run.ask(signal, question)
  }

  async #replaceRun(run: Run | undefined): Promise<void> {
    const before = this.#run
    this.#run = run && new HeldRun(run)
    await this.#replaceChanged(undefined)
    await before?.release()
  }

  async #replaceChanged(run: Run | undefined): Promise<void> {
    const before = this.#changed
    this.#changed = run && new HeldRun(run)
    await before?.release()
  }
}

/** A run that is disposed only once nobody is asking it anything: its network's sessions may be released after that. */
class HeldRun {
  readonly #run: Run
  readonly #superseded = new AbortController()
  readonly #asked = new Set<Promise<unknown>>()

  constructor(run: Run) {
    this.#run = run
  }

  get logits(): Float32Array {
    return this.#run.logits
  }

  get probabilities(): Float32Array {
    return this.#run.probabilities
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

/** The path of an intervention's hook point. @throws HookscopeError 'unknown-layer', 'bad-argument' */
function checked({ analyzed }: Network, { path, change }: Intervention): string {
  const point = change.kind === 'hook' ? findHookPoint(analyzed, path) : checkChange(analyzed, path, change)
  return point.path
}

function noPicture(): HookscopeError {
  return new HookscopeError('bad-argument', 'There is no picture yet. Choose one first.')
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
