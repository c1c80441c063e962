import type { StateStorage } from 'zustand/middleware'
import { NETWORKS } from '../../catalog/catalog'
import type { Setup } from '../../catalog/own'
import { printable } from '../../errors'
import { downloadBase } from '../../worker/mirror'
import type { Calls, InputPreview } from '../../worker/protocol'
import { type NetworkMemory, readMemory, recall, remember } from '../model/setups'
import type { Wanted } from './state'
import { failed, type StoreContext, sentence } from './store-context'

type Facts = Calls['inspect']['result']

/** A network from a file of the user's own, as it was set up. */
interface OwnEntry {
  readonly id: string
  readonly file: File
  readonly beside: readonly File[]
  readonly facts: Facts
  readonly setup: Setup
}

/** The sheet on which a file is set up. */
export interface Sheet {
  readonly file: File
  /** Files that were dropped with it and may hold its weights. */
  readonly beside: readonly File[]
  /** The network that is set up anew; null for a file that was not open yet. */
  readonly of: string | null
  /** The share of a large file that is read, 0..1. */
  readonly read?: number | undefined
  /** Null until the file is read, and where it cannot be. */
  readonly facts: Facts | null
  readonly setup: Setup | null
  readonly preview: InputPreview | null
  readonly problem: string | null
}

type DownloadState =
  | { readonly phase: 'running'; readonly loaded: number }
  | { readonly phase: 'failed'; readonly message: string }

/** Facts about downloads. */
interface Downloads {
  readonly open: boolean
  /** Bytes that are kept of each, by id; null until the browser has told. */
  readonly kept: Readonly<Record<string, number>> | null
  readonly quota: number | null
  /** Whether downloads are there at the next visit. */
  readonly lasts: boolean
  readonly states: Readonly<Record<string, DownloadState>>
  readonly mirror: string
  /** Why the mirror cannot be used. */
  readonly mirrorProblem: string | null
  readonly problem: string | null
}

export interface NetworksState {
  readonly own: readonly OwnEntry[]
  readonly sheet: Sheet | null
  readonly downloads: Downloads
}

export interface NetworksActions {
  /** Pictures are looked at, a network is set up. */
  takeFiles(files: readonly File[]): Promise<void>
  /** Opens the sheet for a file, or for a network that is open. */
  setUp(of: File | string, beside?: readonly File[]): Promise<void>
  changeSetup(change: Partial<Setup>): Promise<void>
  confirmSetup(): Promise<void>
  closeSheet(): void
  showDownloads(open: boolean): Promise<void>
  /** Asks the browser what is kept. */
  loadKept(): Promise<void>
  download(id: string): Promise<void>
  stopDownload(id: string): void
  removeDownload(id: string): Promise<void>
  setMirror(mirror: string): void
}

export function firstNetworks(keeper: Keeper): NetworksState {
  const { mirror } = keeper.read()
  const none = { kept: null, quota: null, lasts: true, states: {} }
  const downloads = { open: false, ...none, mirror, mirrorProblem: null, problem: null }
  return { own: [], sheet: null, downloads }
}

/** Where setups and the mirror are kept from visit to visit. */
export interface Keeper {
  read(): NetworkMemory
  write(memory: NetworkMemory): void
}

const KEY = 'hookscope-networks'

export function createKeeper(storage: StateStorage): Keeper {
  return {
    read: () => {
      const kept = storage.getItem(KEY)
      return readMemory(typeof kept === 'string' ? kept : null)
    },
    write: memory => {
      storage.setItem(KEY, JSON.stringify(memory))
    },
  }
}

type See = (change: Partial<Wanted>) => Promise<void>

/** @param page the page's own address */
export function createNetworks(context: StoreContext, keeper: Keeper, page: string, see: See): NetworksActions {
  return { ...createOwn(context, keeper, see), ...createDownloads(context, keeper, page) }
}

type OwnActions = Pick<NetworksActions, 'takeFiles' | 'setUp' | 'changeSetup' | 'confirmSetup' | 'closeSheet'>

function createOwn({ get, set, engine, latest }: StoreContext, keeper: Keeper, see: See): OwnActions {
  const change = (part: Partial<Sheet>) => {
    const { sheet } = get()
    if (sheet) set({ sheet: { ...sheet, ...part } })
  }

  /** Reads the file as the sheet has it and takes up what it tells. */
  async function read({ file, beside }: Pick<Sheet, 'file' | 'beside'>, asked: Partial<Setup>): Promise<void> {
    const signal = latest.begin('sheet')
    const inspect = ({ output, activation, preprocessing, picture, inputs }: Partial<Setup>) =>
      engine.inspect(
        { file, beside, output, activation, picture, inputs, size: preprocessing?.size },
        { signal, onEvent: ({ loaded }) => change({ read: loaded ?? 0 }) },
      )
    try {
      let facts = await inspect(asked)
      let told = asked
      const remembered = asked.preprocessing || signal.aborted ? undefined : recall(keeper.read(), facts.sha256)
      if (remembered) {
        // A file that was set up before is read again in that way; one that does not fit it any more counts as nothing.
        const again = await inspect(remembered).catch(() => null)
        if (again?.channels === remembered.preprocessing.mean.length) [facts, told] = [again, remembered]
      }
      if (signal.aborted) return
      change({ facts, setup: { ...facts.setup, ...told }, problem: null })
      await look(signal)
    } catch (error) {
      if (!signal.aborted) change({ problem: sentence(error) })
    }
  }

  /** Shows how the picture on screen would come in. */
  async function look(signal: AbortSignal): Promise<void> {
    const { sheet, wanted } = get()
    if (!sheet?.setup) return
    const { preprocessing, resize } = sheet.setup
    try {
      const preview = await engine.preview({ picture: await wanted.picture.bytes(), preprocessing, resize })
      if (!signal.aborted) change({ preview })
    } catch {
      // What is wrong with the picture is said on the stage.
      if (!signal.aborted) change({ preview: null })
    }
  }

  async function setUp(of: File | string, given: readonly File[] = []): Promise<void> {
    const entry = typeof of === 'string' ? get().own.find(({ id }) => id === of) : undefined
    const file = typeof of === 'string' ? entry?.file : of
    if (!file) return
    const { facts = null, setup = null } = entry ?? {}
    const beside = entry?.beside ?? given
    set({ sheet: { file, beside, of: entry?.id ?? null, facts, setup, preview: null, problem: null } })
    if (setup) await look(latest.begin('sheet'))
    else await read({ file, beside }, {})
  }

  return {
    takeFiles: async files => {
      const isNetwork = ({ name }: File) => /\.onnx$/i.test(name)
      const network = files.find(isNetwork)
      const others = files.filter(file => !isNetwork(file))
      // Weights that lie outside of a network come beside it under any name; alone, everything counts as a picture.
      const pictures = network ? others.filter(({ type }) => type.startsWith('image/')) : others
      const beside = others.filter(file => !pictures.includes(file))
      await Promise.all([network && setUp(network, beside), pictures.length > 0 && get().addPictures(pictures)])
    },
    setUp,
    changeSetup: async part => {
      const { sheet } = get()
      if (!sheet?.setup) return
      const setup = { ...sheet.setup, ...part }
      change({ setup })
      const { preprocessing, ...others } = setup
      // Another input takes its picture in a way of its own.
      if (part.picture !== undefined) return await read(sheet, others)
      const { size } = part.preprocessing ?? preprocessing
      const another = `${size}` !== `${sheet.setup.preprocessing.size}`
      const told = part.output !== undefined || part.activation !== undefined
      if (another || told) await read(sheet, setup)
      else await look(latest.begin('sheet'))
    },
    confirmSetup: async () => {
      const { sheet, own } = get()
      if (!sheet?.facts || !sheet.setup) return
      const { file, beside, facts, setup } = sheet
      const id = freeId(file, own)
      const entry = { id, file, beside, facts, setup }
      keeper.write(remember(keeper.read(), facts.sha256, setup))
      engine.introduce({ id, name: printable(file.name), file, beside, setup })
      set({ sheet: null, own: [...own.filter(before => before.id !== sheet.of), entry] })
      latest.stop('sheet')
      await see({ model: id, resize: setup.resize })
    },
    closeSheet: () => {
      latest.stop('sheet')
      set({ sheet: null })
    },
  }
}

/** The file's name without its ending; with a number where that is another network's, or this one's set up before. */
function freeId(file: File, own: readonly OwnEntry[]): string {
  const stem = printable(file.name).replace(/\.onnx$/i, '') || 'network'
  const taken = new Set([...own, ...NETWORKS].map(({ id }) => id))
  let id = stem
  for (let n = 2; taken.has(id); n++) id = `${stem}-${n}`
  return id
}

function mirrorProblem(mirror: string, page: string): string | null {
  try {
    downloadBase(mirror, page)
    return null
  } catch (error) {
    return sentence(error)
  }
}

type DownloadActions = Omit<NetworksActions, keyof OwnActions>

function createDownloads({ get, set, engine }: StoreContext, keeper: Keeper, page: string): DownloadActions {
  const running = new Map<string, AbortController>()
  const change = (part: Partial<Downloads>) => set({ downloads: { ...get().downloads, ...part } })

  function setState(id: string, state: DownloadState | null): void {
    const { [id]: _, ...others } = get().downloads.states
    change({ states: state ? { ...others, [id]: state } : others })
  }

  async function loadKept(): Promise<void> {
    try {
      change({ ...(await engine.storage()), problem: null })
    } catch (error) {
      change({ problem: sentence(error) })
    }
  }

  function setMirror(mirror: string): void {
    const problem = mirrorProblem(mirror, page)
    change({ mirror, mirrorProblem: problem })
    if (problem !== null) return
    engine.downloadFrom(downloadBase(mirror, page))
    keeper.write({ ...keeper.read(), mirror })
  }

  const { mirror } = keeper.read()
  if (mirrorProblem(mirror, page) === null) engine.downloadFrom(downloadBase(mirror, page))
  return {
    showDownloads: async open => {
      change({ open, mirrorProblem: mirrorProblem(get().downloads.mirror, page) })
      if (open) await loadKept()
    },
    loadKept,
    download: async id => {
      const abort = new AbortController()
      running.set(id, abort)
      setState(id, { phase: 'running', loaded: get().downloads.kept?.[id] ?? 0 })
      try {
        await engine.fetch(id, ({ loaded = 0 }) => setState(id, { phase: 'running', loaded }), abort.signal)
        setState(id, null)
      } catch (error) {
        setState(id, abort.signal.aborted ? null : failed(error))
      } finally {
        running.delete(id)
        await loadKept()
      }
    },
    stopDownload: id => running.get(id)?.abort(),
    removeDownload: async id => {
      await engine.remove(id).catch(error => change({ problem: sentence(error) }))
      setState(id, null)
      await loadKept()
    },
    setMirror,
  }
}
