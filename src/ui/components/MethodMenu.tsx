import { ChevronDown } from 'lucide-react'
import { Button, ListBox, ListBoxItem, Popover, Select, SelectValue, Text } from 'react-aria-components'
import { ALL_METHODS, isInputMethod } from '../../cam/all-methods'
import { INPUT_METHOD_NAMES, INPUT_METHODS, withoutReLU } from '../../cam/input-methods'
import { usePage } from '../usePage'

const METHODS = INPUT_METHOD_NAMES.map(id => ({ id, ...INPUT_METHODS[id] }))

/** The gradients at the input, beside the maps of a layer. */
export function MethodMenu({ describedBy }: { describedBy: string | undefined }) {
  const method = usePage(page => page.choice?.method ?? null)
  const reaches = usePage(page => page.scene?.network.inputGradient.ok ?? true)
  const rectifiers = usePage(page => page.scene?.network.rectifiers ?? null)
  const chooseMethod = usePage(page => page.chooseMethod)
  const chosen = method !== null && isInputMethod(method) ? method : null
  return (
    <Select
      className="method-menu"
      aria-label="Gradient at the input"
      {...(describedBy && { 'aria-describedby': describedBy })}
      isDisabled={!reaches}
      value={chosen}
      onChange={id => {
        const next = INPUT_METHOD_NAMES.find(name => name === id)
        if (next) void chooseMethod(next)
      }}
    >
      <Button className="button" {...(chosen && { 'data-selected': true })}>
        <SelectValue>{chosen ? ALL_METHODS[chosen].label : 'Input gradient'}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className="popover method-list">
        <ListBox className="list" items={METHODS}>
          {({ id, label, help }) => (
            <ListBoxItem id={id} className="option" textValue={label}>
              <Text slot="label">{label}</Text>
              <Text slot="description" className="small">
                {(rectifiers !== null && withoutReLU(id, rectifiers)) || help}
              </Text>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}
