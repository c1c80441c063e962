/** Values that the packages export; Learn has them in scope without an import. */
export const EXPORTS = {
  hookscope: [
    'add',
    'clamp',
    'ERROR_CODES',
    'full',
    'GraphBuilder',
    'HookscopeError',
    'isTensor',
    'labels',
    'load',
    'mean',
    'mul',
    'randn',
    'relu',
    'sum',
    'tensor',
  ],
  'hookscope/image': ['COLORMAPS', 'heatmap', 'makeGrid', 'overlay', 'preprocess', 'resizePicture', 'toPixels'],
} as const satisfies Readonly<Record<string, readonly string[]>>
