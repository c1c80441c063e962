import { Power } from 'lucide-react'
import { ToggleButton } from 'react-aria-components'
import { channelsOff } from '../model/interventions'
import { usePage } from '../usePage'

/** Switches the channel that is shown large off, or on again. */
export function SwitchChannel({ channel, layer }: { channel: number; layer: string }) {
  const interventions = usePage(page => page.features?.scene.at.interventions)
  const switchChannel = usePage(page => page.switchChannel)
  const off = channelsOff(interventions ?? [], layer).has(channel)
  return (
    <ToggleButton className="button switch-channel" isSelected={off} onChange={() => void switchChannel(channel)}>
      <Power size={14} aria-hidden />
      {off ? 'Switched off' : 'Switch this channel off'}
    </ToggleButton>
  )
}
