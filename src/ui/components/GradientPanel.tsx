import { Columns2 } from 'lucide-react'
import { ToggleButton } from 'react-aria-components'
import type { Method } from '../../attribution/method'
import { shownAnswer } from '../model/answer'
import { usePage } from '../usePage'

const DRAWN = {
  rgb: 'As tutorials do: mean 0.5, deviation 0.1, clipped.',
  signed: 'Each pixel’s strongest channel: red for more of it, blue for less.',
} as const

/** What the gradient at the input is, how it is drawn, and what is to be thought of it. */
export function GradientPanel({ method }: { method: Method }) {
  const drawing = usePage(page => page.settings.gradient.drawing)
  const comparing = usePage(page => page.against !== null)
  const other = usePage(
    ({ scene, choice }) =>
      (scene && shownAnswer(scene).top.find(({ index }) => index !== choice?.target)?.index) ?? null,
  )
  const compare = usePage(page => page.compare)
  const network = usePage(page => page.scene?.network)
  const { label, help, paper, caution } = method
  const remark = network && method.remark?.(network)
  const [authors] = paper.split(', ')
  return (
    <section className="gradient-panel" aria-label={label}>
      <p>
        {help}{' '}
        <span className="small" title={paper}>
          {authors}
        </span>
      </p>
      <p className="small">{DRAWN[drawing]}</p>
      {remark && <p className="caution">{remark}</p>}
      {caution && <p className="caution">{caution}</p>}
      <ToggleButton
        className="button"
        isSelected={comparing}
        isDisabled={other === null}
        onChange={on => void compare(on ? other : null)}
      >
        <Columns2 size={16} aria-hidden />
        Two classes side by side
      </ToggleButton>
    </section>
  )
}
