import { expect, test } from 'vitest';
import type { DataSet } from '../../src/dicom/dataset';
import { displayOrder } from '../../src/dicom/order';
import { clipAround, isPlayable, picturesOf } from '../../src/dicom/stack';

const AXIAL = [1, 0, 0, 0, 1, 0];

function slice(z: number, number: number, orientation = AXIAL): DataSet {
  return {
    '00200013': { vr: 'IS', Value: [number] },
    '00200032': { vr: 'DS', Value: [0, 0, z] },
    '00200037': { vr: 'DS', Value: orientation },
    '00280010': { vr: 'US', Value: [4] },
    '00280011': { vr: 'US', Value: [4] },
  };
}

function breast(side: string, view: string): DataSet {
  return { '00080060': { vr: 'CS', Value: ['MG'] }, '00200062': { vr: 'CS', Value: [side] }, '00185101': { vr: 'CS', Value: [view] } };
}

test('parallel slices are sorted by place, in the direction of their numbers', () => {
  expect(displayOrder([slice(30, 1), slice(10, 3), slice(20, 2)])).toEqual([0, 2, 1]);
  expect(displayOrder([slice(30, 3), slice(10, 1), slice(20, 2)])).toEqual([1, 2, 0]);
});

test('slices at one place, or of several orientations, stay as the server gave them', () => {
  expect(displayOrder([slice(10, 2), slice(10, 1), slice(5, 3)])).toEqual([0, 1, 2]);
  expect(displayOrder([slice(30, 1), slice(10, 2), slice(20, 3, [0, 1, 0, 0, 0, -1])])).toEqual([0, 1, 2]);
});

test('positions written as text count like numbers, and broken ones change nothing', () => {
  const text = { ...slice(0, 1), '00200032': { vr: 'DS', Value: ['0', '0', '40'] } };
  expect(displayOrder([text, slice(10, 2)])).toEqual([0, 1]);
  const broken = { ...slice(0, 1), '00200032': { vr: 'DS', Value: ['a', null, {}] } };
  expect(displayOrder([slice(30, 2), broken])).toEqual([0, 1]);
});

test('mammograms go CC before MLO and right before left, unknown ones last', () => {
  const series = [breast('', ''), breast('L', 'MLO'), breast('L', 'CC'), breast('R', 'MLO'), breast('R', 'CC')];
  expect(displayOrder(series)).toEqual([4, 2, 3, 1, 0]);
});

test('every frame of every instance with pixels is a picture', () => {
  const clip: DataSet = { '00280008': { vr: 'IS', Value: ['3'] }, '00280010': { vr: 'US', Value: [4] }, '00280011': { vr: 'US', Value: [4] } };
  const pictures = picturesOf([{}, clip, slice(0, 1)]);
  expect(pictures.map(({ instance, frame, frames }) => [instance, frame, frames])).toEqual([[2, 1, 3], [2, 2, 3], [2, 3, 3], [3, 1, 1]]);
  expect(clipAround(pictures, 1)).toEqual({ first: 0, last: 2 });
  expect(clipAround(pictures, 3)).toEqual({ first: 0, last: 3 });
});

test('a count of frames that cannot be is one', () => {
  const clip: DataSet = { '00280008': { vr: 'IS', Value: [4e9] }, '00280010': { vr: 'US', Value: [4] }, '00280011': { vr: 'US', Value: [4] } };
  expect(picturesOf([clip])).toHaveLength(1);
});

test('clips and slices play, separate radiographs do not', () => {
  expect(isPlayable(picturesOf([slice(0, 1), slice(1, 2), slice(2, 3)]))).toBe(true);
  const still: DataSet = { '00280010': { vr: 'US', Value: [4] }, '00280011': { vr: 'US', Value: [4] } };
  expect(isPlayable(picturesOf([still, still, still]))).toBe(false);
});
