import { useState } from 'react'
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components'
import { ACTIVATIONS, type ActivationName } from '../../analysis/activation'
import type { FileFacts, Setup } from '../../catalog/own'
import { printable } from '../../errors'
import { shortSideFor } from '../../preprocessing/presets'
import { count } from '../model/format'
import { usePage } from '../usePage'
import { Choice } from './Choice'
import { NumbersField } from './NumbersField'

export interface PartProps {
  readonly facts: FileFacts
  readonly setup: Setup
}

/** Which output holds the classes, where there are several, and why it is taken for that. */
export function OutputPart({ facts, setup }: PartProps) {
  const changeSetup = usePage(page => page.changeSetup)
  const { outputs, output, answer } = facts
  const { because, aside } = answer
  return (
    <>
      {outputs.length > 1 && (
        <Choice
          label="Output with the classes"
          value={setup.output ?? output}
          options={outputs.map(({ output, count: numbers }) => ({
            id: output,
            label: printable(output),
            help: numbers === 1 ? 'one number' : `${count(numbers)} classes`,
          }))}
          onChange={output => void changeSetup({ output })}
        />
      )}
      {setup.output === null && outputs.length > 1 && (
        <p className="small">
          {printable(output)} is taken, for {because}.
        </p>
      )}
      {aside.length > 0 && <p className="small">No scores of other classes: {aside.map(printable).join(', ')}.</p>}
    </>
  )
}

const ACTIVATION_HELP: Readonly<Record<ActivationName, string>> = {
  softmax: 'One class of all is true.',
  sigmoid: 'Each class is true or not, by itself.',
  none: 'They are none: the numbers are shown as they are.',
}

const KNOWN_FROM: Readonly<Record<FileFacts['answer']['knownFrom'], string>> = {
  file: 'The file says so.',
  habit: 'The file does not say; most networks are so.',
  user: '',
}

/** How the network's numbers become probabilities. */
export function ActivationPart({ facts: { answer }, setup }: PartProps) {
  const changeSetup = usePage(page => page.changeSetup)
  return (
    <>
      <Choice
        label="Numbers become probabilities by"
        value={setup.activation ?? answer.activation}
        options={ACTIVATIONS.map(id => ({
          id,
          label: id,
          help: ACTIVATION_HELP[id],
          disabled: id === 'softmax' && answer.isSingle,
        }))}
        onChange={activation => void changeSetup({ activation })}
      />
      {setup.activation === null && <p className="small">{KNOWN_FROM[answer.knownFrom]}</p>}
    </>
  )
}

/** Which input takes the picture, where several can. */
export function PicturePart({ facts }: PartProps) {
  const changeSetup = usePage(page => page.changeSetup)
  const { pictures, input } = facts
  if (pictures.length < 2) return null
  return (
    <Choice
      label="Input with the picture"
      value={input.name}
      options={pictures.map(name => ({ id: name, label: printable(name) }))}
      onChange={picture => void changeSetup({ picture })}
    />
  )
}

/** The network's inputs besides the picture. */
export function FurtherPart({ facts, setup }: PartProps) {
  const changeSetup = usePage(page => page.changeSetup)
  if (facts.further.length === 0) return null
  return (
    <fieldset className="form-part">
      <legend>It also takes</legend>
      {facts.further.map(input => {
        const { name, type, shape, values, because, unread } = input
        if (unread) return <p key={name} className="small">{`${printable(name)}: fed zeros, ${because}.`}</p>
        const told = setup.inputs?.[name]
        const count = shape.reduce((product, size) => product * size, 1)
        return (
          <NumbersField
            key={name}
            label={`${printable(name)}, ${type} [${shape.join(', ')}]`}
            help={
              told || values ? `Fed so, ${told ? 'as you say' : because}.` : 'The file does not tell what it is fed.'
            }
            count={count}
            numbers={told ?? (values && new Set(values).size === 1 ? values.slice(0, 1) : (values ?? []))}
            onChange={numbers => void changeSetup({ inputs: { ...setup.inputs, [name]: numbers } })}
          />
        )
      })}
    </fieldset>
  )
}

/** The most that is taken: past it the memory of a browser ends. */
const MOST = 2048

/** Height and width of the input, where the file leaves them open. */
export function SizePart({ facts, setup }: PartProps) {
  const changeSetup = usePage(page => page.changeSetup)
  const { preprocessing } = setup
  const [typed, setTyped] = useState(preprocessing.size.join(' × '))
  if (!facts.openSize) return null
  const size = readSize(typed)
  return (
    <TextField
      className="form-field"
      value={typed}
      isInvalid={size === null}
      onChange={text => {
        setTyped(text)
        const size = readSize(text)
        if (size) void changeSetup({ preprocessing: { ...preprocessing, size, shortSide: shortSideFor(size) } })
      }}
    >
      <Label>Height × width of the input</Label>
      <Input className="input" inputMode="numeric" />
      <Text slot="description" className="small">
        The file takes any. Take the size that it was trained with.
      </Text>
      <FieldError className="warning">Write pixels, as 224, or height × width, each from 8 to {MOST}.</FieldError>
    </TextField>
  )
}

function readSize(text: string): readonly [number, number] | null {
  const [, height, width = height] = /^\s*(\d{1,5})\s*(?:[x×,]\s*(\d{1,5})\s*)?$/i.exec(text) ?? []
  const size = [Number(height), Number(width)] as const
  return size.every(pixels => pixels >= 8 && pixels <= MOST) ? size : null
}
