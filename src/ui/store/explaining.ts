import { type Attribution, type MapAttribution, readsLayer } from '../../attribution/method'
import { availableIn, DEFAULT_METHOD, defaultLayer, findMethod } from '../../attribution/methods'
import { classOf } from '../../attribution/target'
import type { Share } from '../../worker/protocol'
import { createComparing } from './comparing'
import { showsGrid } from './selectors'
import type { Choice, Scene } from './state'
import { failed, IDLE, RUNNING, type StoreContext } from './store-context'

/** The maps of the scene on screen: the chosen one first, then the strip's and the features. */
export interface Explaining {
  /** Shows the chosen map; one that was there before runs nothing. */
  explain(choice: Choice): Promise<void>
  chooseMethod(method: string): Promise<void>
  chooseLayer(layer: string): Promise<void>
  compare(against: number | null): Promise<void>
  /** Loads the features of the chosen layer if their grid is open. */
  loadFeatures(): Promise<void>
  /** Gives up a map that takes long; the one before stays. */
  stopMap(): void
  /** A new picture: its maps are all to be made. */
  forget(): void
}

export function createExplaining(context: StoreContext): Explaining {
  const { get, set, engine, latest } = context
  const { compare, loadComparison } = createComparing(context)
  /** Maps alone: gradients are a hundred times as large, and the engine keeps the last ones. */
  const made = new Map<string, MapAttribution>()
  /** The scene and class whose strip is made, or being made. */
  let stripOf: { scene: Scene; target: number } | null = null

  async function explain(choice: Choice): Promise<void> {
    set({ choice, channel: null })
    const { scene, seeing } = get()
    // The next scene takes the choice up itself.
    if (!scene || seeing.phase === 'looking') return
    const signal = latest.begin('map')
    try {
      const known = made.get(keyOf(scene, choice))
      if (!known) set({ mapWork: RUNNING })
      const explanation = known ?? (await ask(scene, choice, signal))
      if (explanation.kind === 'map') made.set(keyOf(scene, choice), explanation)
      set({ map: { scene, explanation }, mapWork: IDLE })
    } catch (error) {
      if (signal.aborted) return
      set({ mapWork: failed(error), choice: shownChoice() ?? choice })
      return
    }
    await Promise.all([loadComparison(), loadFeatures(), loadStrip(scene, choice.target)])
  }

  /** The choice on screen, where it is of this scene. */
  function shownChoice(): Choice | null {
    const { map, scene, choice } = get()
    return map && choice && map.scene === scene ? choiceOf(map.explanation, choice.layer) : null
  }

  function stopMap(): void {
    latest.stop('map')
    set({ mapWork: IDLE, choice: shownChoice() ?? get().choice })
  }

  async function ask(scene: Scene, { target, ...choice }: Choice, signal: AbortSignal): Promise<Attribution> {
    const onEvent = (share: Share) => {
      if (!signal.aborted) set({ mapWork: { ...RUNNING, share } })
    }
    return (await engine.explain(scene.at, { ...choice, target: { class: target } }, { signal, onEvent })).value
  }

  async function loadStrip(scene: Scene, target: number): Promise<void> {
    if (stripOf?.scene === scene && stripOf.target === target) return
    const mine = { scene, target }
    stripOf = mine
    const signal = latest.begin('strip')
    const missing = scene.network.stages.filter(layer => {
      const known = made.get(keyOf(scene, { method: DEFAULT_METHOD, layer, target }))
      if (known) showInStrip(known)
      return !known
    })
    if (missing.length === 0) return set({ stripWork: IDLE })
    set({ stripWork: RUNNING })
    try {
      await engine.strip(
        scene.at,
        { class: target },
        explanation => {
          if (signal.aborted) return
          made.set(keyOf(scene, { ...explanation, target }), explanation)
          showInStrip(explanation)
        },
        signal,
      )
      set({ stripWork: IDLE })
    } catch (error) {
      if (stripOf === mine) stripOf = null
      if (signal.aborted) return
      set({ stripWork: failed(error) })
    }
  }

  function showInStrip(explanation: MapAttribution): void {
    set({ strip: { ...get().strip, [explanation.layer]: explanation } })
  }

  async function loadFeatures(): Promise<void> {
    const { scene, choice, features } = get()
    if (!showsGrid(get()) || !scene || !choice) return
    if (features?.scene === scene && features.maps.layer === choice.layer) return
    const signal = latest.begin('features')
    set({ featuresWork: RUNNING })
    try {
      const { value } = await engine.features(scene.at, choice.layer, signal)
      set({ features: { scene, maps: value }, featuresWork: IDLE })
    } catch (error) {
      if (!signal.aborted) set({ featuresWork: failed(error) })
    }
  }

  /** A map stays at the layer that is looked at where it can; all else starts where it is read by default. */
  async function chooseMethod(id: string): Promise<void> {
    const { scene, choice } = get()
    if (!scene || !choice) return
    const { network } = scene
    const method = findMethod(id)
    const here = network.hookPoints.find(({ path }) => path === choice.layer)
    const isHere = method.result === 'map' && here !== undefined && method.available(network, here).ok
    if (!isHere && !availableIn(method, network).ok) return
    const layer = isHere || !readsLayer(method) ? choice.layer : defaultLayer(method, network)
    await explain({ ...choice, method: id, layer })
  }

  /** Where the method is not read at a layer, the map is a Grad-CAM. */
  async function chooseLayer(layer: string): Promise<void> {
    const { scene, choice } = get()
    const hook = scene?.network.hookPoints.find(({ path }) => path === layer)
    if (!scene || !choice || !hook) return
    const method = findMethod(choice.method)
    const stays = readsLayer(method) && method.available(scene.network, hook).ok
    await explain({ ...choice, method: stays ? method.id : DEFAULT_METHOD, layer })
  }

  return { explain, chooseMethod, chooseLayer, compare, loadFeatures, stopMap, forget: () => made.clear() }
}

/** @param otherwise the layer where the method reads none */
function choiceOf(explanation: Attribution, otherwise: string): Choice {
  const { method, target } = explanation
  const read = explanation.kind === 'map' ? explanation.layer : (explanation.camLayer ?? otherwise)
  const layer = readsLayer(findMethod(method)) ? read : otherwise
  return { method, layer, target: classOf(target) }
}

/** Within one picture. */
function keyOf({ network, wanted, at }: Scene, { method, layer, target }: Choice): string {
  const changes = JSON.stringify(at.interventions ?? [])
  return [network.id, network.engine.name, wanted.resize, method, layer, target, changes].join(' ')
}
