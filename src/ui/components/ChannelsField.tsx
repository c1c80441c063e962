import { MousePointerClick } from 'lucide-react'
import { Input, Label, TextField, ToggleButton } from 'react-aria-components'
import { count as counted } from '../model/format'
import { usePage } from '../usePage'

interface ChannelsFieldProps {
  /** "12, 40-45" */
  readonly value: string
  /** How many channels there are. */
  readonly count: number
  /** Whether the grid can show them. */
  readonly drawn: boolean
  /** The meaning of an empty field, or an example. */
  readonly empty: string
  onChange(value: string): void
}

/** Channels in writing, or as they are clicked in the grid. */
export function ChannelsField({ value, count, drawn, empty, onChange }: ChannelsFieldProps) {
  const picking = usePage(page => page.picking)
  const setPicking = usePage(page => page.setPicking)
  return (
    <div className="intervention-channels">
      <TextField value={value} onChange={onChange}>
        <Label className="small">Channels of {counted(count)}</Label>
        <div className="field">
          <Input placeholder={empty} inputMode="text" autoComplete="off" />
        </div>
      </TextField>
      <ToggleButton
        className="button"
        isDisabled={!drawn}
        isSelected={picking && drawn}
        onChange={picking => void setPicking(picking)}
      >
        <MousePointerClick size={16} aria-hidden />
        Pick
      </ToggleButton>
    </div>
  )
}
