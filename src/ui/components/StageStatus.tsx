import { RotateCcw, X } from 'lucide-react'
import { Button, ProgressBar } from 'react-aria-components'
import { findMethod } from '../../attribution/methods'
import { DOWNLOAD_BASE, findNetwork } from '../../catalog/catalog'
import type { Progress, Share } from '../../worker/protocol'
import { megabytes } from '../model/format'
import { networkName } from '../store/selectors'
import type { Said } from '../store/state'
import { usePage } from '../usePage'
import { IconButton } from './controls'

/** Under the eyes: what is on its way, what could not be had, or that there is nothing to see. */
export function StageStatus({ nothing }: { nothing: string | null }) {
  const seeing = usePage(page => page.seeing)
  const problem = usePage(page => page.problem)
  const mapWork = usePage(page => page.mapWork)
  const compareWork = usePage(page => page.compareWork)
  const wanted = usePage(page => page.wanted)
  const first = usePage(page => page.scene === null)
  const asking = usePage(page => page.asking)

  if (seeing.phase === 'opening') {
    return <Opening model={wanted.model} progress={seeing.progress} at={first ? 'first' : 'later'} />
  }
  if (asking !== null) return <Asking model={asking} instead={wanted.model} />
  if (problem) return <Problem />
  if (seeing.phase === 'looking') return <AtWork doing={`Looking at ${wanted.picture.name}`} />
  if (mapWork.phase === 'running')
    return mapWork.share ? <ManyRuns {...mapWork.share} /> : <AtWork doing="Working out the map" />
  const failed = [mapWork, compareWork].find(work => work.phase === 'failed')
  if (failed) {
    return (
      <div className="status" role="alert">
        <Sentence {...failed} />
      </div>
    )
  }
  if (compareWork.phase === 'running') return <AtWork doing="Comparing the two classes" />
  return nothing && <p className="status">{nothing}</p>
}

/** A map that takes many runs of the network. */
function ManyRuns({ done, total }: Share) {
  const method = usePage(({ choice }) => choice && findMethod(choice.method).label)
  const stopMap = usePage(page => page.stopMap)
  return (
    <div className="status">
      <ProgressBar className="progress" aria-label={`${method}`} value={done} maxValue={total}>
        {({ percentage }) => (
          <>
            <span>{method}</span>
            <span className="small">
              {done.toLocaleString('en')} of {total.toLocaleString('en')} runs of the network
            </span>
            <span className="progress-track">
              <span className="progress-bar" style={{ width: `${percentage}%` }} />
            </span>
          </>
        )}
      </ProgressBar>
      <Button className="button" onPress={stopMap}>
        Stop
      </Button>
    </div>
  )
}

/** A link may name a network that is not here. */
function Asking({ model, instead }: { readonly model: string; readonly instead: string }) {
  const answer = usePage(page => page.answerAsking)
  const name = usePage(page => networkName(page, model))
  const other = usePage(page => networkName(page, instead))
  const mirror = usePage(page => page.downloads.mirror)
  const { bytes } = findNetwork(model)
  return (
    <div className="status asking" role="alertdialog" aria-label="Download">
      <p>
        This link opens {name}, which is not here: {megabytes(bytes)} from {mirror || DOWNLOAD_HOST}.
      </p>
      <Button className="button primary" onPress={() => void answer(true)}>
        Download
      </Button>
      <Button className="button" onPress={() => void answer(false)}>
        Open {other} instead
      </Button>
    </div>
  )
}

const DOWNLOAD_HOST = new URL(DOWNLOAD_BASE).host

/** Seconds without an answer from which on that is said. */
const LONG = 5

function useSilence(): number | null {
  const silence = usePage(page => page.silence)
  return silence !== null && silence >= LONG ? silence : null
}

function AtWork({ doing }: { readonly doing: string }) {
  const silence = useSilence()
  const stop = usePage(page => page.stop)
  if (silence === null) return <p className="status status-late">{doing} …</p>
  return (
    <div className="status" role="status">
      <div>
        <p>{doing} …</p>
        <p className="small">The engine has not answered for {silence} s. It may still be at work.</p>
      </div>
      <Button className="button" onPress={stop}>
        Stop
      </Button>
    </div>
  )
}

interface OpeningProps {
  readonly model: string
  readonly progress: Progress | null
  readonly at: 'first' | 'later'
}

function Opening({ model, progress, at }: OpeningProps) {
  const cancel = usePage(page => page.cancel)
  const name = usePage(page => networkName(page, model))
  const silence = useSilence()
  const isOwn = usePage(page => page.own.some(({ id }) => id === model))
  const { phase = isOwn ? 'analyze' : 'download', loaded, total } = progress ?? {}
  const known = loaded !== undefined && total !== undefined
  return (
    <div className={at === 'first' ? 'status' : 'status status-late'}>
      <ProgressBar
        className="progress"
        aria-label={`Loading ${name}`}
        isIndeterminate={!known}
        {...(known && { value: loaded, maxValue: total })}
      >
        {({ percentage }) => (
          <>
            <span>{name}</span>
            <span className="small">
              {silence !== null
                ? `no answer for ${silence} s`
                : known && phase === 'download'
                  ? `${megabytes(loaded)} of ${megabytes(total)}`
                  : PHASES[phase]}
            </span>
            <span className="progress-track">
              <span
                className="progress-bar"
                style={known ? { width: `${percentage}%` } : undefined}
                data-unknown={!known || undefined}
              />
            </span>
          </>
        )}
      </ProgressBar>
      <Button className="button" onPress={cancel}>
        Cancel
      </Button>
    </div>
  )
}

const PHASES = {
  download: 'connecting …',
  analyze: 'reading the network …',
  engine: 'starting the engine …',
  compile: 'compiling …',
} as const

function Sentence({ message, detail }: Said) {
  return (
    <div>
      <p>{message}</p>
      {detail && (
        <details className="small">
          <summary>Details</summary>
          <code>{detail}</code>
        </details>
      )}
    </div>
  )
}

function Problem() {
  const problem = usePage(page => page.problem)
  const retry = usePage(page => page.retry)
  const dismiss = usePage(page => page.dismiss)
  if (!problem) return null
  return (
    <div className="status" role="alert">
      <Sentence {...problem} />
      {problem.at === 'network' && (
        <Button className="button" onPress={() => void retry()}>
          <RotateCcw size={16} aria-hidden />
          Try again
        </Button>
      )}
      <IconButton label="Dismiss" onPress={dismiss}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  )
}
