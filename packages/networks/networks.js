export const inceptionV3 = new URL('./inception-v3.onnx', import.meta.url)
export const resnet18 = new URL('./resnet18.onnx', import.meta.url)
export const alexnet = new URL('./alexnet.onnx', import.meta.url)
export const chelsea = new URL('./chelsea.png', import.meta.url)
