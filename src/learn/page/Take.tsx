import { Download, Link } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { output } from '../../ui/output'
import { fileName, toModule } from '../download/module'
import { toNotebook } from '../download/notebook'
import { toPython } from '../download/python'
import type { Lesson } from '../lessons/lesson'
import { lessonAddress, linkTo } from './address'

interface TakeProps {
  readonly lesson: Lesson
  /** From 1. */
  readonly number: number
  /** As it stands in the editor. */
  readonly code: string
}

const FILES = [
  { ending: 'mjs', what: 'The code, for Node', type: 'text/javascript', write: toModule },
  { ending: 'py', what: 'The same in PyTorch', type: 'text/x-python', write: toPython },
  { ending: 'ipynb', what: 'A Jupyter notebook', type: 'application/x-ipynb+json', write: toNotebook },
] as const

/** The lesson as files that run elsewhere, and as a link. */
export function Take({ lesson, number, code }: TakeProps) {
  return (
    <div className="take">
      <span className="small">Download</span>
      {FILES.map(({ ending, what, type, write }) => (
        <Button
          key={ending}
          className="button"
          aria-label={`${what} (.${ending})`}
          onPress={() => output.download(new Blob([write(lesson, number, code)], { type }), fileName(number, ending))}
        >
          <Download size={14} aria-hidden /> .{ending}
        </Button>
      ))}
      <CopyLink lesson={lesson} number={number} code={code} />
    </div>
  )
}

function CopyLink({ lesson, number, code }: TakeProps) {
  const [said, setSaid] = useState('')
  const copy = async () => {
    const hash = code === lesson.code ? lessonAddress(number) : await linkTo(number, code)
    try {
      await navigator.clipboard.writeText(new URL(hash, location.href).href)
      setSaid('Copied')
    } catch {
      history.replaceState(history.state, '', hash)
      setSaid('The browser did not let the page copy: the link stands in the address bar')
    }
  }
  return (
    <>
      <Button className="button" onPress={() => void copy()}>
        <Link size={14} aria-hidden /> Copy link
      </Button>
      <span className="small" role="status">
        {said}
      </span>
    </>
  )
}
