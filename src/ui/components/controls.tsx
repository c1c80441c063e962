import type { CSSProperties, ReactNode } from 'react'
import {
  Button,
  Group,
  Input,
  Label,
  NumberField,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  ToggleButton,
  ToggleButtonGroup,
  Tooltip,
  TooltipTrigger,
} from 'react-aria-components'
import '../styles/controls.css'

interface IconButtonProps {
  readonly label: string
  readonly children: ReactNode
  readonly onPress?: () => void
}

/** A button that is only a sign; its name stands in a tooltip. */
export function IconButton({ label, children, onPress }: IconButtonProps) {
  return (
    <TooltipTrigger delay={400}>
      <Button className="icon" aria-label={label} {...(onPress && { onPress })}>
        {children}
      </Button>
      <Tooltip className="tooltip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  )
}

interface SegmentedProps<T extends string> {
  readonly label: string
  /** Null where none of them is chosen. */
  readonly value: T | null
  readonly options: readonly { readonly id: T; readonly label: string; readonly disabled?: boolean }[]
  readonly describedBy?: string | undefined
  onChange(value: T): void
}

/** One of a few, all of them in sight. */
export function Segmented<T extends string>({ label, value, options, describedBy, onChange }: SegmentedProps<T>) {
  return (
    <ToggleButtonGroup
      className="segmented"
      aria-label={label}
      {...(describedBy && { 'aria-describedby': describedBy })}
      disallowEmptySelection
      selectedKeys={value === null ? [] : [value]}
      onSelectionChange={keys => {
        const chosen = options.find(({ id }) => keys.has(id))
        if (chosen && chosen.id !== value) onChange(chosen.id)
      }}
    >
      {options.map(({ id, label, disabled }) => (
        <ToggleButton key={id} id={id} className="segment" isDisabled={disabled ?? false}>
          {label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}

interface NumberInputProps {
  readonly label: string
  /** NaN where it is empty. */
  readonly value: number
  readonly step: number
  readonly least?: number
  /** May be left empty. */
  readonly optional?: boolean
  onChange(value: number): void
}

/** A number, typed or stepped with the arrow keys and its two buttons. */
export function NumberInput({ label, value, step, least, optional = false, onChange }: NumberInputProps) {
  return (
    <NumberField
      className="number"
      value={value}
      step={step}
      {...(least === undefined ? {} : { minValue: least })}
      formatOptions={{ maximumFractionDigits: 6, useGrouping: false }}
      onChange={typed => {
        if (optional || !Number.isNaN(typed)) onChange(typed)
      }}
    >
      <Label className="small">{label}</Label>
      <Group className="field number-field">
        <Input {...(optional && { placeholder: 'none' })} />
        <Button slot="decrement" className="number-step">
          −
        </Button>
        <Button slot="increment" className="number-step">
          +
        </Button>
      </Group>
    </NumberField>
  )
}

interface ShareSliderProps {
  readonly label: string
  /** 0..1 */
  readonly value: number
  onChange(value: number): void
}

/** A share in per cent. */
export function ShareSlider({ label, value, onChange }: ShareSliderProps) {
  return (
    <Slider
      className="slider"
      minValue={0}
      maxValue={1}
      step={0.01}
      value={value}
      onChange={onChange}
      formatOptions={{ style: 'percent' }}
    >
      <Label>{label}</Label>
      <SliderTrack className="slider-track" style={{ '--filled': `${value * 100}%` } as CSSProperties}>
        <SliderThumb className="slider-thumb" />
      </SliderTrack>
      <SliderOutput className="slider-value" />
    </Slider>
  )
}
