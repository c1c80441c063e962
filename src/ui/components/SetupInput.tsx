import { useEffect, useRef, useState } from 'react'
import { FieldError, Input, Label, TextField } from 'react-aria-components'
import type { PerColour, Preprocessing } from '../../image/types'
import { PRESET_NAMES, PRESETS, presetOf } from '../../preprocessing/presets'
import { value } from '../model/format'
import { paint } from '../output'
import { usePage } from '../usePage'
import { Choice } from './Choice'
import { Segmented } from './controls'
import type { PartProps } from './SetupReading'

const RANGES = [
  { id: '1', label: '0 to 1' },
  { id: '255', label: '0 to 255' },
] as const
const CHANNELS = [
  { id: 'rgb', label: 'RGB' },
  { id: 'bgr', label: 'BGR' },
] as const
const FITS = [
  { id: 'crop', label: 'Crop' },
  { id: 'squash', label: 'Squash' },
] as const

/** How pictures come in, and how the one on screen would. */
export function InputPart({ facts, setup }: PartProps) {
  const changeSetup = usePage(page => page.changeSetup)
  const { preprocessing, resize } = setup
  const preset = presetOf(preprocessing) ?? null
  const change = (part: Partial<Preprocessing>) => void changeSetup({ preprocessing: { ...preprocessing, ...part } })
  return (
    <fieldset className="form-part">
      <legend>Pictures come in as</legend>
      <Preview />
      <Choice
        label="Values"
        value={preset}
        otherwise="Values of your own"
        options={PRESET_NAMES.map(id => ({ id, label: PRESETS[id].label, help: PRESETS[id].help }))}
        onChange={name => change(PRESETS[name].values)}
      />
      <p className="small">
        {preset === facts.guess.preset ? '' : `A guess would be ${PRESETS[facts.guess.preset].label}. `}
        {facts.guess.because}
      </p>
      <div className="form-row">
        <Segmented
          label="Range of a pixel"
          value={`${preprocessing.range}`}
          options={RANGES}
          onChange={range => change({ range: range === '1' ? 1 : 255 })}
        />
        <Segmented
          label="Order of colours"
          value={preprocessing.channels}
          options={CHANNELS}
          onChange={channels => change({ channels })}
        />
        <Segmented label="Fit" value={resize} options={FITS} onChange={resize => void changeSetup({ resize })} />
      </div>
      <div className="form-pair">
        <Colours label="Mean (R, G, B)" least={null} colours={preprocessing.mean} onChange={mean => change({ mean })} />
        <Colours label="Std (R, G, B)" least={0} colours={preprocessing.std} onChange={std => change({ std })} />
      </div>
    </fieldset>
  )
}

interface ColoursProps {
  readonly label: string
  /** What each has to be above. */
  readonly least: number | null
  readonly colours: PerColour
  onChange(colours: PerColour): void
}

/** Three numbers with commas. */
function Colours({ label, least, colours, onChange }: ColoursProps) {
  const written = colours.join(', ')
  const [typed, setTyped] = useState({ text: written, of: written })
  // A preset changes them from outside.
  const text = typed.of === written ? typed.text : written
  return (
    <TextField
      className="form-field"
      value={text}
      isInvalid={readColours(text, least) === null}
      onChange={text => {
        const read = readColours(text, least)
        setTyped({ text, of: read?.join(', ') ?? written })
        if (read) onChange(read)
      }}
    >
      <Label>{label}</Label>
      <Input className="input" inputMode="decimal" />
      <FieldError className="warning">
        {least === null ? 'Write three numbers with commas.' : 'Write three numbers above 0, with commas.'}
      </FieldError>
    </TextField>
  )
}

function readColours(text: string, least: number | null): PerColour | null {
  const numbers = text.split(',').map(item => (item.trim() === '' ? Number.NaN : Number(item)))
  const [red, green, blue] = numbers
  if (red === undefined || green === undefined || blue === undefined || numbers.length > 3) return null
  const fine = numbers.every(number => Number.isFinite(number) && (least === null || number > least))
  return fine ? [red, green, blue] : null
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
