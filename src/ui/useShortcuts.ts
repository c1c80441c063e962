import { useEffect, useState } from 'react'
import type { Method } from '../attribution/method'
import { DEFAULT_METHOD, METHODS } from '../attribution/methods'
import { shownAnswer } from './model/answer'
import { atInput } from './store/selectors'
import type { Page } from './store/state'
import { usePageStore } from './usePage'

/** Keys, and what they do, as the help lists them. */
export const SHORTCUTS = [
  { keys: ['1', '…', '5'], does: 'Explain one of the top five predictions' },
  { keys: ['M'], does: 'Switch between CAM and Grad-CAM' },
  { keys: ['G'], does: 'Go through the gradients at the input' },
  { keys: ['←', '→'], does: 'Go along the layers' },
  { keys: ['Space'], does: 'Hold to see the picture alone' },
  { keys: ['D'], does: 'Close or open the dock below the picture' },
  { keys: ['O'], does: 'Switch the channel off, or on again' },
  { keys: ['S'], does: 'Save the overlay as PNG' },
  { keys: ['Esc'], does: 'Go back from a channel or a comparison' },
  { keys: ['?'], does: 'Show this help' },
] as const

/** Single keys for the whole page, where no field or open list takes them. */
export function useShortcuts(): { readonly isOpen: boolean; setOpen(open: boolean): void } {
  const store = usePageStore()
  const [isOpen, setOpen] = useState(false)

  useEffect(() => {
    const listening = new AbortController()
    const options = { capture: true, signal: listening.signal }

    let byKeyboard = false

    const press = (event: KeyboardEvent) => {
      byKeyboard ||= event.key === 'Tab' || event.key.startsWith('Arrow')
      const page = store.getState()
      if (!page.settings.shortcuts || event.ctrlKey || event.metaKey || event.altKey || takesKeys(event)) return
      const act = event.key === '?' ? () => setOpen(true) : actionOf(event, page, byKeyboard)
      if (!act) return
      event.preventDefault()
      event.stopPropagation()
      if (!event.repeat || event.key.startsWith('Arrow')) act()
    }
    const release = (event: KeyboardEvent) => {
      if (event.key !== ' ' || !store.getState().bare) return
      event.preventDefault()
      event.stopPropagation()
      store.getState().setBare(false)
    }
    window.addEventListener(
      'pointerdown',
      () => {
        byKeyboard = false
      },
      options,
    )
    window.addEventListener('keydown', press, options)
    window.addEventListener('keyup', release, options)
    window.addEventListener('blur', () => store.getState().setBare(false), options)
    return () => listening.abort()
  }, [store])

  return { isOpen, setOpen }
}

function actionOf(event: KeyboardEvent, page: Page, byKeyboard: boolean): (() => void) | null {
  const { key } = event
  if (key === ' ') return spaceIsFree(event, byKeyboard) ? () => page.setBare(true) : null
  if (key === 'Escape') return wayBack(page)
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    return event.target === document.body ? () => stepLayer(page, key === 'ArrowLeft' ? -1 : 1) : null
  }
  if (/^[1-5]$/.test(key)) {
    const prediction = page.scene && shownAnswer(page.scene).top[Number(key) - 1]
    return prediction ? () => void page.chooseClass(prediction.index) : null
  }
  if (key.toLowerCase() === 'o') {
    const channel = channelAt(event) ?? page.channel
    return channel === null ? null : () => void page.switchChannel(channel)
  }
  if (key.toLowerCase() === 'd') return () => void page.showPanel(page.settings.dockOpen ? null : page.settings.panel)
  if (key.toLowerCase() === 's') return () => void page.save('overlay')
  if (key.toLowerCase() === 'g') return () => nextMethod(page, ({ result, isSlow }) => result === 'gradient' && !isSlow)
  if (key.toLowerCase() === 'm') return () => nextMethod(page, ({ isProminent }) => isProminent === true)
  return null
}

/** The channel whose tile has the focus. */
function channelAt({ target }: KeyboardEvent): number | null {
  const tile = target instanceof Element ? target.closest('.channel') : null
  return tile instanceof HTMLElement && tile.dataset.key !== undefined ? Number(tile.dataset.key) : null
}

function wayBack(page: Page): (() => void) | null {
  if (page.channel !== null) return () => page.chooseChannel(null)
  return page.against === null ? null : () => void page.compare(null)
}

/** The next of some methods, in a round; where another is chosen, Grad-CAM if it is among them, else the first. */
function nextMethod({ choice, chooseMethod }: Page, belongs: (method: Method) => boolean): void {
  const round = METHODS.filter(belongs)
  const at = round.findIndex(({ id }) => id === choice?.method)
  const entry = round.find(({ id }) => id === DEFAULT_METHOD) ?? round[0]
  const next = at < 0 ? entry : round[(at + 1) % round.length]
  if (next) void chooseMethod(next.id)
}

/** To the next layer of the strip, in the network's order; the input comes before the first. */
function stepLayer(page: Page, step: 1 | -1): void {
  const { scene, choice, chooseLayer, chooseMethod } = page
  if (!scene || !choice) return
  const [first] = scene.network.stages
  if (atInput(page)) return void (step > 0 && first && chooseLayer(first))
  const paths = scene.network.hookPoints.map(({ path }) => path)
  const from = paths.indexOf(choice.layer)
  const stages = scene.network.stages.filter(path => (paths.indexOf(path) - from) * step > 0)
  const next = step > 0 ? stages[0] : stages.at(-1)
  if (next) void chooseLayer(next)
  else if (step < 0) void chooseMethod('saliency')
}

/** Whether keys belong to where the focus is: a text field, an open list or dialog. */
function takesKeys({ target }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false
  return target.closest('input:not([type=range], [type=radio]), textarea, .popover, [role=dialog]') !== null
}

/** Space presses what the keyboard reached; what the mouse pressed last leaves it free. */
function spaceIsFree({ target }: KeyboardEvent, byKeyboard: boolean): boolean {
  return !byKeyboard || !(target instanceof Element) || target.closest('button, a, [role=option]') === null
}
