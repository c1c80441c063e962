import { softmax, top } from '../model/predictions'
import { type Desk, IDLE, sentence } from './desk'
import type { Explaining } from './explaining'
import type { Choice, Problem, Scene, Wanted } from './state'

/** The way to the next scene. */
export interface Seeing {
  /** Brings what is wanted on screen: network, picture, then its map. What is there stays until then. */
  see(change: Partial<Wanted>): Promise<void>
  cancel(): void
}

/** Predictions that stand on the page. */
const TOP = 5

export function createSeeing({ get, set, engine, latest }: Desk, { explain, forget }: Explaining): Seeing {
  function see(change: Partial<Wanted>): Promise<void> {
    set({ problem: null })
    return bring({ ...get().wanted, ...change })
  }

  async function bring(wanted: Wanted): Promise<void> {
    const before = get().wanted
    const signal = latest.begin('see')
    let at: Problem['at'] = 'network'
    let chosen = get().choice
    set({ wanted, seeing: { phase: 'opening', progress: null } })
    try {
      const bytes = wanted.picture.bytes()
      bytes.catch(() => {})
      await engine.open(wanted, signal)
      at = 'picture'
      const key = { ...wanted, picture: await bytes }
      if (signal.aborted) return
      latest.stop('map', 'strip', 'features')
      chosen = get().choice
      set({ seeing: { phase: 'looking' }, mapWork: IDLE, stripWork: IDLE, featuresWork: IDLE })
      const { network, sight } = await engine.look(key, signal)
      const probabilities = softmax(sight.logits)
      const scene = { wanted, at: key, network, sight, probabilities, top: top(probabilities, TOP) }
      await enter(scene, chosen)
    } catch (error) {
      if (signal.aborted) return
      const { scene, choice } = get()
      set({ seeing: IDLE, problem: { wanted, at, message: sentence(error) }, wanted: scene?.wanted ?? wanted })
      if (choice && choice !== chosen) await explain(choice)
      if (!scene && at === 'picture' && before.picture !== wanted.picture) await bring(before)
    }
  }

  async function enter(scene: Scene, chosen: Choice | null): Promise<void> {
    const { scene: before, choice, map, settings, pictures } = get()
    const { picture, engine, resize } = scene.wanted
    const samePicture = before?.wanted.picture === picture
    const sameNetwork = before?.network.id === scene.network.id
    const keep = choice !== null && sameNetwork && (samePicture || choice !== chosen)
    if (!samePicture) forget()
    set({
      scene,
      engine: scene.network.engine,
      seeing: IDLE,
      pictures: pictures.includes(picture) ? pictures : [picture, ...pictures],
      settings: { ...settings, engine, resize },
      map: samePicture ? map : null,
      strip: {},
      features: null,
      channel: null,
    })
    await explain(keep ? choice : firstChoice(scene, sameNetwork ? choice : null))
  }

  function cancel(): void {
    const { seeing, scene, wanted } = get()
    if (seeing.phase !== 'opening') return
    latest.stop('see')
    engine.cancel()
    const problem: Problem = { wanted, at: 'network', message: 'The network was not loaded: you cancelled it.' }
    set({ seeing: IDLE, wanted: scene?.wanted ?? wanted, problem: scene ? null : problem })
  }

  return { see, cancel }
}

/** The most probable class, at the layer and by the method of before where the network is the same. */
function firstChoice({ network, top }: Scene, before: Choice | null): Choice {
  const target = top[0]?.index ?? 0
  return before ? { ...before, target } : { method: 'gradcam', layer: network.layer, target }
}
