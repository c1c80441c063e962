import { shownAnswer } from '../model/answer'
import { value } from '../model/format'
import { usePage } from '../usePage'

/** The chosen class's logit, and what it was before the network was changed. */
export function Logit() {
  const scene = usePage(page => page.scene)
  const target = usePage(page => page.choice?.target)
  if (!scene || target === undefined) return null
  const label = scene.network.labels[target]
  return (
    <p className="logit">
      <span className="logit-class" title={label}>
        {label}
      </span>
      <span>logit</span>
      {scene.changed && (
        <span>
          <span className="hidden">before</span> {value(scene.plain.logits[target] ?? 0)} <span aria-hidden>→</span>
          <span className="hidden">, after</span>
        </span>
      )}
      <strong>{value(shownAnswer(scene).logits[target] ?? 0)}</strong>
    </p>
  )
}
