/** What a class's logit says of every value of the input, with label and help, for menus, the command line and documents. */
export const INPUT_METHODS = {
  /** ∂y^c/∂x */
  saliency: {
    label: 'Saliency',
    paper:
      'Simonyan et al. 2014, Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps',
    help: 'The gradient of the class’s logit with respect to the input.',
  },
  /** As the gradient, with max(·, 0) of it at every ReLU. */
  guided: {
    label: 'Guided backprop',
    paper: 'Springenberg et al. 2015, Striving for Simplicity: The All Convolutional Net',
    help: 'The gradient at the input with negative gradients stopped at every ReLU. It shows edges, and hardly depends on the class (Adebayo et al. 2018).',
  },
  /** As guided backpropagation, but what the ReLU held back going forward passes going back. */
  deconvnet: {
    label: 'Deconvnet',
    paper: 'Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks',
    help: 'The gradient at the input with ReLUs applied to the gradient alone. It hardly depends on the class either.',
  },
  /** Guided backpropagation times the resized Grad-CAM of a layer. */
  'guided-gradcam': {
    label: 'Guided Grad-CAM',
    paper: 'Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization',
    help: 'Guided backprop where Grad-CAM says that it speaks for the class.',
  },
} satisfies Record<string, { readonly label: string; readonly paper: string; readonly help: string }>

export type InputMethodName = keyof typeof INPUT_METHODS

export const INPUT_METHOD_NAMES = Object.keys(INPUT_METHODS) as InputMethodName[]
