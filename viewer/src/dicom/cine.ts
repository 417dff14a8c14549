// How fast a clip plays.

import { TAG, number, numbers, type DataSet } from './dataset';

const SLOWEST = 1;
const FASTEST = 60;
/** For slices of a stack, which have no time of their own. */
const STACK_RATE = 10;

/** Frames a second (PS3.3 §C.7.6.5): what the device recommends, else the time of its frames. */
export function frameRate(data: DataSet): number {
  const times = numbers(data, TAG.frameTimeVector).slice(1).filter((time) => time > 0);
  const mean = times.length > 0 ? times.reduce((sum, time) => sum + time, 0) / times.length : undefined;
  const time = number(data, TAG.frameTime) ?? mean;
  const rate = number(data, TAG.recommendedFrameRate) ?? number(data, TAG.cineRate) ?? (time && time > 0 ? 1000 / time : undefined);
  if (rate === undefined || rate <= 0) return STACK_RATE;
  return Math.min(FASTEST, Math.max(SLOWEST, rate));
}
