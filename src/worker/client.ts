import type { Attribution, MapAttribution } from '../attribution/method'
import type { Target } from '../attribution/target'
import { DOWNLOAD_BASE } from '../catalog/catalog'
import type { FeatureMaps } from '../engine/types'
import { HookscopeError } from '../errors'
import { runHook } from '../sandbox/hook'
import type { Bridge, CallOptions, Port } from './bridge'
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
import { type NetworkChoice, type SceneChoice, sameNetwork, sameScene } from './scene'
import { cancelled, isReading, type Reading, Watchdog } from './watchdog'

export interface ClientEvents {
  onProgress?(progress: Progress): void
  /** The engine changed by itself: WebGPU failed. */
  onEngine?(engine: EngineState): void
  /** Seconds for which the worker has not answered; null once it does. */
  onSilence?(seconds: number | null): void
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
  readonly #hook: typeof runHook
  readonly #watchdog: Watchdog
  #opening: Opening | null = null
  #looking: Promise<void> | null = null
  /** The network that the worker holds. */
  #open: { choice: NetworkChoice; view: NetworkView } | null = null
  #looked: { scene: SceneChoice; sight: Sight } | null = null
  /** The changes of what it looked at. */
  #changed: { interventions: readonly Intervention[]; intervened: Intervened } | null = null
  #changing: Promise<void> | null = null
  /** Networks of the user's own by id: a fresh worker is given them again. */
  readonly #own = new Map<string, OwnNetwork>()
  #inspecting: Reading | null = null
  #base = DOWNLOAD_BASE
  /** Why `auto` no longer tries WebGPU. */
  #webgpuFailed: string | null = null

  constructor(events: ClientEvents = {}, start: () => Port = startWorker, hook: typeof runHook = runHook) {
    this.#events = events
    this.#hook = hook
    this.#watchdog = new Watchdog(start, {
      reading: () => this.#inReading(),
      onSilence: seconds => events.onSilence?.(seconds),
      onLost: reason => this.#replace(reason),
    })
  }

  get #bridge(): Bridge {
    return this.#watchdog.bridge
  }

  /** Opens a network; one that is being opened already is waited for, another one is given up. */
  async open(choice: NetworkChoice, signal?: AbortSignal): Promise<NetworkView> {
    if (this.#opening && !sameNetwork(this.#opening.choice, choice)) this.cancel()
    const open = this.#opening ? null : this.#opened(choice)
    if (open) return open
    this.#opening ??= this.#begin(choice, abort =>
      this.#runOpen(choice, abort).catch(error => {
        throw this.#named(error, this.#own.get(choice.model)?.name ?? choice.model)
      }),
    )
    return unlessAborted(this.#opening.view, signal)
  }

  /** The network's answer to a picture; runs the forward pass unless the worker stands there already. */
  async look(scene: SceneChoice, signal?: AbortSignal): Promise<{ network: NetworkView; sight: Sight }> {
    await this.#stand(scene, signal)
    if (!this.#open || !this.#looked) throw new HookscopeError('cancelled', 'The network was closed.')
    return { network: this.#open.view, sight: this.#looked.sight }
  }

  /** The network's answer with the scene's changes; runs what follows from them unless the worker stands there. */
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
    options: CallOptions<'explain'> = {},
  ): Promise<Timed<Attribution>> {
    return this.#at(scene, 'explain', params, options)
  }

  strip(
    scene: SceneChoice,
    target: Target,
    onEvent: (map: MapAttribution) => void,
    signal?: AbortSignal,
  ): Promise<null> {
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

  /** A file that is given up is no more read; the worker ends where it does not stop at once. */
  async inspect(
    params: Calls['inspect']['params'],
    { signal, onEvent: told }: CallOptions<'inspect'> = {},
  ): Promise<Calls['inspect']['result']> {
    const reading: Reading = { name: params.file instanceof File ? params.file.name : 'The file', phase: 'download' }
    this.#inspecting = reading
    const giveUp = () => void this.#watchdog.stopAtOnce()
    signal?.addEventListener('abort', giveUp)
    const onEvent = (progress: Progress) => {
      reading.phase = progress.phase
      told?.(progress)
    }
    try {
      return await unlessAborted(this.#plain('inspect', params, { signal, onEvent }), signal)
    } catch (error) {
      throw this.#named(error, reading.name)
    } finally {
      signal?.removeEventListener('abort', giveUp)
      if (this.#inspecting === reading) this.#inspecting = null
    }
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

  /** Gives up opening: what loads or reads stops, or the worker ends; the engine itself cannot be stopped. */
  cancel(): void {
    const opening = this.#opening
    this.#opening = null
    if (opening && isReading(opening)) {
      opening.abort.abort()
      void this.#watchdog.stopAtOnce()
    } else if (opening) this.#replace(cancelled())
  }

  /** Ends the worker, whatever it does, and brings another one to where it stood. */
  stop(): void {
    this.#opening = null
    this.#replace(cancelled())
  }

  /** A call that needs no network. */
  #plain<N extends CallName>(
    name: N,
    params: Calls[N]['params'],
    options: CallOptions<N> = {},
  ): Promise<Calls[N]['result']> {
    if (this.#bridge.ended) this.#restart()
    const bridge = this.#bridge
    return bridge.call(name, params, options).catch(error => {
      // Another one's work was ended, and this one's with it.
      const innocent = this.#bridge !== bridge && (name !== 'inspect' || isCancelled(error))
      if (!innocent || options.signal?.aborted) throw error
      return this.#bridge.call(name, params, options)
    })
  }

  async #at<N extends CallName>(scene: SceneChoice, name: N, params: Calls[N]['params'], options: CallOptions<N>) {
    const { signal } = options
    // Asked in the same turn where nothing is in the way: the page draws meanwhile.
    if (!this.#isAt(scene)) await this.#reach(scene, signal)
    return this.#onceMore(
      signal,
      () => unlessAborted(this.#bridge.call(name, params, options), signal),
      () => this.#reach(scene, signal),
    )
  }

  /** Whether the worker holds the scene, and nothing is under way that would change that. */
  #isAt(scene: SceneChoice): boolean {
    return (
      !this.#looking && !this.#changing && this.#opened(scene) !== null && this.#isSeen(scene) && this.#isMade(scene)
    )
  }

  #isSeen(scene: SceneChoice): boolean {
    return this.#looked !== null && sameScene(this.#looked.scene, scene) && !this.#bridge.ended
  }

  #isMade({ interventions = [] }: SceneChoice): boolean {
    return this.#changed ? this.#changed.interventions === interventions : interventions.length === 0
  }

  /** Brings the worker to the scene: its network open, its picture looked at, its changes made. */
  async #reach(scene: SceneChoice, signal?: AbortSignal): Promise<void> {
    await this.#stand(scene, signal)
    while (this.#changing) {
      await this.#changing.catch(() => {})
      await this.#stand(scene, signal)
    }
    if (this.#isMade(scene)) return
    const { interventions = [] } = scene
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
    if (signal?.aborted) throw cancelled()
    if (this.#isSeen(scene)) return
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

  #restart(reason?: HookscopeError): void {
    this.#watchdog.restart(reason)
    this.#open = null
    this.#looked = null
    this.#changed = null
  }

  /** Puts a fresh worker in the place of this one, and brings it to where this one stood. */
  #replace(reason: HookscopeError): void {
    const scene = this.#looked && { ...this.#looked.scene, interventions: this.#changed?.interventions ?? [] }
    this.#restart(reason)
    // What cannot be had again is said when it is asked for.
    if (scene) this.#reach(scene).catch(() => {})
  }

  #inReading(): Reading | null {
    if (this.#inspecting && isReading(this.#inspecting)) return this.#inspecting
    if (!this.#opening || !isReading(this.#opening)) return null
    const { model } = this.#opening.choice
    return { name: this.#own.get(model)?.name ?? model, phase: this.#opening.phase }
  }

  /** An error with which the worker went, with the file that was at hand. */
  #named(error: unknown, name: string): unknown {
    if (!isEngineFailure(error) || !this.#bridge.ended) return error
    const { code, message, detail } = error
    return new HookscopeError(code, `${name} could not be opened. ${message}`, { detail, cause: error })
  }
}

function startWorker(): Port {
  return new Worker(new URL('./serve.ts', import.meta.url), { type: 'module' })
}

function isEngineFailure(error: unknown): error is HookscopeError {
  return error instanceof HookscopeError && (error.code === 'engine-failed' || error.code === 'engine-lost')
}

const isCancelled = (error: unknown) => error instanceof HookscopeError && error.code === 'cancelled'

function asHookError(error: unknown) {
  if (error instanceof HookscopeError) return { code: error.code, message: error.message }
  return { code: 'hook-failed' as const, message: error instanceof Error ? error.message : String(error) }
}

/** Nobody waits any longer once the signal is aborted; the work itself ends when the worker says so. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled())
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
