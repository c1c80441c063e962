import { createJSONStorage, persist, type StateStorage } from 'zustand/middleware'
import { createStore, type StoreApi } from 'zustand/vanilla'
import { isDownload, NETWORKS } from '../../catalog/catalog'
import type { ClientEvents } from '../../worker/client'
import type { EngineChoice } from '../../worker/protocol'
import { FIRST_DRAFT } from '../model/interventions'
import { ownPicture, type Picture } from '../model/pictures'
import { createExplaining } from './explaining'
import { createIntervening } from './intervening'
import { Latest } from './latest'
import { createKeeper, createNetworks, firstNetworks, type NetworksActions, type NetworksState } from './networks'
import { createSaving, type Output } from './saving'
import { type AskedChoice, createSeeing } from './seeing'
import { DEFAULT_SETTINGS, readSettings, type Settings } from './settings'
import type { Actions, Page, State } from './state'
import { type Engine, IDLE } from './store-context'

export interface Surroundings {
  connect(events: ClientEvents): Engine
  /** Where settings are kept. */
  readonly storage: StateStorage
  readonly output: Output
  /** The first is on screen at the start. */
  readonly pictures: readonly [Picture, ...Picture[]]
  readonly model: string
  /** The engine in the page's address; it goes before the kept one, and is not kept itself. */
  readonly engine?: EngineChoice | undefined
  readonly choice: AskedChoice
  /** Sentences about choices in the address that cannot be had. */
  readonly faults: readonly string[]
  /** The page's own address. */
  readonly address: string
}

export type PageStore = StoreApi<Page>

/** The page's state and what can be done to it. Knows no React. */
export function createPageStore(around: Surroundings): PageStore {
  return createStore<Page>()(
    persist((set, get) => ({ ...firstState(around), ...createActions(around, set, get) }), {
      name: 'hookscope',
      storage: createJSONStorage(() => around.storage),
      partialize: ({ settings }) => ({ settings }),
      merge: (kept, page) => {
        const settings = readSettings(settingsOf(kept))
        const { engine, resize } = settings
        return { ...page, settings, wanted: { ...page.wanted, engine: around.engine ?? engine, resize } }
      },
    }),
  )
}

function createActions(
  around: Surroundings,
  set: (change: Partial<Page>) => void,
  get: () => Page,
): Actions & NetworksActions {
  const engine = around.connect({
    onProgress: progress => {
      if (get().seeing.phase === 'opening') set({ seeing: { phase: 'opening', progress } })
    },
    onEngine: engine => set({ engine }),
    onSilence: silence => set({ silence }),
  })
  const context = {
    get,
    set,
    engine,
    latest: new Latest<'see' | 'map' | 'strip' | 'features' | 'compare' | 'intervene' | 'sheet'>(),
  }
  const explaining = createExplaining(context)
  const intervening = createIntervening(context, explaining)
  const { intervene, stopIntervening, switchChannel, edit, apply } = intervening
  const { see, cancel, stop } = createSeeing(context, explaining, intervening, around.choice)
  const { explain, chooseMethod, chooseLayer, compare, loadFeatures, stopMap } = explaining
  const change = (settings: Partial<Settings>) => set({ settings: { ...get().settings, ...settings } })

  return {
    start: async () => {
      const { model } = get().wanted
      const [byDefault] = NETWORKS
      const entry = NETWORKS.find(({ id }) => id === model)
      if (!byDefault || !entry || !isDownload(entry)) return see({})
      const meanwhile = { ...get().wanted, model: byDefault.id }
      set({ wanted: meanwhile })
      // A browser that keeps nothing does not have it.
      const kept = await engine.storage().then(
        ({ kept }) => kept[model],
        () => 0,
      )
      if (get().wanted !== meanwhile) return
      if (kept === entry.bytes) await see({ model })
      else set({ asking: model })
    },
    answerAsking: download => {
      const { asking } = get()
      return see(download && asking !== null ? { model: asking } : {})
    },
    chooseNetwork: model => see({ model }),
    chooseEngine: async engine => {
      await see({ engine })
      if (get().scene?.wanted.engine === engine) change({ engine })
    },
    chooseResize: async resize => {
      await see({ resize })
      if (get().scene?.wanted.resize === resize) change({ resize })
    },
    choosePicture: picture => see({ picture }),
    addPictures: async files => {
      const [picture, ...more] = await Promise.all(files.map(ownPicture))
      if (!picture) return
      set({ pictures: [...more, ...get().pictures] })
      await see({ picture })
    },
    retry: async () => {
      const { problem } = get()
      if (problem) await see(problem.wanted)
    },
    cancel,
    stop,
    dismiss: () => set({ problem: null }),
    dismissFaults: () => set({ faults: [] }),
    chooseClass: async target => {
      const { choice, against } = get()
      if (!choice) return
      // The class that it is compared with: the two change places.
      if (target === against) set({ against: choice.target })
      await explain({ ...choice, target })
    },
    chooseMethod,
    stopMap,
    chooseLayer: async layer => {
      set({ draft: { ...get().draft, id: null, path: null } })
      await chooseLayer(layer)
    },
    chooseChannel: channel => set({ channel }),
    intervene,
    stopIntervening,
    switchChannel,
    edit,
    apply,
    setPicking: async picking => {
      set({ picking, channel: null })
      const { path } = get().draft
      if (picking && path !== null && path !== get().choice?.layer) await chooseLayer(path)
      await loadFeatures()
    },
    showPanel: async panel => {
      change(panel === null ? { dockOpen: false } : { dockOpen: true, panel })
      if (panel !== 'interventions') set({ picking: false })
      await loadFeatures()
    },
    setPanelHeight: (panel, height) => change({ heights: { ...get().settings.heights, [panel]: height } }),
    compare,
    save: createSaving(context, around.output),
    setView: view => change({ view: { ...get().settings.view, ...view } }),
    setGradientView: gradient => change({ gradient: { ...get().settings.gradient, ...gradient } }),
    set: change,
    setBare: bare => set({ bare }),
    ...createNetworks(context, createKeeper(around.storage), around.address, see),
  }
}

function firstState({ pictures, model, storage, faults }: Surroundings): State & NetworksState {
  const settings = DEFAULT_SETTINGS
  return {
    settings,
    pictures,
    wanted: { model, engine: settings.engine, picture: pictures[0], resize: settings.resize },
    seeing: IDLE,
    silence: null,
    asking: null,
    faults,
    problem: null,
    engine: null,
    scene: null,
    choice: null,
    map: null,
    mapWork: IDLE,
    strip: {},
    stripWork: IDLE,
    features: null,
    featuresWork: IDLE,
    channel: null,
    interventions: [],
    interveneWork: IDLE,
    draft: FIRST_DRAFT,
    picking: false,
    against: null,
    comparison: null,
    compareWork: IDLE,
    saveWork: IDLE,
    saved: null,
    bare: false,
    ...firstNetworks(createKeeper(storage)),
  }
}

function settingsOf(kept: unknown): unknown {
  return typeof kept === 'object' && kept !== null && 'settings' in kept ? kept.settings : undefined
}
