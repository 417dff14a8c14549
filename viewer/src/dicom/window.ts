// Grey levels: what is shown black and what white.

import { TAG, framed, items, number, numbers, text, values, type DataSet } from './dataset';

export interface Range {
  lower: number;
  upper: number;
}

export interface Window {
  center: number;
  width: number;
}

export type PresetName = 'soft' | 'lung' | 'bone' | 'brain' | 'harder' | 'softer';

export interface Preset {
  name: PresetName;
  /** Its key on the keyboard. */
  key: string;
  /** From the image's own window; CT presets are absolute, in Hounsfield units. */
  apply: (own: Window) => Window;
}

const fixed = (center: number, width: number) => (): Window => ({ center, width });

const CT: readonly Preset[] = [
  { name: 'soft', key: '1', apply: fixed(40, 400) },
  { name: 'lung', key: '2', apply: fixed(-600, 1500) },
  { name: 'bone', key: '3', apply: fixed(500, 2000) },
  { name: 'brain', key: '4', apply: fixed(40, 80) },
];

const GREY: readonly Preset[] = [
  { name: 'harder', key: '1', apply: (own) => ({ center: own.center, width: Math.max(1, own.width * 0.6) }) },
  { name: 'softer', key: '2', apply: (own) => ({ center: own.center, width: own.width * 1.6 }) },
];

/** The presets that mean something for this image: none for colour. */
export function presetsFor(data: DataSet): readonly Preset[] {
  if ((number(data, TAG.samplesPerPixel) ?? 1) > 1 || text(data, TAG.photometric) === 'PALETTE COLOR') return [];
  return text(data, TAG.modality) === 'CT' ? CT : GREY;
}

/** PS3.3 §C.11.2.1.2: the ends of the linear part, as the renderer wants them. */
export function toRange({ center, width }: Window): Range {
  const half = (Math.max(1, width) - 1) / 2;
  return { lower: center - 0.5 - half, upper: center - 0.5 + half };
}

export function toWindow({ lower, upper }: Range): Window {
  return { center: (lower + upper) / 2 + 0.5, width: Math.abs(upper - lower) + 1 };
}

/** The window the image declares for itself, first of the list; per frame where frames have their own. */
export function declaredWindow(data: DataSet, frame = 1): Window | undefined {
  const holder = framed(data, TAG.windowCenter, frame);
  const center = numbers(holder, TAG.windowCenter)[0];
  const width = numbers(holder, TAG.windowWidth)[0];
  if (center !== undefined && width !== undefined && width >= 1) return { center, width };
  return windowOfLut(items(data, TAG.voiLut)[0]);
}

/**
 * The straight line nearest to a VOI LUT (PS3.3 §C.11.2.1.1): from where it leaves its floor to where it
 * reaches its ceiling, 5 % off each. Mammographs often send a curve and no window.
 */
export function windowOfLut(lut: DataSet | undefined): Window | undefined {
  const descriptor = numbers(lut, '00283002');
  const table = lutTable(lut);
  const first = descriptor[1] ?? 0;
  if (table.length < 2) return undefined;
  const floor = table[0]!;
  const ceiling = table[table.length - 1]!;
  if (ceiling <= floor) return undefined;
  const from = table.findIndex((value) => value > floor + 0.05 * (ceiling - floor));
  const to = table.findIndex((value) => value >= ceiling - 0.05 * (ceiling - floor));
  return to > from ? toWindow({ lower: first + from, upper: first + to }) : undefined;
}

function lutTable(lut: DataSet | undefined): readonly number[] {
  const listed = numbers(lut, '00283006');
  if (listed.length > 0) return listed;
  const inline = lut?.['00283006']?.InlineBinary;
  if (typeof inline !== 'string' || inline.length > 400_000) return [];
  const bytes = Uint8Array.from(atob(inline), (char) => char.charCodeAt(0));
  return Array.from(new Uint16Array(bytes.buffer, 0, bytes.length >> 1));
}

/** Whether black and white are exchanged as stored (PS3.3 §C.7.6.3.1.2). */
export function isMonochrome1(data: DataSet): boolean {
  return values(data, TAG.photometric)[0] === 'MONOCHROME1';
}
