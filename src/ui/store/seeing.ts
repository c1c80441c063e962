import { type Method, readsLayer } from '../../attribution/method'
import { availableIn, DEFAULT_METHOD, defaultLayer, findMethod } from '../../attribution/methods'
import { printable } from '../../errors'
import { shownAnswer, toAnswer } from '../model/answer'
import type { Explaining } from './explaining'
import type { Intervening } from './intervening'
import type { Choice, Problem, Scene, Wanted } from './state'
import { IDLE, type StoreContext, said } from './store-context'

/** The parts of a choice that the page's address may ask for; they are followed where the network has them. */
export type AskedChoice = Partial<Choice>

/** The way to the next scene. */
export interface Seeing {
  /** Brings what is wanted on screen: network, picture, then its map. What is there stays until then. */
  see(change: Partial<Wanted>): Promise<void>
  cancel(): void
  /** Ends whatever the worker does; what is on screen stays. */
  stop(): void
}

export function createSeeing(
  { get, set, engine, latest }: StoreContext,
  { explain, forget }: Explaining,
  { carry }: Pick<Intervening, 'carry'>,
  asked: AskedChoice,
): Seeing {
  function see(change: Partial<Wanted>): Promise<void> {
    set({ problem: null, asking: null })
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
      latest.stop('map', 'strip', 'features', 'compare', 'intervene')
      chosen = get().choice
      set({
        seeing: { phase: 'looking' },
        mapWork: IDLE,
        stripWork: IDLE,
        featuresWork: IDLE,
        compareWork: IDLE,
        interveneWork: IDLE,
      })
      const { network, sight } = await engine.look(key, signal)
      const scene = { wanted, at: key, network, sight, plain: toAnswer(sight), changed: null }
      await enter(await carry(scene, signal), chosen)
    } catch (error) {
      if (signal.aborted) return
      const { scene, choice } = get()
      set({ seeing: IDLE, problem: { wanted, at, ...said(error) }, wanted: scene?.wanted ?? wanted })
      if (choice && choice !== chosen) await explain(choice)
      if (!scene && at === 'picture' && before.picture !== wanted.picture) await bring(before)
    }
  }

  async function enter(scene: Scene, chosen: Choice | null): Promise<void> {
    const { scene: before, choice, map, pictures, against } = get()
    const { picture } = scene.wanted
    const samePicture = before?.wanted.picture === picture
    const sameNetwork = before?.network.id === scene.network.id
    const keep = choice !== null && sameNetwork && (samePicture || choice !== chosen)
    if (!samePicture) forget()
    set({
      scene,
      engine: scene.network.engine,
      seeing: IDLE,
      pictures: pictures.includes(picture) ? pictures : [picture, ...pictures],
      map: samePicture ? map : null,
      strip: {},
      features: null,
      channel: null,
      against: samePicture && sameNetwork ? against : null,
      comparison: null,
    })
    if (keep) return explain(choice)
    if (before) return explain(nextChoice(scene, sameNetwork ? choice : null))
    const first = firstChoice(scene, asked)
    set({ faults: [...get().faults, ...first.faults] })
    await explain(first.choice)
  }

  function cancel(): void {
    const { seeing, scene, wanted } = get()
    if (seeing.phase !== 'opening') return
    latest.stop('see')
    engine.cancel()
    const problem: Problem = { wanted, at: 'network', message: 'The network was not loaded: you cancelled it.' }
    set({ seeing: IDLE, wanted: scene?.wanted ?? wanted, problem: scene ? null : problem })
  }

  function stop(): void {
    const { seeing, scene, wanted } = get()
    if (seeing.phase === 'opening') {
      cancel()
      return
    }
    latest.stop('see', 'map', 'strip', 'features', 'compare', 'intervene')
    engine.stop()
    const problem: Problem = { wanted, at: 'picture', message: 'The picture was not looked at: you stopped it.' }
    set({
      seeing: IDLE,
      mapWork: IDLE,
      stripWork: IDLE,
      featuresWork: IDLE,
      compareWork: IDLE,
      interveneWork: IDLE,
      silence: null,
      wanted: scene?.wanted ?? wanted,
      problem: scene ? null : problem,
    })
  }

  return { see, cancel, stop }
}

/** The most probable class, at the layer and by the method of before where the network is the same. */
function nextChoice(scene: Scene, before: Choice | null): Choice {
  const { network } = scene
  const target = shownAnswer(scene).top[0]?.index ?? 0
  return before ? { ...before, target } : { method: DEFAULT_METHOD, layer: network.layer, target }
}

/** The choice in the address, as far as the network has it, and why not where it has not. */
function firstChoice(
  scene: Scene,
  asked: AskedChoice,
): { readonly choice: Choice; readonly faults: readonly string[] } {
  const { network } = scene
  const faults: string[] = []
  const otherwise = nextChoice(scene, null)
  const method = findMethod(asked.method ?? otherwise.method)
  const available = availableIn(method, network)
  if (!available.ok) faults.push(`${network.name} has no ${method.label}: ${available.reason}`)
  const hasClass = asked.target === undefined || asked.target in network.labels
  if (!hasClass)
    faults.push(`${network.name} has no class ${asked.target}: its classes are 0 to ${network.labels.length - 1}.`)
  const target = hasClass ? (asked.target ?? otherwise.target) : otherwise.target
  const chosen = available.ok ? method : findMethod(otherwise.method)
  const layer = layerOf(scene, chosen, asked.layer, faults)
  return { choice: { method: chosen.id, layer, target }, faults }
}

/** @param faults is told where the layer cannot be had */
function layerOf({ network }: Scene, method: Method, asked: string | undefined, faults: string[]): string {
  const byDefault = defaultLayer(method, network)
  if (asked === undefined) return byDefault
  const point = network.hookPoints.find(({ path }) => path === asked)
  const available = point && (readsLayer(method) ? method.available(network, point) : point.gradient)
  if (point && available?.ok) return point.path
  const reason = available?.ok === false ? available.reason : `${network.name} has no layer “${printable(asked)}”.`
  faults.push(`${reason} What is shown is ${byDefault}.`)
  return byDefault
}
