import { ChevronDown } from 'lucide-react'
import {
  Button,
  Header,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  Popover,
  Select,
  SelectValue,
  Text,
} from 'react-aria-components'
import { type Method, readsLayer } from '../../attribution/method'
import { availableIn, METHODS } from '../../attribution/methods'
import { usePage } from '../usePage'

const more = METHODS.filter(({ isProminent }) => !isProminent)

const SECTIONS = [
  { id: 'layer', title: 'Maps of a layer', has: method => method.result === 'map' && readsLayer(method) },
  { id: 'picture', title: 'Maps of the picture', has: method => method.result === 'map' && !readsLayer(method) },
  { id: 'gradient', title: 'Gradients at the input', has: method => method.result === 'gradient' },
] satisfies readonly { id: string; title: string; has(method: Method): boolean }[]

/** All methods that have no button of their own. */
export function MethodMenu({ describedBy }: { describedBy: string | undefined }) {
  const method = usePage(page => page.choice?.method ?? null)
  const network = usePage(page => page.scene?.network ?? null)
  const chooseMethod = usePage(page => page.chooseMethod)
  const chosen = more.find(({ id }) => id === method)
  const refused = (of: Method) => network !== null && !availableIn(of, network).ok
  return (
    <Select
      className="method-menu"
      aria-label="More methods"
      {...(describedBy && { 'aria-describedby': describedBy })}
      value={chosen?.id ?? null}
      disabledKeys={more.filter(refused).map(({ id }) => id)}
      onChange={id => {
        const next = more.find(method => method.id === id)
        if (next) void chooseMethod(next.id)
      }}
    >
      <Button className="button" {...(chosen && { 'data-selected': true })}>
        <SelectValue>{chosen ? chosen.label : 'More methods'}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className="popover method-list">
        <ListBox className="list">
          {SECTIONS.map(({ id, title, has }) => (
            <ListBoxSection key={id} id={id} className="list-section">
              <Header className="list-header">{title}</Header>
              {more.filter(has).map(method => (
                <ListBoxItem key={method.id} id={method.id} className="option" textValue={method.label}>
                  <Text slot="label">{method.label}</Text>
                  <Text slot="description" className="small">
                    {(network && method.remark?.(network)) || method.help}
                  </Text>
                </ListBoxItem>
              ))}
            </ListBoxSection>
          ))}
        </ListBox>
      </Popover>
    </Select>
  )
}
