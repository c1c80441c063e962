import { useEffect, useRef, useState } from 'react'
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components'
import { isColour, placesOf, readChannels } from '../../image/channels'
import { FILTERS, type Preprocessing } from '../../image/types'
import { PRESETS, presetOf, presetsFor, presetValues } from '../../preprocessing/presets'
import { value } from '../model/format'
import { paint } from '../output'
import { usePage } from '../usePage'
import { Choice } from './Choice'
import { Segmented } from './controls'
import { NumbersField } from './NumbersField'
import type { PartProps } from './SetupReading'

const RANGES = [
  { id: '1', label: '0 to 1' },
  { id: '255', label: '0 to 255' },
] as const
const CHANNELS = [
  { id: 'rgb', label: 'RGB' },
  { id: 'bgr', label: 'BGR' },
] as const
const FILTER_OPTIONS = FILTERS.map(id => ({ id, label: id }))
const FITS = [
  { id: 'crop', label: 'Crop' },
  { id: 'squash', label: 'Squash' },
] as const

/** How pictures come in, and how the one on screen would. */
export function InputPart({ facts, setup }: PartProps) {
  const changeSetup = usePage(page => page.changeSetup)
  const { preprocessing, resize } = setup
  const { channels } = facts
  const preset = presetOf(preprocessing) ?? null
  const letters = inOrder(preprocessing.channels)
  const change = (part: Partial<Preprocessing>) => void changeSetup({ preprocessing: { ...preprocessing, ...part } })
  return (
    <fieldset className="form-part">
      <legend>Pictures come in as</legend>
      <Preview />
      <Choice
        label="Values"
        value={preset}
        otherwise={isSaid(facts, preprocessing) ? 'As the file says' : 'Values of your own'}
        options={presetsFor(preprocessing.channels).map(id => ({
          id,
          label: PRESETS[id].label,
          help: PRESETS[id].help,
        }))}
        onChange={name => change(presetValues(name, preprocessing.channels, channels))}
      />
      <p className="small">
        {facts.said.preprocessing.range !== undefined
          ? 'What the file says of it goes before any guess.'
          : `${preset === facts.guess.preset ? '' : `A guess would be ${PRESETS[facts.guess.preset].label}. `}${facts.guess.because}`}
      </p>
      <div className="form-row">
        <Segmented
          label="Range of a pixel"
          value={`${preprocessing.range}`}
          options={RANGES}
          onChange={range => change({ range: range === '1' ? 1 : 255 })}
        />
        {isColour(preprocessing.channels) && (
          <Segmented
            label="Order of colours"
            value={preprocessing.channels === 'bgr' ? 'bgr' : 'rgb'}
            options={CHANNELS}
            onChange={channels => change({ channels })}
          />
        )}
        <Segmented label="Fit" value={resize} options={FITS} onChange={resize => void changeSetup({ resize })} />
      </div>
      {channels !== 3 && <ChannelsField count={channels} preprocessing={preprocessing} change={change} />}
      <div className="form-pair">
        <NumbersField
          label={`Mean${letters}`}
          count={channels}
          numbers={preprocessing.mean}
          onChange={mean => change({ mean })}
        />
        <NumbersField
          label={`Std${letters}`}
          least={0}
          count={channels}
          numbers={preprocessing.std}
          onChange={std => change({ std })}
        />
      </div>
      <Choice
        label="Resized as PIL does, by"
        value={preprocessing.filter ?? 'bilinear'}
        options={FILTER_OPTIONS}
        onChange={filter => change({ filter })}
      />
    </fieldset>
  )
}

/** Whether values are those that the file says. */
function isSaid({ said, setup }: PartProps['facts'], { range, mean, std, channels }: Preprocessing): boolean {
  const told = setup.preprocessing
  const same = range === told.range && channels === told.channels && `${mean} ${std}` === `${told.mean} ${told.std}`
  return said.preprocessing.range !== undefined && same
}

/** ` (R, G, B)`: the order of means, whatever the network's order is. */
function inOrder(channels: string): string {
  const letters: string[] = []
  placesOf(channels).forEach((place, i) => {
    letters[place] = channels[i]?.toUpperCase() ?? ''
  })
  return letters.length > 0 ? ` (${letters.join(', ')})` : ''
}

interface ChannelsFieldProps {
  readonly count: number
  readonly preprocessing: Preprocessing
  change(part: Partial<Preprocessing>): void
}

/** The channels of a network that does not take red, green and blue. */
function ChannelsField({ count, preprocessing: { channels }, change }: ChannelsFieldProps) {
  const [typed, setTyped] = useState(channels)
  return (
    <TextField
      className="form-field"
      value={typed}
      isInvalid={typed !== '' && readChannels(typed, count) === undefined}
      onChange={text => {
        setTyped(text)
        change({ channels: readChannels(text, count) ?? '' })
      }}
    >
      <Label>{count === 1 ? 'What its channel is' : `What each of its ${count} channels is`}</Label>
      <Input className="input" placeholder={count === 4 ? 'rgba' : 'rgb'.padEnd(count, '0').slice(0, count)} />
      <Text slot="description" className="small">
        A letter each: r, g, b, l for luminance, a for alpha, 0 for nothing.
      </Text>
      <FieldError className="warning">
        Write {count} {count === 1 ? 'letter' : 'letters'} of r, g, b, l, a and 0.
      </FieldError>
    </TextField>
  )
}

function Preview() {
  const preview = usePage(page => page.sheet?.preview ?? null)
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (canvas.current && preview) paint(canvas.current, preview.pixels)
  }, [preview])
  if (!preview) return <div className="form-preview" />
  const { pixels, low, mean, high } = preview
  return (
    <div className="form-preview">
      <canvas ref={canvas} role="img" aria-label="What the network sees of the picture on screen" />
      <p className="small">
        {pixels.height} × {pixels.width} pixels
        <br />
        Values from {value(low)} to {value(high)}, on average {value(mean)}
      </p>
    </div>
  )
}
