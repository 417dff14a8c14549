// The order in which the images of a series are scrolled.

import { TAG, number, numbers, text, type DataSet } from './dataset';
import { viewOf } from './mammography';

type Vector = readonly [number, number, number];

function cross(a: readonly number[], b: readonly number[]): Vector {
  const [ax = 0, ay = 0, az = 0] = a;
  const [bx = 0, by = 0, bz = 0] = b;
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

/** Distance along the normal of the first image, for parallel slices at distinct places; else nothing. */
function distances(series: readonly DataSet[]): number[] | undefined {
  const first = numbers(series[0], TAG.imageOrientation);
  if (first.length !== 6) return undefined;
  const normal = cross(first.slice(0, 3), first.slice(3));
  const found: number[] = [];
  for (const data of series) {
    const orientation = numbers(data, TAG.imageOrientation);
    const position = numbers(data, TAG.imagePosition);
    if (orientation.length !== 6 || position.length !== 3) return undefined;
    if (dot(normal, cross(orientation.slice(0, 3), orientation.slice(3))) < 0.99) return undefined;
    found.push(dot(normal, position));
  }
  const distinct = new Set(found.map((distance) => distance.toFixed(2)));
  return distinct.size === series.length ? found : undefined;
}

/** Right before left, CC before MLO: the order in which mammograms are read. */
function mammographyRank(data: DataSet): number {
  const { laterality, view } = viewOf(data);
  const views = ['CC', 'MLO', 'ML', 'LM'];
  const place = views.indexOf(view);
  return (place < 0 ? views.length : place) * 3 + ['R', 'L'].indexOf(laterality) + (laterality ? 0 : 3);
}

/**
 * Indexes into `series` in the order of display. Parallel slices go by place, in the direction of their
 * instance numbers; mammograms by view and side; all else as the server gave it.
 */
export function displayOrder(series: readonly DataSet[]): number[] {
  const order = series.map((_, at) => at);
  if (series.length > 1 && series.every((data) => text(data, TAG.modality) === 'MG')) {
    return order.sort((a, b) => mammographyRank(series[a]!) - mammographyRank(series[b]!) || a - b);
  }
  const places = distances(series);
  if (!places) return order;
  order.sort((a, b) => places[a]! - places[b]!);
  const first = number(series[order[0]!], TAG.instanceNumber) ?? 0;
  const last = number(series[order[order.length - 1]!], TAG.instanceNumber) ?? 1;
  return first > last ? order.reverse() : order;
}
