/** A network of the package hookscope-networks with a picture as it wants it: `node lesson.mjs cat.jpg`, or the sample. */
export async function shipped(id) {
  const networks = await import('hookscope-networks')
  const { labels } = await import('hookscope')
  const { preprocess } = await import('hookscope/image')
  const { readFile } = await import('node:fs/promises')
  const files = { 'inception-v3': networks.inceptionV3, resnet18: networks.resnet18, alexnet: networks.alexnet }
  const isInception = id === 'inception-v3'
  const mean = isInception ? [0.5, 0.5, 0.5] : [0.485, 0.456, 0.406]
  const std = isInception ? [0.5, 0.5, 0.5] : [0.229, 0.224, 0.225]
  const side = isInception ? 299 : 224
  const image = await preprocess(await readPicture(), { size: [side, side], mean, std })
  const data = new Uint8ClampedArray(3 * side * side)
  for (let i = 0; i < data.length; i++)
    data[i] = 255 * (image.data[(i % 3) * side * side + Math.floor(i / 3)] * std[i % 3] + mean[i % 3])
  return {
    file: await readFile(files[id]),
    labels: await labels(isInception ? 'imagenet-1001' : 'caltech-101'),
    image,
    picture: { width: side, height: side, channels: 3, data },
    explain: (method, layer, target) => explainedBy(id, method, layer, target),
  }
}

/** The map that Hookscope's command line gives. */
export async function explainedBy(network, method, layer, target) {
  const { execFileSync } = await import('node:child_process')
  const { fileURLToPath } = await import('node:url')
  const program = fileURLToPath(new URL('bin/hookscope.js', import.meta.resolve('hookscope/package.json')))
  const asked = ['--model', network, '--method', method, '--layer', layer, '--class', String(target), '--raw']
  const printed = execFileSync(process.execPath, [program, 'explain', await pictureFile(), ...asked], {
    maxBuffer: 1e9,
  })
  const { shape, values } = JSON.parse(printed).results[0].maps[0]
  return { dims: shape, data: Float32Array.from(values) }
}

/** The picture's pixels. */
export async function readPicture() {
  const { default: sharp } = await import('sharp')
  const { data, info } = await sharp(await pictureFile())
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { ...info, data }
}

/** The path of the picture among what the program was called with, or of the sample. */
export async function pictureFile() {
  const { fileURLToPath } = await import('node:url')
  const given = process.argv.slice(2).find(path => !path.endsWith('.onnx'))
  return given ?? fileURLToPath((await import('hookscope-networks')).chelsea)
}

/** Prints. */
export function show(...values) {
  console.log(...values)
}

/** Saves RGBA pixels as a PNG. */
export async function showPicture(label, pixels) {
  await savePng(label, pixels)
}

/** Saves the channels of [1, C, H, W] as a PNG, side by side, each from its least value to its largest. */
export async function showGrid(label, { dims, data }) {
  const { makeGrid, toPixels } = await import('hookscope/image')
  const [channels, height, width] = dims.slice(-3)
  const how = { nrow: Math.floor(Math.sqrt(channels)), normalize: true, scaleEach: true }
  await savePng(label, toPixels(makeGrid({ dims: [channels, 1, height, width], data }, how)))
}

/** Saves a map as a PNG: ReLU, divided by its largest value, over the picture where there is one. */
export async function showHeatmap(label, map, over) {
  const { heatmap, overlay } = await import('hookscope/image')
  const bare = { width: 224, height: 224, colormap: 'turbo', smooth: false }
  await savePng(label, over ? overlay(map, over, { colormap: 'turbo' }) : heatmap(map, bare))
}

/** Saves RGBA pixels in a file that is named after the label. */
export async function savePng(label, { width, height, data }) {
  const { default: sharp } = await import('sharp')
  const words = label.match(/[\p{L}\p{N}.]+/gu) ?? ['picture']
  const file = `${words.join('-')}.png`
  await sharp(data, { raw: { width, height, channels: 4 } }).toFile(file)
  console.log(`${label}: ${file}`)
}
