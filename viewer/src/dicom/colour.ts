// Colours: what the loader needs made plain, and what it cannot draw.

import { TAG, numbers, text, type Attribute, type DataSet } from './dataset';

/** Palette tables and their descriptors: red, green, blue (PS3.3 §C.7.6.3.1.5). */
const PALETTE = [
  ['00281201', '00281101'],
  ['00281202', '00281102'],
  ['00281203', '00281103'],
] as const;

const DRAWN = /^(MONOCHROME[12]|RGB|PALETTE COLOR|YBR_(FULL|FULL_422|PARTIAL_420|RCT|ICT))$/;

/** Entries of a palette table that travels as base64; the loader reads only lists of numbers. */
function entries(table: Attribute, descriptor: readonly number[]): number[] {
  const bytes = Uint8Array.from(atob(table.InlineBinary ?? ''), (char) => char.charCodeAt(0));
  const count = descriptor[0] || 65_536;
  // Eight-bit entries may be packed, or stand each in a word.
  if (descriptor[2] === 8 && bytes.length < count * 2) return Array.from(bytes.subarray(0, count));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: Math.min(count, bytes.length >> 1) }, (_, at) => view.getUint16(at * 2, true));
}

/** The data set as the loader needs it: with a modality, and its palette as lists of numbers. */
export function prepared(data: DataSet): DataSet {
  const whole: DataSet = text(data, TAG.modality) ? { ...data } : { ...data, [TAG.modality]: { vr: 'CS', Value: ['OT'] } };
  if (text(data, TAG.photometric) !== 'PALETTE COLOR') return whole;
  for (const [tag, descriptor] of PALETTE) {
    const table = data[tag];
    if (table?.InlineBinary) whole[tag] = { vr: table.vr, Value: entries(table, numbers(data, descriptor)) };
  }
  return whole;
}

/** Whether the loader can turn these pixels into grey or colour; it never answers for those it cannot. */
export function isDrawable(data: DataSet): boolean {
  const kind = text(data, TAG.photometric);
  if (!DRAWN.test(kind)) return false;
  const whole = prepared(data);
  return kind !== 'PALETTE COLOR' || PALETTE.every(([tag]) => numbers(whole, tag).length > 0);
}
