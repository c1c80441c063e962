import { Appearance } from './Appearance'
import { ClassSearch } from './ClassSearch'
import { Predictions } from './Predictions'
import { Save } from './Save'
import '../styles/evidence.css'

/** What the network says, for which of it to see the evidence, and how to draw and keep it. */
export function Evidence() {
  return (
    <aside className="evidence" aria-label="Evidence">
      <section className="classes" aria-label="Classes">
        <Predictions />
        <ClassSearch />
      </section>
      <Appearance />
      <Save />
    </aside>
  )
}
