/** ImageNet's 1,000 classes and background; [1, 3, 299, 299], (x / 255 − 0.5) / 0.5. */
export const inceptionV3: URL
/** Caltech-101; [1, 3, 224, 224], ImageNet's mean and standard deviation. */
export const resnet18: URL
/** Caltech-101; [1, 3, 224, 224], ImageNet's mean and standard deviation. */
export const alexnet: URL
/** A picture of a cat to try them on, by Stéfan van der Walt (CC0). */
export const chelsea: URL
