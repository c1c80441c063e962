import { ChevronDown } from 'lucide-react'
import { useMemo } from 'react'
import { Button, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components'
import { labelOf } from '../../catalog/labels'
import { shownAnswer } from '../model/answer'
import { scoreFormat } from '../model/format'
import type { Scene } from '../store/state'
import { usePage } from '../usePage'

interface AgainstSelectProps {
  readonly scene: Scene
  readonly target: number
  readonly against: number
}

/** The second class: one of the most probable, or the least probable of all. */
export function AgainstSelect({ scene, target, against }: AgainstSelectProps) {
  const compare = usePage(page => page.compare)
  const classes = useMemo(() => {
    const { network } = scene
    const { logits, probabilities, top } = shownAnswer(scene)
    const last = logits.indexOf(Math.min(...logits))
    const indices = new Set([...top.map(({ index }) => index), against, last])
    indices.delete(target)
    return [...indices].map(id => ({
      id,
      label: labelOf(network.labels, id),
      note: id === last ? 'least probable' : scoreFormat(network.activation)(probabilities[id] ?? 0),
    }))
  }, [scene, target, against])
  return (
    <Select
      className="against"
      aria-label="Compared with"
      value={against}
      onChange={id => {
        if (id !== null && id !== against) void compare(Number(id))
      }}
    >
      <Button className="button">
        <SelectValue>{labelOf(scene.network.labels, against)}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className="popover">
        <ListBox className="list" items={classes}>
          {({ id, label, note }) => (
            <ListBoxItem id={id} className="option against-option" textValue={label}>
              <span>{label}</span>
              <span className="small">{note}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}
