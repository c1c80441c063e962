import type { CSSProperties } from 'react'
import type { Scene } from '../store/state'

/** The picture as a background of which only the seen part shows. */
export function seenPart({ sight, wanted }: Scene): CSSProperties {
  const { seen, width, height } = sight
  const offset = (start: number, room: number) => (room > 0 ? `${(start / room) * 100}%` : '0')
  return {
    aspectRatio: seen.width / seen.height,
    backgroundImage: `url("${wanted.picture.url}")`,
    backgroundSize: `${(width / seen.width) * 100}% ${(height / seen.height) * 100}%`,
    backgroundPosition: `${offset(seen.x, width - seen.width)} ${offset(seen.y, height - seen.height)}`,
  }
}
