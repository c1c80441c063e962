import { ChevronDown } from 'lucide-react'
import { useRef } from 'react'
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
import { isDownload, NETWORKS } from '../../catalog/catalog'
import { printable } from '../../errors'
import { count, fileSize, megabytes } from '../model/format'
import { networkName } from '../store/selectors'
import { usePage } from '../usePage'

/** Actions of the menu besides choosing a network. */
const ACTIONS = { open: ' open', more: ' more', setUp: ' set up' } as const

/** The network: those that are here, one's own, and the ways to others. */
export function NetworkSelect() {
  const model = usePage(page => page.wanted.model)
  const name = usePage(page => networkName(page, page.wanted.model))
  const own = usePage(page => page.own)
  const kept = usePage(page => page.downloads.kept)
  const chooseNetwork = usePage(page => page.chooseNetwork)
  const loadKept = usePage(page => page.loadKept)
  const showDownloads = usePage(page => page.showDownloads)
  const setUp = usePage(page => page.setUp)
  const file = useRef<HTMLInputElement>(null)
  const here = NETWORKS.filter(entry => !isDownload(entry) || entry.id === model || kept?.[entry.id] === entry.bytes)
  const ownIsOpen = own.some(({ id }) => id === model)

  function choose(id: unknown): void {
    if (id === ACTIONS.open) file.current?.click()
    else if (id === ACTIONS.more) void showDownloads(true)
    else if (id === ACTIONS.setUp) void setUp(model)
    else if (typeof id === 'string') void chooseNetwork(id)
  }

  return (
    <>
      <Select
        className="network"
        aria-label="Network"
        value={model}
        onChange={choose}
        onOpenChange={open => {
          if (open) void loadKept()
        }}
      >
        <Button className="button">
          <SelectValue className="network-name">{name}</SelectValue>
          <ChevronDown size={16} aria-hidden />
        </Button>
        <Popover className="popover network-list">
          <ListBox className="list">
            {here.map(({ id, name, dataset, classes, bytes, licence, accuracy }) => (
              <ListBoxItem key={id} id={id} className="option" textValue={name}>
                <Text slot="label">{name}</Text>
                <Text slot="description" className="small">
                  {dataset} · {count(classes)} classes · {megabytes(bytes)} · {licence}
                  <br />
                  {accuracy}
                </Text>
              </ListBoxItem>
            ))}
            {own.length > 0 && (
              <ListBoxSection className="list-section">
                <Header className="list-header">Your own</Header>
                {own.map(({ id, file, facts }) => (
                  <ListBoxItem key={id} id={id} className="option" textValue={id}>
                    <Text slot="label">{id}</Text>
                    <Text slot="description" className="small">
                      {printable(file.name)} · {count(facts.classes)} classes · {fileSize(file.size)}
                    </Text>
                  </ListBoxItem>
                ))}
              </ListBoxSection>
            )}
            <ListBoxSection className="list-section" aria-label="Other networks">
              {ownIsOpen && (
                <ListBoxItem id={ACTIONS.setUp} className="option">
                  Set up {model} …
                </ListBoxItem>
              )}
              <ListBoxItem id={ACTIONS.open} className="option" textValue="Open a network">
                <Text slot="label">Open a network …</Text>
                <Text slot="description" className="small">
                  An .onnx file of yours. It stays on this machine; you can also drop it on the page.
                </Text>
              </ListBoxItem>
              <ListBoxItem id={ACTIONS.more} className="option" textValue="More networks">
                <Text slot="label">More networks …</Text>
                <Text slot="description" className="small">
                  Trained on ImageNet, to download.
                </Text>
              </ListBoxItem>
            </ListBoxSection>
          </ListBox>
        </Popover>
      </Select>
      <input
        ref={file}
        type="file"
        accept=".onnx"
        hidden
        aria-label="Network file"
        onChange={({ target }) => {
          const [chosen] = target.files ?? []
          if (chosen) void setUp(chosen)
          target.value = ''
        }}
      />
    </>
  )
}
