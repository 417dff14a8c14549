import { expect, test } from 'vitest';
import { frameRate } from '../../src/dicom/cine';
import type { DataSet } from '../../src/dicom/dataset';
import { distance } from '../../src/dicom/spacing';

const data = (modality: string, more: Record<string, unknown[]> = {}): DataSet => {
  const all: DataSet = { '00080060': { vr: 'CS', Value: [modality] } };
  for (const [tag, Value] of Object.entries(more)) all[tag] = { vr: 'DS', Value };
  return all;
};

const O = { x: 0, y: 0 };

test('lengths follow the spacing of rows and of columns', () => {
  const ct = data('CT', { '00280030': ['2', '0.5'] });
  expect(distance(ct, 1, O, { x: 6, y: 2 })).toEqual({ value: 5, unit: 'mm', plane: 'patient' });
});

test('a picture without spacing is measured in pixels', () => {
  expect(distance(data('OT'), 1, O, { x: 3, y: 4 })).toEqual({ value: 5, unit: 'px', plane: 'patient' });
});

test('a projection says when it is measured on the detector', () => {
  const imager = { '00181164': [0.1, 0.1] };
  expect(distance(data('MG', imager), 1, O, { x: 100, y: 0 }).plane).toBe('detector');
  expect(distance(data('DX', { ...imager, '00280030': [0.1, 0.1] }), 1, O, { x: 100, y: 0 }).plane).toBe('detector');
  expect(distance(data('DX', { ...imager, '00280030': [0.09, 0.09] }), 1, O, { x: 100, y: 0 }).plane).toBe('patient');
  const magnified = distance(data('MG', { ...imager, '00181114': [2] }), 1, O, { x: 100, y: 0 });
  expect(magnified).toEqual({ value: 5, unit: 'mm', plane: 'patient' });
});

test('ultrasound is measured inside one region in centimetres, else in pixels', () => {
  const region = {
    '00186018': { vr: 'UL', Value: [0] }, '0018601A': { vr: 'UL', Value: [0] }, '0018601C': { vr: 'UL', Value: [99] }, '0018601E': { vr: 'UL', Value: [99] },
    '00186024': { vr: 'US', Value: [3] }, '00186026': { vr: 'US', Value: [3] }, '0018602C': { vr: 'FD', Value: [0.02] }, '0018602E': { vr: 'FD', Value: [-0.02] },
  };
  const us = { ...data('US'), '00186011': { vr: 'SQ', Value: [region] } };
  expect(distance(us, 1, O, { x: 50, y: 0 })).toEqual({ value: 10, unit: 'mm', plane: 'patient' });
  expect(distance(us, 1, O, { x: 150, y: 0 }).unit).toBe('px');
});

test('a clip plays at the rate its device recommends, or by the time of its frames', () => {
  expect(frameRate(data('US', { '00181063': ['50'] }))).toBe(20);
  expect(frameRate(data('US', { '00181063': ['50'], '00082144': ['15'] }))).toBe(15);
  expect(frameRate(data('US', { '00181065': [0, 100, 100] }))).toBe(10);
  expect(frameRate(data('US', { '00181063': [0.001] }))).toBe(60);
  expect(frameRate(data('CT'))).toBe(10);
});
