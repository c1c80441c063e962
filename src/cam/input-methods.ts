interface InputMethod {
  readonly label: string
  readonly paper: string
  readonly help: string
  /** What the literature warns of. */
  readonly caution: string | null
}

const SANITY = 'Adebayo et al. 2018, Sanity Checks for Saliency Maps'

/** What a class's logit says of every value of the input, with label and help, for menus, the command line and documents. */
export const INPUT_METHODS = {
  /** ∂y^c/∂x */
  saliency: {
    label: 'Saliency',
    paper:
      'Simonyan et al. 2014, Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps',
    help: 'The gradient of the class’s logit with respect to the input.',
    caution: null,
  },
  /** As the gradient, with max(·, 0) of it at every ReLU. */
  guided: {
    label: 'Guided backprop',
    paper: 'Springenberg et al. 2015, Striving for Simplicity: The All Convolutional Net',
    help: 'The gradient at the input with negative gradients stopped at every ReLU.',
    caution: `It hardly depends on the class: it shows the picture’s edges, even after the last layers’ weights were made random (${SANITY}).`,
  },
  /** As guided backpropagation, but what the ReLU held back going forward passes going back. */
  deconvnet: {
    label: 'Deconvnet',
    paper: 'Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks',
    help: 'The gradient at the input with ReLUs applied to the gradient alone.',
    caution:
      'It hardly depends on the class: as guided backprop, it recovers the picture rather than what speaks for the class (Mahendran and Vedaldi 2016, Salient Deconvolutional Networks).',
  },
  /** Guided backpropagation times the resized Grad-CAM of a layer. */
  'guided-gradcam': {
    label: 'Guided Grad-CAM',
    paper: 'Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization',
    help: 'Guided backprop where Grad-CAM says that it speaks for the class.',
    caution: `Where it is bright depends on the class through Grad-CAM alone; its detail is guided backprop’s, which hardly does (${SANITY}).`,
  },
} satisfies Record<string, InputMethod>

export type InputMethodName = keyof typeof INPUT_METHODS

export const INPUT_METHOD_NAMES = Object.keys(INPUT_METHODS) as InputMethodName[]

/**
 * What a method that acts at ReLUs does in a network without one, to be said before it runs.
 *
 * @param rectifiers how many ReLUs stand between the input and the classes
 */
export function withoutReLU(method: InputMethodName, rectifiers: number): string | null {
  if (method === 'saliency' || rectifiers > 0) return null
  const plain = method === 'guided-gradcam' ? 'the plain gradient times Grad-CAM' : 'the plain gradient, as saliency'
  return `No ReLU stands between the input and the classes of this network, so ${INPUT_METHODS[method].label} is ${plain}.`
}
