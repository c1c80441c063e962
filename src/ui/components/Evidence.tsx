import { findMethod } from '../../attribution/methods'
import { usePage } from '../usePage'
import { Appearance } from './Appearance'
import { ClassSearch } from './ClassSearch'
import { GradientPanel } from './GradientPanel'
import { Predictions } from './Predictions'
import { Save } from './Save'
import '../styles/evidence.css'

/** What the network says, for which of it to see the evidence, and how to draw and keep it. */
export function Evidence() {
  const method = usePage(({ choice }) => choice && findMethod(choice.method))
  return (
    <aside className="evidence" aria-label="Evidence">
      <section className="classes" aria-label="Classes">
        <Predictions />
        <ClassSearch />
      </section>
      {method?.result === 'gradient' ? <GradientPanel method={method} /> : <Appearance />}
      <Save />
    </aside>
  )
}
