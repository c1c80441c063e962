import type { Tensor } from '../../hookscope'
import type { DrawnTensor } from '../protocol'

/** Values of which more are not drawn: a row of the graph has room for that many. */
const MOST = 36

export const drawn = ({ dims, data }: Tensor): DrawnTensor => ({ dims, data: data.length > MOST ? null : [...data] })
