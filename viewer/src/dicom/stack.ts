// A series as a list of pictures, one after the other: each frame of each instance.

import { TAG, number, values, type DataSet } from './dataset';
import { displayOrder } from './order';

export interface Picture {
  /** Number of the instance in the server's list, from 1. */
  instance: number;
  /** From 1. */
  frame: number;
  /** Frames of its instance. */
  frames: number;
  data: DataSet;
}

/** More frames than any clip has; a larger count is a broken header. */
const MOST_FRAMES = 100_000;

export function framesOf(data: DataSet): number {
  const count = number(data, TAG.numberOfFrames) ?? 1;
  return Number.isInteger(count) && count >= 1 && count <= MOST_FRAMES ? count : 1;
}

/** All pictures in display order. Instances without pixels have none. */
export function picturesOf(metadata: readonly DataSet[]): Picture[] {
  const pictures: Picture[] = [];
  for (const at of displayOrder(metadata)) {
    const data = metadata[at];
    if (!data || !number(data, TAG.rows) || !number(data, TAG.columns)) continue;
    const frames = framesOf(data);
    for (let frame = 1; frame <= frames; frame += 1) pictures.push({ instance: at + 1, frame, frames, data });
  }
  return pictures;
}

/** First and last index of the clip that holds the picture at `index`; the whole stack for stills. */
export function clipAround(pictures: readonly Picture[], index: number): { first: number; last: number } {
  const picture = pictures[index];
  if (!picture || picture.frames === 1) return { first: 0, last: pictures.length - 1 };
  const first = index - (picture.frame - 1);
  return { first, last: first + picture.frames - 1 };
}

/** Whether playing means something: a clip, or slices one behind the other. */
export function isPlayable(pictures: readonly Picture[]): boolean {
  const slices = pictures.length > 2 && pictures.every(({ data }) => values(data, TAG.imageOrientation).length === 6);
  return slices || pictures.some((picture) => picture.frames > 1);
}
