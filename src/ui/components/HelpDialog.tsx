import { X } from 'lucide-react'
import { Dialog, Heading, Modal, ModalOverlay, Switch } from 'react-aria-components'
import { METHODS } from '../../attribution/methods'
import { NETWORKS } from '../../catalog/catalog'
import { usePage } from '../usePage'
import { SHORTCUTS } from '../useShortcuts'
import { IconButton } from './controls'
import '../styles/help.css'

interface HelpDialogProps {
  readonly isOpen: boolean
  onOpenChange(open: boolean): void
}

export function HelpDialog({ isOpen, onOpenChange }: HelpDialogProps) {
  const shortcuts = usePage(page => page.settings.shortcuts)
  const set = usePage(page => page.set)
  return (
    <ModalOverlay className="help-backdrop" isDismissable isOpen={isOpen} onOpenChange={onOpenChange}>
      <Modal className="popover help">
        <Dialog className="help-text">
          <div className="help-head">
            <Heading slot="title">What in this picture made the network say so?</Heading>
            <IconButton label="Close" onPress={() => onOpenChange(false)}>
              <X size={18} aria-hidden />
            </IconButton>
          </div>
          <p>
            Drop, paste or choose a picture. The network names what it sees; choose one of the names, and the heatmap
            shows what in the picture speaks for it. All of it runs in this browser: no picture leaves the machine.
          </p>
          <dl className="help-keys">
            {SHORTCUTS.map(({ keys, does }) => (
              <div key={does}>
                <dt>
                  {keys.map(key => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <Switch className="switch" isSelected={shortcuts} onChange={shortcuts => set({ shortcuts })}>
            <span className="switch-track" />
            Single keys act
          </Switch>
          {METHODS.map(({ id, label, help, paper }) => (
            <p key={id}>
              <strong>{label}.</strong> {help} <span className="small">{paper}</span>
            </p>
          ))}
          {NETWORKS.map(({ id, name, citation }) => (
            <p key={id}>
              <strong>{name}.</strong> <span className="small">{citation}</span>
            </p>
          ))}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
