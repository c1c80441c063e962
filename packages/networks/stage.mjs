// npm packs what lies in the package's own folder; the networks and the picture lie elsewhere in the checkout.
import { copyFileSync, rmSync } from 'node:fs'

const after = process.argv.includes('--after')
const files = ['models/alexnet.onnx', 'models/inception-v3.onnx', 'models/resnet18.onnx', 'public/samples/chelsea.png']
for (const path of files) {
  const staged = new URL(path.replace(/.*\//, ''), import.meta.url)
  if (after) rmSync(staged)
  else copyFileSync(new URL(`../../${path}`, import.meta.url), staged)
}
