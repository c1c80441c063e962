import { X } from 'lucide-react'
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { printable } from '../../errors'
import { inputWarning } from '../../preprocessing/check'
import { count, fileSize } from '../model/format'
import { unready } from '../model/setups'
import type { Sheet } from '../store/networks'
import { usePage } from '../usePage'
import { IconButton } from './controls'
import { InputPart } from './SetupInput'
import { LabelsPart } from './SetupLabels'
import { ActivationPart, FurtherPart, OutputPart, PicturePart, SizePart } from './SetupReading'
import '../styles/networks.css'

/** Beside what is on screen: what a file of one's own is, and what it cannot tell itself. */
export function SetupSheet() {
  const sheet = usePage(page => page.sheet)
  const closeSheet = usePage(page => page.closeSheet)
  return (
    <ModalOverlay
      className="sheet-backdrop"
      isDismissable
      isOpen={sheet !== null}
      onOpenChange={open => {
        if (!open) closeSheet()
      }}
    >
      <Modal className="sheet">
        <Dialog className="sheet-dialog">{sheet && <SheetContent sheet={sheet} />}</Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function SheetContent({ sheet }: { sheet: Sheet }) {
  const closeSheet = usePage(page => page.closeSheet)
  const confirmSetup = usePage(page => page.confirmSetup)
  const { file, facts, setup, problem, of } = sheet
  const open = facts && setup && unready(facts, setup)
  const warning = facts && setup && inputWarning(setup.preprocessing, facts.guess.expected, facts.input.type)
  return (
    <>
      <header className="sheet-head">
        <Heading slot="title">{printable(file.name)}</Heading>
        <IconButton label="Close" onPress={closeSheet}>
          <X size={18} aria-hidden />
        </IconButton>
      </header>
      <div className="sheet-body">
        <FileFacts sheet={sheet} />
        {facts?.notes.map(note => (
          <p key={note} className="small">
            {printable(note)}
          </p>
        ))}
        {facts && setup && (
          <>
            <SaidPart facts={facts} />
            <PicturePart facts={facts} setup={setup} />
            <OutputPart facts={facts} setup={setup} />
            <ActivationPart facts={facts} setup={setup} />
            <SizePart facts={facts} setup={setup} />
            <FurtherPart key={facts.input.name} facts={facts} setup={setup} />
            <InputPart key={facts.channels} facts={facts} setup={setup} />
            <LabelsPart facts={facts} setup={setup} />
          </>
        )}
        {!facts && <Unread problem={problem} read={sheet.read} />}
      </div>
      <footer className="sheet-foot">
        {facts && (problem ?? open ?? warning) && (
          <p className="warning" role="alert">
            {problem ?? open ?? warning}
          </p>
        )}
        <div className="sheet-acts">
          <Button className="button" onPress={closeSheet}>
            {facts ? 'Cancel' : 'Close'}
          </Button>
          {facts && (
            <Button
              className="button primary"
              isDisabled={(problem ?? open) !== null}
              onPress={() => void confirmSetup()}
            >
              {of ? 'Use these settings' : 'Open the network'}
            </Button>
          )}
        </div>
      </footer>
    </>
  )
}

function Unread({ problem, read }: Pick<Sheet, 'problem' | 'read'>) {
  const silence = usePage(page => page.silence)
  if (!problem) {
    const done = read ? ` ${Math.round(read * 100)} %` : ''
    const silent = silence !== null && silence >= 5 ? ` No answer for ${silence} s.` : ''
    return (
      <p className="small status-late">
        Reading the file …{done}
        {silent}
      </p>
    )
  }
  return (
    <p className="warning" role="alert">
      {problem}
    </p>
  )
}

/** Statements of the file and of the files beside it. */
function SaidPart({ facts }: { facts: NonNullable<Sheet['facts']> }) {
  const { sentences } = facts.said
  if (sentences.length === 0) return null
  return (
    <section className="form-part" aria-label="The file says">
      <h3>The file says</h3>
      <ul className="said">
        {sentences.map(sentence => (
          <li key={sentence}>{printable(sentence)}</li>
        ))}
      </ul>
    </section>
  )
}

function FileFacts({ sheet: { file, facts } }: { sheet: Sheet }) {
  return (
    <dl className="facts">
      <dt>Size</dt>
      <dd>{fileSize(file.size)}</dd>
      {facts && (
        <>
          <dt>Written by</dt>
          <dd>
            {printable(facts.producer) || 'not said'}, opset {facts.opset}
          </dd>
          <dt>Input</dt>
          <dd>
            {printable(
              `${facts.input.name}, ${facts.input.type} [${facts.input.dims.map(size => size || '?').join(', ')}]`,
            )}
            {facts.batch > 1 && `: fed the same picture ${facts.batch} times`}
          </dd>
          <dt>Output</dt>
          <dd>
            {printable(facts.output)}, {facts.answer.isSingle ? 'one number' : `${count(facts.classes)} classes`}
          </dd>
        </>
      )}
    </dl>
  )
}
