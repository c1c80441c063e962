import type { Intervention } from '../../worker/protocol'
import { toAnswer } from '../model/answer'
import { changeOf, type Draft, draftOf, type Listed, listed, withChannel } from '../model/interventions'
import type { Explaining } from './explaining'
import { draftHook } from './selectors'
import type { Scene } from './state'
import { failed, IDLE, RUNNING, type StoreContext, sentence } from './store-context'

/** Changes of the network, and the scene as it looks with them. */
export interface Intervening {
  /** Puts these changes in the place of those there are. What is on screen stays until the network has answered. */
  intervene(interventions: readonly Listed[]): Promise<void>
  /** Gives up the change that is being made. */
  stopIntervening(): Promise<void>
  /** Switches a channel of the layer that is looked at off, or on again. */
  switchChannel(channel: number): Promise<void>
  /** Edits the change in the form: one that is in force follows at once, but for code, which is run. */
  edit(change: Partial<Draft>): Promise<void>
  /** Takes the change in the form into the list, or to it where it is there already. */
  apply(): Promise<void>
  /** The next scene, with the changes that there are where its network is the same. */
  carry(scene: Scene, signal: AbortSignal): Promise<Scene>
}

export function createIntervening(
  { get, set, engine, latest }: StoreContext,
  { explain, forget }: Explaining,
): Intervening {
  let nextId = 1
  /** The list that the scene on screen is of. */
  let inForce: readonly Listed[] = []

  async function intervene(interventions: readonly Listed[]): Promise<void> {
    const { scene, seeing } = get()
    list(interventions)
    // The next scene takes them up itself.
    if (!scene || seeing.phase === 'looking') return
    const signal = latest.begin('intervene')
    latest.stop('map', 'strip', 'features', 'compare')
    set({ interveneWork: RUNNING })
    try {
      const next = await changed(scene, interventions, signal)
      if (signal.aborted) return
      inForce = interventions
      forget()
      // A hook's derivative is not known: layers before it have no map any more.
      const strip = interventions.some(({ on, change }) => on && change.kind === 'hook') ? {} : get().strip
      set({ scene: next, strip, interveneWork: IDLE })
    } catch (error) {
      if (signal.aborted) return
      list(inForce)
      set({ interveneWork: failed(error) })
    }
    await explainAgain()
  }

  async function stopIntervening(): Promise<void> {
    latest.stop('intervene')
    list(inForce)
    set({ interveneWork: IDLE })
    await explainAgain()
  }

  /** The form is of no change that the list has not. */
  function list(interventions: readonly Listed[]): void {
    const { draft } = get()
    const id = interventions.some(({ id }) => id === draft.id) ? draft.id : null
    set({ interventions, draft: { ...draft, id } })
  }

  /** Goes on with what the change held up; a channel that is shown large stays. */
  async function explainAgain(): Promise<void> {
    const { choice, channel } = get()
    const explained = choice && explain(choice)
    set({ channel })
    await explained
  }

  async function carry(scene: Scene, signal: AbortSignal): Promise<Scene> {
    const { scene: before } = get()
    if (before && before.network.id !== scene.network.id) {
      inForce = []
      set({
        interventions: inForce,
        interveneWork: IDLE,
        draft: { ...get().draft, id: null, path: null, channels: '' },
      })
      return scene
    }
    for (;;) {
      const { interventions } = get()
      try {
        const next = await changed(scene, interventions, signal)
        if (get().interventions !== interventions) continue
        inForce = interventions
        return next
      } catch (error) {
        if (signal.aborted) throw error
        const message = `${sentence(error)} All changes are switched off.`
        inForce = interventions.map(it => ({ ...it, on: false }))
        set({ interventions: inForce, interveneWork: { phase: 'failed', message } })
        return scene
      }
    }
  }

  async function changed(scene: Scene, list: readonly Listed[], signal: AbortSignal): Promise<Scene> {
    const interventions: readonly Intervention[] = list
      .filter(({ on }) => on)
      .map(({ path, change }) => ({ path, change }))
    const at = { ...scene.at, interventions }
    const answer = await engine.intervene(at, signal)
    return { ...scene, at, changed: interventions.length > 0 ? toAnswer(answer) : null }
  }

  async function switchChannel(channel: number): Promise<void> {
    const { features, interventions, draft } = get()
    if (!features) return
    const switched = withChannel(interventions, features.maps.layer, channel, () => nextId++)
    const edited = switched.find(({ id }) => id === draft.id)
    if (edited) set({ draft: draftOf(edited, draft) })
    await intervene(switched)
  }

  async function edit(change: Partial<Draft>): Promise<void> {
    const draft = { ...get().draft, ...change }
    set({ draft })
    if (draft.id !== null && draft.kind !== 'hook' && !('id' in change)) await put(draft)
  }

  async function apply(): Promise<void> {
    await put(get().draft)
  }

  async function put(draft: Draft): Promise<void> {
    const hook = draftHook(get())
    const made = hook && changeOf(draft, hook.channels.count)
    if (!made || 'fault' in made) return
    const id = draft.id ?? nextId++
    const done = intervene(listed(get().interventions, { id, path: hook.path, change: made.change, on: true }))
    set({ draft: { ...draft, id, path: hook.path } })
    await done
  }

  return { intervene, stopIntervening, switchChannel, edit, apply, carry }
}
