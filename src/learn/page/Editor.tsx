import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { EditorState, Prec, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useRef } from 'react'

interface EditorProps {
  readonly label: string
  readonly code: string
  /** The line to mark, from 1, because something went wrong there. */
  readonly wrong: number | null
  onChange(code: string): void
  onRun(): void
}

/** JavaScript with colours for its words. Tab leaves it, as it leaves every field. */
export function Editor({ label, code, wrong, onChange, onRun }: EditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<EditorView>(null)
  const first = useRef({ label, code })
  const events = useRef({ onChange, onRun })
  events.current = { onChange, onRun }

  useEffect(() => {
    if (!place.current) return
    const run = () => {
      events.current.onRun()
      return true
    }
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: first.current.code,
        extensions: [
          Prec.highest(keymap.of([{ key: 'Mod-Enter', run }])),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          history(),
          lineNumbers(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          javascript(),
          syntaxHighlighting(COLOURS),
          WRONG,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': first.current.label }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) events.current.onChange(state.doc.toString())
          }),
        ],
      }),
    })
    editor.current = view
    return () => view.destroy()
  }, [])

  useEffect(() => {
    const view = editor.current
    const text = view?.state.doc.toString()
    if (view && text !== code) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: code } })
  }, [code])

  useEffect(() => {
    editor.current?.dispatch({ effects: markWrong.of(wrong) })
  }, [wrong])

  return <div ref={place} className="editor" />
}

const markWrong = StateEffect.define<number | null>()

/** Until the line is edited. */
const WRONG = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, { effects, changes, docChanged, state }) => {
    const asked = effects.findLast(effect => effect.is(markWrong))
    if (!asked) return docChanged ? marks.map(changes) : marks
    if (asked.value === null || asked.value > state.doc.lines) return Decoration.none
    return Decoration.set(Decoration.line({ class: 'editor-wrong' }).range(state.doc.line(asked.value).from))
  },
  provide: field => EditorView.decorations.from(field),
})

/** The page is grey: weight and shade tell words apart. */
const COLOURS = HighlightStyle.define([
  { tag: tags.comment, class: 'code-comment' },
  { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword], class: 'code-keyword' },
  { tag: [tags.string, tags.special(tags.string)], class: 'code-string' },
  { tag: [tags.number, tags.bool, tags.null], class: 'code-number' },
])
