import { ArrowLeft, ArrowRight } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { PageNav } from '../../ui/components/PageNav'
import { ThemeButton } from '../../ui/components/ThemeButton'
import { usePage } from '../../ui/usePage'
import { useTheme } from '../../ui/useTheme'
import { LESSONS } from '../lessons'
import { lessonAddress } from './address'
import { LessonView } from './LessonView'
import { Learner } from './learner'
import { useLinked } from './useLinked'
import '../../ui/styles/app.css'
import '../../ui/styles/controls.css'
import '../../ui/styles/help.css'
import '../../ui/styles/topbar.css'
import './learn.css'

/** The tutorials. @param number the lesson, from 1 */
export default function Learn({ number }: { readonly number: number }) {
  const theme = usePage(page => page.settings.theme)
  const main = useRef<HTMLElement>(null)
  const chosen = useRef<HTMLAnchorElement>(null)
  const [learner] = useState(() => new Learner())
  useTheme(theme)
  const shown = Math.min(number, LESSONS.length)
  const lesson = LESSONS[shown - 1]
  const linked = useLinked(shown)

  useEffect(() => {
    document.title = `${LESSONS[shown - 1]?.title ?? 'Learn'} – Hookscope`
    main.current?.scrollTo(0, 0)
    window.scrollTo(0, 0)
    chosen.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    return () => {
      document.title = 'Hookscope'
    }
  }, [shown])

  useEffect(() => () => learner.close(), [learner])

  return (
    <div className="learn">
      <header className="topbar">
        <h1 className="brand">Hookscope</h1>
        <PageNav page="learn" />
        <div className="topbar-signs learn-signs">
          <ThemeButton />
        </div>
      </header>
      <nav className="lessons" aria-label="Lessons">
        <ol>
          {LESSONS.map(({ title }, i) => (
            <li key={title}>
              <a
                ref={i + 1 === shown ? chosen : null}
                href={lessonAddress(i + 1)}
                aria-current={i + 1 === shown ? 'page' : undefined}
              >
                <span className="lesson-number">{i + 1}</span> {title}
              </a>
            </li>
          ))}
        </ol>
      </nav>
      <main className="learn-main" ref={main}>
        {lesson && linked && (
          <LessonView
            key={`${shown} ${linked.code ?? ''}`}
            lesson={lesson}
            number={shown}
            learner={learner}
            linked={linked}
          />
        )}
        <Neighbours number={shown} />
      </main>
    </div>
  )
}

function Neighbours({ number }: { readonly number: number }) {
  const before = LESSONS[number - 2]
  const after = LESSONS[number]
  return (
    <nav className="neighbours" aria-label="Previous and next lesson">
      {before && (
        <a className="button" href={lessonAddress(number - 1)} rel="prev">
          <ArrowLeft size={16} aria-hidden /> {before.title}
        </a>
      )}
      {after && (
        <a className="button next" href={lessonAddress(number + 1)} rel="next">
          {after.title} <ArrowRight size={16} aria-hidden />
        </a>
      )}
    </nav>
  )
}
