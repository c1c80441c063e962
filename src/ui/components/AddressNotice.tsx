import { X } from 'lucide-react'
import { usePage } from '../usePage'
import { IconButton } from './controls'
import '../styles/notice.css'

/** Says what the page's address asks for and cannot be had. */
export function AddressNotice() {
  const faults = usePage(page => page.faults)
  const dismiss = usePage(page => page.dismissFaults)
  if (faults.length === 0) return null
  return (
    <div className="notice" role="status">
      <div>
        <p>This link asks for what is not here:</p>
        {faults.map(fault => (
          <p key={fault} className="small">
            {fault}
          </p>
        ))}
      </div>
      <IconButton label="Dismiss" onPress={dismiss}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  )
}
