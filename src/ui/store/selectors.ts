import type { Page } from './state'

/** The picture on screen: before the network has seen any, the one it will see. */
export const shownPicture = ({ scene, wanted }: Page) => (scene?.wanted ?? wanted).picture
/** The chosen hook point. */
export const chosenHook = ({ scene, choice }: Page) =>
  scene?.network.hookPoints.find(({ path }) => path === choice?.layer)
