import { expect, test } from 'vitest';
import { isDrawable, prepared } from '../../src/dicom/colour';
import type { DataSet } from '../../src/dicom/dataset';
import { declaredWindow, presetsFor, toRange, toWindow, windowOfLut } from '../../src/dicom/window';

const grey = (modality: string): DataSet => ({ '00080060': { vr: 'CS', Value: [modality] }, '00280004': { vr: 'CS', Value: ['MONOCHROME2'] } });

test('a window and its range are one the other way round', () => {
  // PS3.3 §C.11.2.1.2: width 256, centre 128 shows 0 black and 255 white.
  expect(toRange({ center: 128, width: 256 })).toEqual({ lower: 0, upper: 255 });
  expect(toWindow({ lower: 0, upper: 255 })).toEqual({ center: 128, width: 256 });
});

test('a scan has presets named by what they show, in Hounsfield units', () => {
  const presets = Object.fromEntries(presetsFor(grey('CT')).map(({ name, apply }) => [name, apply({ center: 0, width: 1 })]));
  expect(presets['bone']).toEqual({ center: 500, width: 2000 });
  expect(presets['lung']).toEqual({ center: -600, width: 1500 });
  expect(Object.keys(presets)).toEqual(['soft', 'lung', 'bone', 'brain']);
});

test('other grey pictures change from their own window, and colours have no presets', () => {
  const [harder] = presetsFor(grey('MR'));
  expect(harder?.apply({ center: 100, width: 50 })).toEqual({ center: 100, width: 30 });
  expect(presetsFor({ ...grey('US'), '00280002': { vr: 'US', Value: [3] } })).toEqual([]);
});

test('the first declared window is used, as text or number', () => {
  const data: DataSet = { '00281050': { vr: 'DS', Value: ['40', '500'] }, '00281051': { vr: 'DS', Value: ['400', '2000'] } };
  expect(declaredWindow(data)).toEqual({ center: 40, width: 400 });
  expect(declaredWindow({ ...data, '00281051': { vr: 'DS', Value: [0] } })).toBeUndefined();
});

test('a curve becomes the straight line nearest to it', () => {
  // 100 entries from 1000 on: dark until 1020, then a ramp to 1080, then light.
  const table = Array.from({ length: 100 }, (_, at) => Math.max(0, Math.min(255, Math.round(((at - 20) / 60) * 255))));
  const lut: DataSet = { '00283002': { vr: 'US', Value: [100, 1000, 8] }, '00283006': { vr: 'OW', Value: table } };
  const { lower, upper } = toRange(windowOfLut(lut)!);
  expect(lower).toBeGreaterThanOrEqual(1020);
  expect(lower).toBeLessThan(1026);
  expect(upper).toBeGreaterThan(1074);
  expect(upper).toBeLessThanOrEqual(1080);
  expect(windowOfLut({ '00283006': { vr: 'OW', Value: [5, 5] } })).toBeUndefined();
});

test('palettes that travel as base64 become lists, words or bytes', () => {
  const palette = (bits: number, bytes: number[]): DataSet => {
    const data: DataSet = { '00280004': { vr: 'CS', Value: ['PALETTE COLOR'] } };
    for (const [table, descriptor] of [['00281201', '00281101'], ['00281202', '00281102'], ['00281203', '00281103']] as const) {
      data[table] = { vr: 'OW', InlineBinary: btoa(String.fromCharCode(...bytes)) };
      data[descriptor] = { vr: 'US', Value: [2, 0, bits] };
    }
    return data;
  };
  expect(prepared(palette(16, [0, 1, 255, 255]))['00281201']?.Value).toEqual([256, 65535]);
  expect(prepared(palette(8, [7, 9]))['00281203']?.Value).toEqual([7, 9]);
  expect(isDrawable(palette(8, [7, 9]))).toBe(true);
});

test('pixels that cannot be drawn are known beforehand', () => {
  expect(isDrawable({ '00280004': { vr: 'CS', Value: ['PALETTE COLOR'] } })).toBe(false);
  expect(isDrawable({ '00280004': { vr: 'CS', Value: ['CMYK'] } })).toBe(false);
  expect(isDrawable(grey('CT'))).toBe(true);
});
