import { expect, test } from 'vitest';
import type { DataSet } from '../../src/dicom/dataset';
import { planesOf } from '../../src/dicom/overlay';

const plane = (bytes: number[], more: Record<string, unknown[]> = {}): DataSet => {
  const data: DataSet = {
    '60000010': { vr: 'US', Value: [2] },
    '60000011': { vr: 'US', Value: [3] },
    '60000050': { vr: 'SS', Value: [5, 7] },
    '60003000': { vr: 'OW', InlineBinary: btoa(String.fromCharCode(...bytes)) },
  };
  for (const [tag, Value] of Object.entries(more)) data[tag] = { vr: 'US', Value };
  return data;
};

test('bits are read least significant first and stand where the plane says', () => {
  const [found] = planesOf(plane([0b00110101]), 1);
  expect(found).toEqual({ columns: 3, rows: 2, top: 4, left: 6, bits: Uint8Array.of(1, 0, 1, 0, 1, 1) });
});

test('a plane of several frames gives each its own bits', () => {
  const several = plane([0b01000001, 0b00001000], { '60000015': [2] });
  expect([...planesOf(several, 1)[0]!.bits]).toEqual([1, 0, 0, 0, 0, 0]);
  expect([...planesOf(several, 2)[0]!.bits]).toEqual([1, 0, 0, 0, 0, 1]);
  expect(planesOf(several, 3)).toEqual([]);
});

test('missing bits are empty, and sizes that cannot be are refused', () => {
  expect([...planesOf(plane([]), 1)[0]!.bits]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(planesOf({ ...plane([1]), '60000010': { vr: 'US', Value: [60_000] }, '60000011': { vr: 'US', Value: [60_000] } }, 1)).toEqual([]);
  expect(planesOf({}, 1)).toEqual([]);
});
