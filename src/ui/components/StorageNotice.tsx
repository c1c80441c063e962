import { X } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { pageStorage, type Refusal } from '../storage'
import { IconButton } from './controls'
import '../styles/notice.css'

const WHY: Readonly<Record<Refusal, string>> = {
  blocked: 'This browser keeps nothing for this page.',
  full: 'This browser has no more room for this page.',
}

/** Says once that nothing is kept. */
export function StorageNotice() {
  const refusal = useSyncExternalStore(subscribe, () => pageStorage.refusal)
  const [dismissed, dismiss] = useState(false)
  if (!refusal || dismissed) return null
  return (
    <div className="notice" role="status">
      <p>{WHY[refusal]} Everything works; settings, setups and edited code last until you close it.</p>
      <IconButton label="Dismiss" onPress={() => dismiss(true)}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  )
}

const subscribe = (listener: () => void) => pageStorage.subscribe(listener)
