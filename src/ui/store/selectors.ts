import { readsLayer } from '../../attribution/method'
import { findMethod } from '../../attribution/methods'
import { NETWORKS } from '../../catalog/catalog'
import type { Page } from './state'

/** The picture on screen: before the network has seen any, the one it will see. */
export const shownPicture = ({ scene, wanted }: Page) => (scene?.wanted ?? wanted).picture
/** Whether what is chosen reads the input alone: no layer is chosen then. */
export const atInput = ({ choice }: Page) => choice !== null && !readsLayer(findMethod(choice.method))
/** Whether the grid of channels is in sight. */
export const showsGrid = ({ settings, picking }: Page) =>
  picking || (settings.dockOpen && settings.panel === 'features')
/** The hook point of the change in the form: the chosen one unless another was named. */
export const draftHook = (page: Page) =>
  page.draft.path === null
    ? chosenHook(page)
    : page.scene?.network.hookPoints.find(({ path }) => path === page.draft.path)
/** The hook point that is chosen, or was before the input. */
export const chosenHook = ({ scene, choice }: Page) =>
  scene?.network.hookPoints.find(({ path }) => path === choice?.layer)
/** A network's name: of the catalog, or its file's. */
export const networkName = ({ own }: Page, id: string) =>
  NETWORKS.find(entry => entry.id === id)?.name ?? own.find(entry => entry.id === id)?.id ?? id
