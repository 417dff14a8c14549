// Overlay planes: marks drawn by the device, one bit a pixel (PS3.3 §C.9.2).

import { number, numbers, type DataSet } from './dataset';

export interface Plane {
  columns: number;
  rows: number;
  /** Place of the plane's first pixel in the picture, from 0. */
  left: number;
  top: number;
  /** One byte a pixel: 1 where drawn. */
  bits: Uint8Array;
}

/** No overlay is larger than this, in pixels: a broken header must not take the memory. */
const LARGEST = 64 << 20;

/** The planes of a picture whose bits travel with the metadata. */
export function planesOf(data: DataSet, frame: number): Plane[] {
  const planes: Plane[] = [];
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const plane = planeOf(data, group.toString(16), frame);
    if (plane) planes.push(plane);
  }
  return planes;
}

function planeOf(data: DataSet, group: string, frame: number): Plane | undefined {
  const inline = data[`${group}3000`]?.InlineBinary;
  const rows = number(data, `${group}0010`) ?? 0;
  const columns = number(data, `${group}0011`) ?? 0;
  const size = rows * columns;
  // Bits hidden in the pixels themselves were retired in 2004 and are not drawn.
  if (typeof inline !== 'string' || size <= 0 || size > LARGEST || (number(data, `${group}0100`) ?? 1) !== 1) return undefined;
  const [top = 1, left = 1] = numbers(data, `${group}0050`);
  const frames = number(data, `${group}0015`) ?? 1;
  const first = number(data, `${group}0051`) ?? 1;
  const wanted = frames > 1 ? frame - first : 0;
  if (wanted < 0 || wanted >= frames) return undefined;
  const packed = Uint8Array.from(atob(inline), (char) => char.charCodeAt(0));
  return { columns, rows, left: left - 1, top: top - 1, bits: unpacked(packed, wanted * size, size) };
}

/** `size` bits from bit `from` on, least significant first (PS3.5 §8.1.2). */
function unpacked(packed: Uint8Array, from: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => ((packed[(from + at) >> 3] ?? 0) >> ((from + at) & 7)) & 1);
}
