import { useState } from 'react'
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components'

interface NumbersFieldProps {
  readonly label: string
  readonly help?: string
  readonly numbers: readonly number[]
  /** How many there have to be; a single one stands for all. */
  readonly count: number
  /** Each number has to be above it. */
  readonly least?: number
  onChange(numbers: readonly number[]): void
}

/** Numbers with commas. */
export function NumbersField({ label, help, numbers, count, least, onChange }: NumbersFieldProps) {
  const written = numbers.join(', ')
  const [typed, setTyped] = useState({ text: written, of: written })
  // A preset changes them from outside.
  const text = typed.of === written ? typed.text : written
  return (
    <TextField
      className="form-field"
      value={text}
      isInvalid={text !== '' && readNumbers(text, count, least) === null}
      onChange={text => {
        const read = readNumbers(text, count, least)
        setTyped({ text, of: read?.join(', ') ?? written })
        if (read) onChange(read)
      }}
    >
      <Label>{label}</Label>
      <Input className="input" inputMode="decimal" />
      {help && (
        <Text slot="description" className="small">
          {help}
        </Text>
      )}
      <FieldError className="warning">
        Write {count === 1 ? 'a number' : `${count} numbers with commas, or one for all`}
        {least === undefined ? '' : `, above ${least}`}.
      </FieldError>
    </TextField>
  )
}

function readNumbers(text: string, count: number, least?: number): readonly number[] | null {
  const plain = text.trim().toLowerCase()
  const items = plain === 'true' ? ['1'] : plain === 'false' ? ['0'] : plain.split(',')
  const numbers = items.map(item => (item.trim() === '' ? Number.NaN : Number(item)))
  const fine = numbers.every(number => Number.isFinite(number) && (least === undefined || number > least))
  if (!fine || (numbers.length !== 1 && numbers.length !== count)) return null
  return numbers.length === count ? numbers : new Array<number>(count).fill(numbers[0] ?? 0)
}
