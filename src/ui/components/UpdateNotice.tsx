import { X } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useStore } from 'zustand'
import { newVersion } from '../offline'
import { IconButton } from './controls'
import '../styles/notice.css'

/** Says that a new version of the page waits; it is loaded where this is asked for, or at the next visit. */
export function UpdateNotice() {
  const load = useStore(newVersion, version => version.load)
  const [dismissed, dismiss] = useState(false)
  if (!load || dismissed) return null
  return (
    <div className="notice" role="status">
      <div>
        <p>A new version of Hookscope is there. Loading it closes pictures and networks that you added.</p>
        <Button className="button" onPress={load}>
          Load it
        </Button>
      </div>
      <IconButton label="Later" onPress={() => dismiss(true)}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  )
}
