import { ChevronDown } from 'lucide-react'
import { Button, ListBox, ListBoxItem, Popover, Select, SelectValue, Text } from 'react-aria-components'
import { NETWORKS } from '../../catalog/catalog'
import { count, megabytes } from '../model/format'
import { usePage } from '../usePage'

export function NetworkSelect() {
  const model = usePage(page => page.wanted.model)
  const chooseNetwork = usePage(page => page.chooseNetwork)
  return (
    <Select
      className="network"
      aria-label="Network"
      value={model}
      onChange={id => {
        const network = NETWORKS.find(network => network.id === id)
        if (network) void chooseNetwork(network.id)
      }}
    >
      <Button className="button">
        <SelectValue>{NETWORKS.find(({ id }) => id === model)?.name}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className="popover network-list">
        <ListBox className="list" items={NETWORKS}>
          {({ id, name, dataset, classes, bytes, licence, accuracy }) => (
            <ListBoxItem id={id} className="option" textValue={name}>
              <Text slot="label">{name}</Text>
              <Text slot="description" className="small">
                {dataset} · {count(classes)} classes · {megabytes(bytes)} · {licence}
                <br />
                {accuracy}
              </Text>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}
