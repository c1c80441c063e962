import { DOWNLOAD_BASE } from '../catalog/catalog'
import type { AnyExplanation, Explanation, FeatureMaps } from '../engine/types'
import { HookscopeError } from '../errors'
import { runHook } from '../sandbox/hook'
import { Bridge, type CallOptions, type Port } from './bridge'
import type {
  CallName,
  Calls,
  EngineChoice,
  EngineState,
  HookAsked,
  Intervened,
  Intervention,
  NetworkView,
  OwnNetwork,
  Progress,
  Sight,
  Timed,
} from './protocol'

/** A network of the catalog or of the user's own, on the engine asked for. */
export interface NetworkChoice {
  readonly model: string
  readonly engine: EngineChoice
}

/** All that decides what the network sees. */
export interface SceneChoice extends NetworkChoice {
  readonly picture: Blob
  readonly resize: Calls['look']['params']['resize']
  /** Changes of the network, in which all but `look` is answered; the same array stands for the same changes. */
  readonly interventions?: readonly Intervention[]
}

export interface ClientEvents {
  onProgress?(progress: Progress): void
  /** The engine changed by itself: WebGPU failed. */
  onEngine?(engine: EngineState): void
}

interface Opening {
  readonly choice: NetworkChoice
  readonly abort: AbortController
  readonly view: Promise<NetworkView>
  phase: Progress['phase']
}

/**
 * The page's way to the engine. Every call says for which network and picture it is, and the worker is brought
 * there first where it is not: after a cancel, a failure or a crash the next call finds what it needs again.
 * Where WebGPU fails, a fresh worker on WASM takes the call over.
 */
export class Client {
  readonly #events: ClientEvents
  readonly #start: () => Port
  readonly #hook: typeof runHook
  #bridge: Bridge
  #opening: Opening | null = null
  #looking: Promise<void> | null = null
  /** What the worker holds. */
  #open: { choice: NetworkChoice; view: NetworkView } | null = null
  #looked: { scene: SceneChoice; sight: Sight } | null = null
  /** The changes of what it looked at. */
  #changed: { interventions: readonly Intervention[]; intervened: Intervened } | null = null
  #changing: Promise<void> | null = null
  /** Networks of the user's own by id: a fresh worker is given them again. */
  readonly #own = new Map<string, OwnNetwork>()
  #base = DOWNLOAD_BASE
  /** Why `auto` no longer tries WebGPU. */
  #webgpuFailed: string | null = null

  constructor(events: ClientEvents = {}, start: () => Port = startWorker, hook: typeof runHook = runHook) {
    this.#events = events
    this.#start = start
    this.#hook = hook
    this.#bridge = new Bridge(start())
  }

  /** Opens a network; one that is being opened already is waited for, another one is given up. */
  async open(choice: NetworkChoice, signal?: AbortSignal): Promise<NetworkView> {
    if (this.#opening && !sameNetwork(this.#opening.choice, choice)) this.cancel()
    const open = this.#opening ? null : this.#opened(choice)
    if (open) return open
    this.#opening ??= this.#begin(choice, abort => this.#runOpen(choice, abort))
    return unlessAborted(this.#opening.view, signal)
  }

  /** What the network says of a picture; runs the forward pass unless the worker stands there already. */
  async look(scene: SceneChoice, signal?: AbortSignal): Promise<{ network: NetworkView; sight: Sight }> {
    await this.#stand(scene, signal)
    if (!this.#open || !this.#looked) throw new HookscopeError('cancelled', 'The network was closed.')
    return { network: this.#open.view, sight: this.#looked.sight }
  }

  /** What the network says with the scene's changes; runs what follows from them unless the worker stands there. */
  async intervene(scene: SceneChoice, signal?: AbortSignal): Promise<Intervened> {
    await this.#reach(scene, signal)
    if (this.#changed) return this.#changed.intervened
    if (!this.#looked) throw new HookscopeError('cancelled', 'The network was closed.')
    const { logits, probabilities } = this.#looked.sight
    return { logits, probabilities, ms: 0 }
  }

  explain(
    scene: SceneChoice,
    params: Calls['explain']['params'],
    signal?: AbortSignal,
  ): Promise<Timed<AnyExplanation>> {
    return this.#at(scene, 'explain', params, { signal })
  }

  strip(scene: SceneChoice, target: number, onEvent: (map: Explanation) => void, signal?: AbortSignal): Promise<null> {
    return this.#at(scene, 'strip', { target }, { signal, onEvent })
  }

  features(scene: SceneChoice, layer: string, signal?: AbortSignal): Promise<Timed<FeatureMaps>> {
    return this.#at(scene, 'features', { layer }, { signal })
  }

  /** The picture at its own size with the map over it, as PNG; needs no network. */
  overlay(params: Calls['overlay']['params']): Promise<Blob> {
    return this.#plain('overlay', params)
  }

  /** Makes a network of the user's own one that can be opened. */
  introduce(own: OwnNetwork): void {
    this.#own.set(own.id, own)
  }

  /** Where downloads come from: the catalog's own place, or a mirror. */
  downloadFrom(base: string): void {
    this.#base = base
  }

  inspect(
    params: Calls['inspect']['params'],
    options: CallOptions<'inspect'> = {},
  ): Promise<Calls['inspect']['result']> {
    return this.#plain('inspect', params, options)
  }

  preview(params: Calls['preview']['params']): Promise<Calls['preview']['result']> {
    return this.#plain('preview', params)
  }

  fetch(model: string, onEvent: (progress: Progress) => void, signal: AbortSignal): Promise<null> {
    return this.#plain('fetch', { model, base: this.#base }, { onEvent, signal })
  }

  storage(): Promise<Calls['storage']['result']> {
    return this.#plain('storage', {})
  }

  remove(model: string): Promise<null> {
    return this.#plain('remove', { model })
  }

  /** Gives up opening: a download stops; past it the worker ends, for the engine itself cannot be stopped. */
  cancel(): void {
    const opening = this.#opening
    this.#opening = null
    if (opening?.phase === 'download') opening.abort.abort()
    else if (opening) this.#restart()
  }

  /** A call that needs no network. */
  #plain<N extends CallName>(
    name: N,
    params: Calls[N]['params'],
    options: CallOptions<N> = {},
  ): Promise<Calls[N]['result']> {
    if (this.#bridge.ended) this.#restart()
    return this.#bridge.call(name, params, options)
  }

  async #at<N extends CallName>(scene: SceneChoice, name: N, params: Calls[N]['params'], options: CallOptions<N>) {
    const { signal } = options
    await this.#reach(scene, signal)
    return this.#onceMore(
      signal,
      () => unlessAborted(this.#bridge.call(name, params, options), signal),
      () => this.#reach(scene, signal),
    )
  }

  /** Brings the worker to the scene: its network open, its picture looked at, its changes made. */
  async #reach(scene: SceneChoice, signal?: AbortSignal): Promise<void> {
    await this.#stand(scene, signal)
    while (this.#changing) {
      await this.#changing.catch(() => {})
      await this.#stand(scene, signal)
    }
    const interventions = scene.interventions ?? []
    if ((this.#changed?.interventions ?? []) === interventions || (!this.#changed && interventions.length === 0)) return
    const changing = this.#onceMore(
      signal,
      () => this.#runIntervene(interventions, signal),
      () => this.#stand(scene, signal),
    ).finally(() => {
      if (this.#changing === changing) this.#changing = null
    })
    this.#changing = changing
    await unlessAborted(changing, signal)
  }

  async #runIntervene(interventions: readonly Intervention[], signal?: AbortSignal): Promise<void> {
    const looked = this.#looked
    const onEvent = (asked: HookAsked) => void this.#answerHook(asked, signal)
    const intervened = await this.#bridge.call('intervene', { interventions }, { signal, onEvent })
    if (this.#looked === looked) this.#changed = interventions.length > 0 ? { interventions, intervened } : null
  }

  /** Runs a hook in the sandbox and tells the worker what came of it. */
  async #answerHook({ id, code, ...activation }: HookAsked, signal?: AbortSignal): Promise<void> {
    const bridge = this.#bridge
    const answer = await this.#hook(code, activation, { signal }).then(
      values => ({ id, values }),
      error => ({ id, ...asHookError(error) }),
    )
    await bridge.call('hooked', answer).catch(() => {})
  }

  /** Brings the worker to the scene's network and picture. */
  async #stand(scene: SceneChoice, signal?: AbortSignal): Promise<void> {
    if (!this.#opened(scene)) await this.open(scene, signal)
    while (this.#looking) await this.#looking.catch(() => {})
    if (signal?.aborted) throw new HookscopeError('cancelled', 'Cancelled.')
    if (this.#looked && sameScene(this.#looked.scene, scene) && !this.#bridge.ended) return
    const looking = this.#onceMore(
      signal,
      () => this.#runLook(scene, signal),
      () => this.open(scene, signal),
    ).finally(() => {
      if (this.#looking === looking) this.#looking = null
    })
    this.#looking = looking
    await unlessAborted(looking, signal)
  }

  async #runLook(scene: SceneChoice, signal?: AbortSignal): Promise<void> {
    const { picture, resize } = scene
    const sight = await this.#bridge.call('look', { picture, resize }, { signal })
    this.#looked = { scene, sight }
    this.#changed = null
  }

  /** Runs a call; once more after `restore` where WebGPU failed under it or another call changed the worker. */
  async #onceMore<T>(signal: AbortSignal | undefined, run: () => Promise<T>, restore: () => Promise<unknown>) {
    const bridge = this.#bridge
    try {
      return await run()
    } catch (error) {
      if (signal?.aborted || (this.#bridge === bridge && !this.#fallBack(error))) throw error
      await restore()
      return run()
    }
  }

  async #runOpen(choice: NetworkChoice, signal: AbortSignal): Promise<NetworkView> {
    const failed = choice.engine === 'auto' ? this.#webgpuFailed : null
    const engine = failed ? 'wasm' : choice.engine
    try {
      return await this.#callOpen(choice, engine, failed, signal)
    } catch (error) {
      if (engine === 'wasm' || !isEngineFailure(error) || signal.aborted) throw error
      return this.#openOnWasm(choice, error.message, signal)
    }
  }

  #openOnWasm(choice: NetworkChoice, reason: string, signal: AbortSignal): Promise<NetworkView> {
    this.#webgpuFailed = `WebGPU failed (${reason.replace(/\.$/, '')}); running on WASM.`
    this.#restart()
    return this.#callOpen(choice, 'wasm', this.#webgpuFailed, signal)
  }

  async #callOpen(choice: NetworkChoice, engine: EngineChoice, note: string | null, signal: AbortSignal) {
    const onEvent = (progress: Progress) => {
      if (this.#opening?.choice === choice) this.#opening.phase = progress.phase
      this.#events.onProgress?.(progress)
    }
    const own = this.#own.get(choice.model)
    const params = { model: choice.model, engine, base: this.#base, ...(own && { own }) }
    const view = await this.#bridge.call('open', params, { signal, onEvent })
    this.#open = { choice, view: note ? { ...view, engine: { ...view.engine, note } } : view }
    this.#looked = null
    this.#changed = null
    return this.#open.view
  }

  /** Moves the open network from WebGPU to WASM after a failure; false where there is nothing to fall back on. */
  #fallBack(error: unknown): boolean {
    if (!isEngineFailure(error) || this.#open?.view.engine.name !== 'webgpu') return false
    const { choice } = this.#open
    this.#opening = this.#begin(choice, abort => this.#openOnWasm(choice, error.message, abort))
    this.#opening.view.then(
      view => this.#events.onEngine?.(view.engine),
      () => {},
    )
    return true
  }

  #begin(choice: NetworkChoice, run: (signal: AbortSignal) => Promise<NetworkView>): Opening {
    const abort = new AbortController()
    if (this.#bridge.ended) this.#restart()
    const opening: Opening = { choice, abort, phase: 'download', view: run(abort.signal) }
    const over = () => {
      if (this.#opening === opening) this.#opening = null
    }
    opening.view.then(over, over)
    return opening
  }

  #opened(choice: NetworkChoice): NetworkView | null {
    return this.#open && sameNetwork(this.#open.choice, choice) && !this.#bridge.ended ? this.#open.view : null
  }

  #restart(): void {
    this.#bridge.end()
    this.#bridge = new Bridge(this.#start())
    this.#open = null
    this.#looked = null
    this.#changed = null
  }
}

function startWorker(): Port {
  return new Worker(new URL('./serve.ts', import.meta.url), { type: 'module' })
}

function isEngineFailure(error: unknown): error is HookscopeError {
  return error instanceof HookscopeError && (error.code === 'engine-failed' || error.code === 'engine-lost')
}

function asHookError(error: unknown) {
  if (error instanceof HookscopeError) return { code: error.code, message: error.message }
  return { code: 'hook-failed' as const, message: error instanceof Error ? error.message : String(error) }
}

function sameNetwork(a: NetworkChoice, b: NetworkChoice): boolean {
  return a.model === b.model && a.engine === b.engine
}

function sameScene(a: SceneChoice, b: SceneChoice): boolean {
  return sameNetwork(a, b) && a.picture === b.picture && a.resize === b.resize
}

/** Nobody waits any longer once the signal is aborted; the work itself ends when the worker says so. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(new HookscopeError('cancelled', 'Cancelled.'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
