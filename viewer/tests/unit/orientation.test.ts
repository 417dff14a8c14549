import { expect, test } from 'vitest';
import type { DataSet } from '../../src/dicom/dataset';
import { AS_STORED, directionsOf, edges, hang, letters } from '../../src/dicom/orientation';

function stored(modality: string, orientation: [string, string], more: Record<string, string> = {}): DataSet {
  const data: DataSet = { '00080060': { vr: 'CS', Value: [modality] }, '00200020': { vr: 'CS', Value: orientation } };
  for (const [tag, value] of Object.entries(more)) data[tag] = { vr: 'CS', Value: [value] };
  return data;
}

const mammogram = (side: string, view: string, orientation: [string, string]): DataSet =>
  stored('MG', orientation, { '00200062': side, '00185101': view });

const hung = (data: DataSet) => edges(directionsOf(data), hang(data));

test('directions are named by their strongest axis first', () => {
  expect(letters([1, 0, 0])).toBe('L');
  expect(letters([0, -1, 0])).toBe('A');
  expect(letters([0, -0.3, 0.95])).toBe('HA');
  expect(letters([0.1, 0.05, -0.99])).toBe('F');
});

test('an axial slice has the left of the patient at the right of the screen', () => {
  const axial: DataSet = { '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] } };
  expect(edges(directionsOf(axial), AS_STORED)).toEqual({ left: 'R', right: 'L', top: 'A', bottom: 'P' });
});

test('letters follow a flip and quarter turns', () => {
  const axial = { right: 'L', down: 'P' };
  expect(edges(axial, { flip: true, quarterTurns: 0 })).toEqual({ left: 'L', right: 'R', top: 'A', bottom: 'P' });
  // A quarter turn clockwise: what was at the right is at the bottom.
  expect(edges(axial, { flip: false, quarterTurns: 1 })).toEqual({ right: 'A', bottom: 'L', left: 'P', top: 'R' });
});

test('the orientation of a frame is found in its functional groups', () => {
  const plane = { '00209116': { vr: 'SQ', Value: [{ '00200037': { vr: 'DS', Value: [0, 1, 0, 0, 0, -1] } }] } };
  const enhanced: DataSet = { '52009230': { vr: 'SQ', Value: [{}, plane] } };
  expect(directionsOf(enhanced, 2)).toEqual({ right: 'P', down: 'F' });
});

test.each([
  ['R', 'CC', ['P', 'L'], AS_STORED],
  ['L', 'CC', ['A', 'R'], AS_STORED],
  ['L', 'CC', ['P', 'R'], { flip: true, quarterTurns: 0 }],
  ['R', 'MLO', ['P', 'FL'], AS_STORED],
  ['R', 'MLO', ['A', 'FL'], { flip: true, quarterTurns: 0 }],
  ['R', 'CC', ['A', 'R'], { flip: false, quarterTurns: 2 }],
] as const)('the chest wall of a %s %s stored %s is towards the middle', (side, view, orientation, hanging) => {
  const data = mammogram(side, view, [...orientation] as [string, string]);
  expect(hang(data)).toEqual(hanging);
  expect(hung(data)[side === 'R' ? 'right' : 'left']).toBe('P');
});

test('a mammogram without side or orientation is left as it is', () => {
  expect(hang(stored('MG', ['P', 'L']))).toEqual(AS_STORED);
  expect(hang(mammogram('R', 'CC', ['', '']))).toEqual(AS_STORED);
});

test('a frontal radiograph faces the reader, feet down', () => {
  expect(hung(stored('DX', ['R', 'F']))).toMatchObject({ right: 'L', bottom: 'F' });
  expect(hung(stored('CR', ['L', 'H']))).toMatchObject({ right: 'L', bottom: 'F' });
  expect(hang(stored('DX', ['L', 'F']))).toEqual(AS_STORED);
});

test('a lateral radiograph keeps its side, and unknown letters change nothing', () => {
  expect(hang(stored('DX', ['A', 'F']))).toEqual(AS_STORED);
  expect(hang(stored('DX', ['P', 'F']))).toEqual(AS_STORED);
  expect(hang(stored('DX', ['LE', 'CD']))).toEqual(AS_STORED);
});
