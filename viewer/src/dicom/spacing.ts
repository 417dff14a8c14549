// Lengths: what a pixel measures, and whether that is the patient or the detector.

import { TAG, framed, items, number, numbers, text, type DataSet } from './dataset';

export interface Spacing {
  /** Millimetres between rows, between columns. */
  row: number;
  column: number;
  /** `detector`: measured on the detector, so larger than in the patient. */
  plane: 'patient' | 'detector';
}

interface Point {
  x: number;
  y: number;
}

/** Millimetres per pixel, or nothing when the image does not say. */
export function spacingOf(data: DataSet, frame = 1): Spacing | undefined {
  const own = numbers(framed(data, TAG.pixelSpacing, frame), TAG.pixelSpacing);
  const projection = ['MG', 'DX', 'CR', 'RF', 'XA'].includes(text(data, TAG.modality));
  const imager = numbers(data, TAG.imagerPixelSpacing);
  if (own.length === 2 && own[0]! > 0 && own[1]! > 0) {
    // Equal to the detector's: copied, not calibrated (PS3.3 §10.7.1.3).
    const copied = projection && (imager.length !== 2 || (imager[0] === own[0] && imager[1] === own[1]));
    return { row: own[0]!, column: own[1]!, plane: copied ? 'detector' : 'patient' };
  }
  if (imager.length !== 2 || !(imager[0]! > 0) || !(imager[1]! > 0)) return undefined;
  const factor = number(data, TAG.estimatedMagnification);
  if (factor && factor > 1) return { row: imager[0]! / factor, column: imager[1]! / factor, plane: 'patient' };
  return { row: imager[0]!, column: imager[1]!, plane: 'detector' };
}

/** Spacing of an ultrasound region in centimetres that holds both points (PS3.3 §C.8.5.5). */
function regionSpacing(data: DataSet, a: Point, b: Point): Spacing | undefined {
  for (const region of items(data, TAG.usRegions)) {
    const [x0, y0, x1, y1] = ['00186018', '0018601A', '0018601C', '0018601E'].map((tag) => number(region, tag));
    if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined) continue;
    const inside = [a, b].every((point) => point.x >= x0 && point.x <= x1 && point.y >= y0 && point.y <= y1);
    const centimetres = number(region, '00186024') === 3 && number(region, '00186026') === 3;
    const column = Math.abs(number(region, '0018602C') ?? 0) * 10;
    const row = Math.abs(number(region, '0018602E') ?? 0) * 10;
    if (inside && centimetres && row > 0 && column > 0) return { row, column, plane: 'patient' };
  }
  return undefined;
}

export interface Length {
  value: number;
  unit: 'mm' | 'px';
  plane: 'patient' | 'detector';
}

/** Distance between two points given in pixels of the stored image. */
export function distance(data: DataSet, frame: number, a: Point, b: Point): Length {
  const spacing = text(data, TAG.modality) === 'US' ? regionSpacing(data, a, b) : spacingOf(data, frame);
  if (!spacing) return { value: Math.hypot(b.x - a.x, b.y - a.y), unit: 'px', plane: 'patient' };
  const value = Math.hypot((b.x - a.x) * spacing.column, (b.y - a.y) * spacing.row);
  return { value, unit: 'mm', plane: spacing.plane };
}
