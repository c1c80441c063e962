import { ChevronDown } from 'lucide-react'
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, Text } from 'react-aria-components'

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T | null
  /** Text in place of a value that is none of the options. */
  readonly otherwise?: string
  readonly options: readonly {
    readonly id: T
    readonly label: string
    readonly help?: string
    readonly disabled?: boolean
  }[]
  onChange(value: T): void
}

/** One of several in a form, with a word on each. */
export function Choice<T extends string>({ label, value, otherwise, options, onChange }: ChoiceProps<T>) {
  const chosen = options.find(({ id }) => id === value)
  return (
    <Select
      className="form-field"
      value={value}
      disabledKeys={options.filter(({ disabled }) => disabled).map(({ id }) => id)}
      onChange={key => {
        const option = options.find(({ id }) => id === key)
        if (option) onChange(option.id)
      }}
    >
      <Label>{label}</Label>
      <Button className="button form-choice">
        <SelectValue>{chosen?.label ?? otherwise}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className="popover form-list">
        <ListBox className="list" items={options}>
          {({ id, label, help }) => (
            <ListBoxItem id={id} className="option" textValue={label}>
              <Text slot="label">{label}</Text>
              {help && (
                <Text slot="description" className="small">
                  {help}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}
