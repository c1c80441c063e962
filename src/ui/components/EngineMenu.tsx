import { ChevronDown, TriangleAlert } from 'lucide-react'
import { Button, Dialog, DialogTrigger, Popover, Radio, RadioGroup } from 'react-aria-components'
import type { EngineChoice, EngineState } from '../../worker/protocol'
import { milliseconds } from '../model/format'
import { usePage } from '../usePage'

const ENGINES = [
  { id: 'auto', label: 'Automatic', help: 'WebGPU where the browser has it, else WASM.' },
  { id: 'webgpu', label: 'WebGPU', help: 'Runs on the graphics card.' },
  { id: 'wasm', label: 'WASM', help: 'Runs on the processor, everywhere.' },
] as const satisfies { id: EngineChoice; label: string; help: string }[]

/** Which engine runs and how fast; and the choice of another. */
export function EngineMenu() {
  const engine = usePage(page => page.engine)
  const ms = usePage(page => page.scene?.sight.ms)
  const wanted = usePage(page => page.wanted.engine)
  const chooseEngine = usePage(page => page.chooseEngine)
  const note = engine?.note
  return (
    <DialogTrigger>
      <Button className="button engine">
        {note && <TriangleAlert className="engine-warning" size={16} aria-hidden />}
        <span>
          <span className={engine ? 'hidden' : ''}>Engine</span> {engine && nameOf(engine)}
        </span>
        {ms !== undefined && <span className="engine-time">{milliseconds(ms)}</span>}
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className="popover">
        <Dialog className="engine-menu" aria-label="Engine">
          <RadioGroup
            className="radios"
            aria-label="Engine"
            value={wanted}
            onChange={id => {
              const chosen = ENGINES.find(engine => engine.id === id)
              if (chosen) void chooseEngine(chosen.id)
            }}
          >
            {ENGINES.map(({ id, label, help }) => (
              <Radio key={id} value={id} className="radio">
                <span>{label}</span>
                <span className="small">{help}</span>
              </Radio>
            ))}
          </RadioGroup>
          {engine && ms !== undefined && (
            <p className="small">
              The forward pass of this picture took {milliseconds(ms)} on {nameOf(engine)}
              {engine.name === 'wasm' && ` with ${threads(engine)}`}.
            </p>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

function nameOf({ name }: EngineState): string {
  return name === 'webgpu' ? 'WebGPU' : 'WASM'
}

function threads({ threads }: EngineState): string {
  return threads === 1 ? '1 thread' : `${threads} threads`
}
