import { Info } from 'lucide-react'
import { Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components'
import { type Method, readsLayer } from '../../attribution/method'
import { usePage } from '../usePage'
import { IconButton } from './controls'

/** A method's formula and paper, and how its picture is to be read. */
export function AboutMethod({ method }: { method: Method }) {
  const network = usePage(page => page.scene?.network)
  const { label, help, formula, paper, caution, result } = method
  const remark = network && method.remark?.(network)
  return (
    <DialogTrigger>
      <IconButton label={`About ${label}`}>
        <Info size={16} aria-hidden />
      </IconButton>
      <Popover className="popover">
        <Dialog className="about-method">
          <Heading slot="title">{label}</Heading>
          <p>{help}</p>
          <p className="about-formula">{formula}</p>
          <p className="small">
            {readsLayer(method) && 'A is the layer’s activation, '}x the normalised input, y the class’s logit: its
            score before softmax.
          </p>
          {result === 'map' && (
            <p className="small">
              Colours go up to this map’s own largest value, so an unlikely class is as red as a likely one.
            </p>
          )}
          {remark && <p className="caution">{remark}</p>}
          {caution && <p className="caution">{caution}</p>}
          <p className="small">{paper}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
