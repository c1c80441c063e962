import { RotateCcw, X } from 'lucide-react'
import { Button, ProgressBar } from 'react-aria-components'
import type { Progress } from '../../worker/protocol'
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

  if (seeing.phase === 'opening') {
    return <Opening model={wanted.model} progress={seeing.progress} at={first ? 'first' : 'later'} />
  }
  if (problem) return <Problem />
  if (seeing.phase === 'looking') return <p className="status status-late">Looking at {wanted.picture.name} …</p>
  if (mapWork.phase === 'running') return <p className="status status-late">Working out the map …</p>
  const failed = [mapWork, compareWork].find(work => work.phase === 'failed')
  if (failed) {
    return (
      <div className="status" role="alert">
        <Sentence {...failed} />
      </div>
    )
  }
  if (compareWork.phase === 'running') return <p className="status status-late">Comparing the two classes …</p>
  return nothing && <p className="status">{nothing}</p>
}

interface OpeningProps {
  readonly model: string
  readonly progress: Progress | null
  readonly at: 'first' | 'later'
}

function Opening({ model, progress, at }: OpeningProps) {
  const cancel = usePage(page => page.cancel)
  const name = usePage(page => networkName(page, model))
  const { phase = 'download', loaded, total } = progress ?? {}
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
              {known && phase === 'download' ? `${megabytes(loaded)} of ${megabytes(total)}` : PHASES[phase]}
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
