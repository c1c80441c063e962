import { Play, RotateCcw, Square } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Button } from 'react-aria-components'
import type { Lesson, Task } from '../lessons/lesson'
import { Editor } from './Editor'
import { GraphDrawing } from './GraphDrawing'
import { HookList } from './HookList'
import type { Learner } from './learner'
import { Output } from './Output'
import { Prose } from './Prose'
import { Take } from './Take'
import { type Result, useLesson, type Work } from './useLesson'
import type { Linked } from './useLinked'

interface LessonViewProps {
  readonly lesson: Lesson
  /** From 1. */
  readonly number: number
  readonly learner: Learner
  readonly linked: Linked
}

const WAITING = {
  draft: 'Your code did not come to an end last time, so it waits. Run it, change it, or Reset it to the lesson’s own.',
  link: 'This code came with the link, and none of it ran yet. Run it, change it, or Reset it to the lesson’s own.',
} as const

/** One lesson: text, code, what the code shows, and the network that it built. */
export function LessonView({ lesson, number, learner, linked }: LessonViewProps) {
  const { code, work, result, before, waiting, run, stop, reset, toggle, edit } = useLesson(
    lesson,
    number,
    learner,
    linked.code,
  )
  const running = work.phase === 'running'
  const output = useRef<HTMLElement>(null)
  const asked = useRef(false)
  const runAndLook = () => {
    asked.current = true
    run()
  }

  // Whoever presses Run wants to see what comes of it.
  useEffect(() => {
    if (!asked.current || !result) return
    asked.current = false
    output.current?.scrollIntoView({ block: 'nearest' })
  }, [result])

  return (
    <>
      <article className="lesson">
        <h2 className="lesson-title">
          {number}. {lesson.title}
        </h2>
        {lesson.text.map(text => (
          <p key={text}>
            <Prose text={text} />
          </p>
        ))}
        <section className="code" aria-label="Code">
          <Editor label="Code" code={code} wrong={result?.failure?.line ?? null} onChange={edit} onRun={runAndLook} />
          <div className="code-bar">
            {running ? (
              <Button className="button" onPress={stop}>
                <Square size={14} aria-hidden /> Stop
              </Button>
            ) : (
              <Button className="button primary" onPress={runAndLook}>
                <Play size={14} aria-hidden /> Run
              </Button>
            )}
            <Status work={work} wait={result ? undefined : lesson.wait} />
            {code !== lesson.code && (
              <Button className="button" onPress={reset}>
                <RotateCcw size={14} aria-hidden /> Reset
              </Button>
            )}
          </div>
          <Take lesson={lesson} number={number} code={code} />
        </section>
        <section ref={output} className="output" aria-label="Output" aria-busy={running}>
          {linked.problem !== null && (
            <p className="failure" role="status">
              {linked.problem}
            </p>
          )}
          {waiting && (
            <p className="failure" role="status">
              {WAITING[waiting]}
            </p>
          )}
          {result?.failure && <Failure {...result.failure} />}
          {result?.older.output && <p className="small">Output of an earlier run:</p>}
          {result && <Output shown={result.shown} before={before?.shown ?? null} />}
          {result && result.more > 0 && <p className="small">… and {result.more.toLocaleString('en')} more</p>}
        </section>
        <section className="tasks">
          <h3>To try</h3>
          <ul>
            {lesson.tasks.map(task => (
              <li key={task.ask}>
                <Prose text={task.ask} />
                <Answer task={task} />
              </li>
            ))}
          </ul>
        </section>
        <details className="pytorch">
          <summary>The same in PyTorch</summary>
          <pre>
            <code>{lesson.pytorch}</code>
          </pre>
        </details>
      </article>
      <section className="network-panel" aria-label="Network">
        <Network result={result} before={before} onToggle={toggle} />
      </section>
    </>
  )
}

function Answer({ task: { edits, answer } }: { readonly task: Task }) {
  return (
    <details className="answer">
      <summary>Answer</summary>
      {edits.map(([piece, instead]) => (
        <pre key={piece}>
          {piece.trim() && <del>{piece.trim()}</del>}
          {instead.trim() && <ins>{instead.trim()}</ins>}
        </pre>
      ))}
      <p>
        <Prose text={answer} />
      </p>
    </details>
  )
}

function Status({ work, wait }: { readonly work: Work; readonly wait: string | undefined }) {
  return (
    <p className="code-status small" role="status">
      {work.phase === 'running' ? `${work.doing} …` : (wait ?? 'Ctrl or ⌘ with Enter runs it')}
    </p>
  )
}

function Failure({ message, line }: NonNullable<Result['failure']>) {
  return (
    <p className="failure" role="alert">
      {line !== null && <strong>Line {line}. </strong>}
      {message}
    </p>
  )
}

interface NetworkProps {
  readonly result: Result | null
  readonly before: Result | null
  onToggle(id: number): void
}

function Network({ result, before, onToggle }: NetworkProps) {
  if (!result?.drawing)
    return (
      <p className="small">The network appears here with its values, gradients and hooks once the code has run it.</p>
    )
  return (
    <>
      {result.older.drawing && <p className="small">As an earlier run left it: the last one broke off.</p>}
      {result.hooks.length > 0 && <HookList hooks={result.hooks} onToggle={onToggle} />}
      <GraphDrawing
        drawing={result.drawing}
        hooks={result.hooks}
        before={before?.drawing ?? null}
        onToggle={onToggle}
      />
    </>
  )
}
