import { type AnyMethod, hasLayer, isInputMethod } from '../../cam/all-methods'
import type { AnyExplanation, Explanation } from '../../engine/types'
import { createComparing } from './comparing'
import { type Desk, failed, IDLE, RUNNING } from './desk'
import type { Choice, Scene } from './state'

/** The maps of the scene on screen: the chosen one first, then the strip's and the features. */
export interface Explaining {
  /** Shows the chosen map; one that was there before runs nothing. */
  explain(choice: Choice): Promise<void>
  chooseMethod(method: AnyMethod): Promise<void>
  chooseLayer(layer: string): Promise<void>
  compare(against: number | null): Promise<void>
  /** Loads the features of the chosen layer if their grid is open. */
  loadFeatures(): Promise<void>
  /** A new picture: its maps are all to be made. */
  forget(): void
}

export function createExplaining(desk: Desk): Explaining {
  const { get, set, engine, latest } = desk
  const { compare, loadComparison } = createComparing(desk)
  /** Maps alone: gradients are a hundred times as large, and the engine keeps the last ones. */
  const made = new Map<string, Explanation>()
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
      const explanation = known ?? (await engine.explain(scene.at, choice, signal)).value
      if ('map' in explanation) made.set(keyOf(scene, choice), explanation)
      set({ map: { scene, explanation }, mapWork: IDLE })
    } catch (error) {
      if (signal.aborted) return
      const { map } = get()
      set({
        mapWork: failed(error),
        choice: map?.scene === scene ? choiceOf(map.explanation, choice.layer) : choice,
      })
      return
    }
    await Promise.all([loadComparison(), loadFeatures(), loadStrip(scene, choice.target)])
  }

  async function loadStrip(scene: Scene, target: number): Promise<void> {
    if (stripOf?.scene === scene && stripOf.target === target) return
    const mine = { scene, target }
    stripOf = mine
    const signal = latest.begin('strip')
    const missing = scene.network.stages.filter(layer => {
      const known = made.get(keyOf(scene, { method: 'gradcam', layer, target }))
      if (known) showInStrip(known)
      return !known
    })
    if (missing.length === 0) return set({ stripWork: IDLE })
    set({ stripWork: RUNNING })
    try {
      await engine.strip(
        scene.at,
        target,
        explanation => {
          if (signal.aborted) return
          made.set(keyOf(scene, explanation), explanation)
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

  function showInStrip(explanation: Explanation): void {
    set({ strip: { ...get().strip, [explanation.layer]: explanation } })
  }

  async function loadFeatures(): Promise<void> {
    const { scene, choice, features, settings } = get()
    if (!settings.features || !scene || !choice) return
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

  async function chooseMethod(method: AnyMethod): Promise<void> {
    const { scene, choice } = get()
    if (!scene || !choice) return
    const { cam, inputGradient } = scene.network
    if (method === 'gradcam') await explain({ ...choice, method })
    else if (isInputMethod(method) && inputGradient.ok) await explain({ ...choice, method })
    else if (method === 'cam' && cam.ok) await explain({ ...choice, method, layer: cam.layer })
  }

  /** CAM is read at one place only, and most gradients at the input alone: elsewhere the map is a Grad-CAM. */
  async function chooseLayer(layer: string): Promise<void> {
    const { scene, choice } = get()
    const hook = scene?.network.hookPoints.find(({ path }) => path === layer)
    if (!choice || !hook) return
    const read = choice.method === 'guided-gradcam' ? 'gradcam' : choice.method
    const method = !isInputMethod(read) && hook.methods[read].ok ? choice.method : 'gradcam'
    await explain({ ...choice, method, layer })
  }

  return { explain, chooseMethod, chooseLayer, compare, loadFeatures, forget: () => made.clear() }
}

/** @param otherwise the layer where the method reads none */
function choiceOf({ method, layer, target }: AnyExplanation, otherwise: string): Choice {
  return { method, layer: hasLayer(method) ? layer : otherwise, target }
}

/** Within one picture. */
function keyOf({ network, wanted, at }: Scene, { method, layer, target }: Choice): string {
  const changes = JSON.stringify(at.interventions ?? [])
  return [network.id, network.engine.name, wanted.resize, method, layer, target, changes].join(' ')
}
