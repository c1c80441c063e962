import { useEffect, useState } from 'react'
import { readLink } from './address'

/** Code that came with the address, or why it could not be read. */
export interface Linked {
  readonly code: string | null
  readonly problem: string | null
}

/** @returns undefined until the address is read */
export function useLinked(number: number): Linked | undefined {
  const [read, setRead] = useState<Linked & { readonly number: number }>()

  useEffect(() => {
    let latest = 0
    const look = () => {
      const turn = ++latest
      const take = (linked: Linked) => turn === latest && setRead({ ...linked, number })
      readLink(location.hash).then(
        code => take({ code, problem: null }),
        (error: Error) => take({ code: null, problem: error.message }),
      )
    }
    look()
    window.addEventListener('hashchange', look)
    return () => {
      latest = -1
      window.removeEventListener('hashchange', look)
    }
  }, [number])

  return read?.number === number ? read : undefined
}
