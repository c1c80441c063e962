import type { Channels } from './types'

/** The order in which means and standard deviations are given, whatever the order of the network's channels. */
const LETTERS = 'rgbla0'

/** For each channel of the network its place among means and standard deviations: [2, 1, 0] for `bgr`. */
export function placesOf(channels: Channels): number[] {
  const order = [...channels].map((letter, i) => ({ letter, i }))
  order.sort((a, b) => LETTERS.indexOf(a.letter) - LETTERS.indexOf(b.letter))
  const places = new Array<number>(channels.length).fill(0)
  order.forEach(({ i }, place) => {
    places[i] = place
  })
  return places
}

/** Channels as someone writes them (`RGBA`, `r,g,b,0`, `grey`); undefined for another letter, or too few or many. */
export function readChannels(text: string, count?: number): Channels | undefined {
  const plain = text.toLowerCase().replaceAll(/[\s,]/g, '')
  const letters = plain === 'grey' || plain === 'gray' ? 'l' : plain
  const fits = /^[rgbla0]+$/.test(letters) && (count === undefined || letters.length === count)
  return fits ? letters : undefined
}

/** The usual channels of a network that takes so many: colours, luminance, else unknown. */
export function usualChannels(count: number): Channels {
  return count === 3 ? 'rgb' : count === 1 ? 'l' : ''
}

export const isColour = (channels: Channels): boolean => channels === 'rgb' || channels === 'bgr'
