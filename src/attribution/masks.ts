/**
 * An input seen through a mask: zeros of the normalised input, where the mask is 0, are the mean colour of the pictures that
 * the network was trained on.
 *
 * @param input [C, H, W]
 * @param mask [H, W], 0..1
 */
export const masked = (input: Float32Array, mask: Float32Array): Float32Array =>
  input.map((value, i) => value * (mask[i % mask.length] ?? 0))
