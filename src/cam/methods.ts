export const METHODS = {
  cam: {
    label: 'CAM',
    paper: 'Zhou et al. 2016, Learning Deep Features for Discriminative Localization',
    help: 'The last linear layer’s weights of the class over the feature maps before pooling. Needs a network that ends in pooling and one linear layer.',
  },
  gradcam: {
    label: 'Grad-CAM',
    paper: 'Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization',
    help: 'Feature maps weighted by the mean gradient of the class’s logit. Works at every layer with a spatial extent.',
  },
} as const

export type MethodName = keyof typeof METHODS
