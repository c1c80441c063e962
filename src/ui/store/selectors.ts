import type { Page } from './state'

/** The picture on screen: before the network has seen any, the one it will see. */
export const shownPicture = ({ scene, wanted }: Page) => (scene?.wanted ?? wanted).picture
/** Whether a map, in place of the one on screen, is on its way. */
export const mapPending = ({ mapWork, seeing }: Page) => mapWork.phase === 'running' || seeing.phase === 'looking'
/** The label of a class of the network on screen. */
export const labelOf =
  (index: number) =>
  ({ scene }: Page) =>
    scene?.network.labels[index] ?? String(index)
/** The chosen hook point. */
export const chosenHook = ({ scene, choice }: Page) =>
  scene?.network.hookPoints.find(({ path }) => path === choice?.layer)
