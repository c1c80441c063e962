import { Trash2, X } from 'lucide-react'
import {
  Button,
  Dialog,
  FieldError,
  Heading,
  Input,
  Label,
  Modal,
  ModalOverlay,
  ProgressBar,
  Text,
  TextField,
} from 'react-aria-components'
import { isDownload, NETWORKS, type NetworkEntry } from '../../catalog/catalog'
import { count, fileSize, megabytes } from '../model/format'
import { usePage } from '../usePage'
import { IconButton } from './controls'
import '../styles/networks.css'

/** The catalog: networks that ship and networks to download, and what of them the browser keeps. */
export function DownloadsDialog() {
  const open = usePage(page => page.downloads.open)
  const problem = usePage(page => page.downloads.problem)
  const showDownloads = usePage(page => page.showDownloads)
  return (
    <ModalOverlay className="help-backdrop" isDismissable isOpen={open} onOpenChange={open => void showDownloads(open)}>
      <Modal className="popover catalog">
        <Dialog className="help-text">
          <div className="help-head">
            <Heading slot="title">Networks</Heading>
            <IconButton label="Close" onPress={() => void showDownloads(false)}>
              <X size={18} aria-hidden />
            </IconButton>
          </div>
          {problem && (
            <p className="warning" role="alert">
              {problem}
            </p>
          )}
          <ul className="catalog-list">
            {NETWORKS.map(entry => (
              <CatalogRow key={entry.id} entry={entry} />
            ))}
          </ul>
          <Kept />
          <Mirror />
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function CatalogRow({ entry }: { entry: NetworkEntry }) {
  const { id, name, dataset, classes, bytes, licence, accuracy } = entry
  const state = usePage(page => page.downloads.states[id])
  return (
    <li className="catalog-row">
      <div>
        <h3 className="catalog-name">{name}</h3>
        <p className="small">
          {dataset} · {count(classes)} classes · {megabytes(bytes)} · {licence}
          <br />
          {accuracy}
        </p>
        {state?.phase === 'failed' && (
          <p className="warning" role="alert">
            {state.message}
          </p>
        )}
      </div>
      <div className="catalog-acts">
        {state?.phase === 'running' ? <Running entry={entry} loaded={state.loaded} /> : <Acts entry={entry} />}
      </div>
    </li>
  )
}

function Acts({ entry }: { entry: NetworkEntry }) {
  const { id, name, bytes } = entry
  const kept = usePage(page => page.downloads.kept?.[id] ?? 0)
  const isOpen = usePage(page => page.scene?.wanted.model === id)
  const chooseNetwork = usePage(page => page.chooseNetwork)
  const showDownloads = usePage(page => page.showDownloads)
  const download = usePage(page => page.download)
  const removeDownload = usePage(page => page.removeDownload)
  const here = !isDownload(entry) || kept === bytes
  return (
    <>
      {kept > 0 && (
        <IconButton label={`Delete ${name}`} onPress={() => void removeDownload(id)}>
          <Trash2 size={16} aria-hidden />
        </IconButton>
      )}
      {here ? (
        <Button
          className="button"
          aria-label={isOpen ? `${name} is open` : `Open ${name}`}
          isDisabled={isOpen}
          onPress={() => {
            void showDownloads(false)
            void chooseNetwork(id)
          }}
        >
          {isOpen ? 'Is open' : 'Open'}
        </Button>
      ) : (
        <Button
          className="button"
          aria-label={kept > 0 ? `Go on at ${megabytes(kept)}: Download ${name}` : `Download ${name}`}
          onPress={() => void download(id)}
        >
          {kept > 0 ? `Go on at ${megabytes(kept)}` : 'Download'}
        </Button>
      )}
    </>
  )
}

function Running({ entry: { id, name, bytes }, loaded }: { entry: NetworkEntry; loaded: number }) {
  const stopDownload = usePage(page => page.stopDownload)
  return (
    <>
      <ProgressBar className="catalog-progress" aria-label={`Downloading ${name}`} value={loaded} maxValue={bytes}>
        {({ percentage }) => (
          <>
            <span className="small">
              {megabytes(loaded)} of {megabytes(bytes)}
            </span>
            <span className="progress-track">
              <span className="progress-bar" style={{ width: `${percentage}%` }} />
            </span>
          </>
        )}
      </ProgressBar>
      <Button className="button" aria-label={`Stop downloading ${name}`} onPress={() => stopDownload(id)}>
        Stop
      </Button>
    </>
  )
}

function Kept() {
  const kept = usePage(page => page.downloads.kept)
  const quota = usePage(page => page.downloads.quota)
  const lasts = usePage(page => page.downloads.lasts)
  if (!kept) return null
  const bytes = Object.values(kept).reduce((sum, size) => sum + size, 0)
  return (
    <p className="small">
      {bytes > 0 ? `Downloads take ${fileSize(bytes)}. ` : 'Nothing is downloaded yet. '}
      {quota !== null && `The browser gives this page up to ${fileSize(quota)}. `}
      {lasts
        ? 'What is downloaded is there at the next visit too, online or not.'
        : 'This browser keeps no files for this page: what is downloaded lasts until you close it or stop the engine.'}
    </p>
  )
}

function Mirror() {
  const mirror = usePage(page => page.downloads.mirror)
  const problem = usePage(page => page.downloads.mirrorProblem)
  const setMirror = usePage(page => page.setMirror)
  return (
    <TextField className="form-field" value={mirror} isInvalid={problem !== null} onChange={setMirror}>
      <Label>Mirror</Label>
      <Input className="input" placeholder="https://huggingface.co/" spellCheck="false" />
      <Text slot="description" className="small">
        Where downloads come from in place of huggingface.co; the files lie under the same paths there.
      </Text>
      <FieldError className="warning">{problem}</FieldError>
    </TextField>
  )
}
