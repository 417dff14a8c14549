// The made-up exam the browser tests open, written into a temporary folder.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breast, ctSlice, report, usClip } from '../../dev/phantom.mjs';

export const SLICES = 12;

function folders() {
  const root = mkdtempSync(join(tmpdir(), 'viewer-exam-'));
  return (name, files) => {
    mkdirSync(join(root, name));
    files.forEach((bytes, at) => writeFileSync(join(root, name, `${String(at).padStart(4, '0')}.dcm`), bytes));
    return join(root, name);
  };
}

/** One series of `count` slices, in order. */
export function writeStack(count) {
  return [folders()('ct', Array.from({ length: count }, (_, at) => ctSlice(at + 1, count)))];
}

export function writeExam() {
  const folder = folders();
  // Out of order on purpose: the viewer sorts slices by place.
  const slices = Array.from({ length: SLICES }, (_, at) => ctSlice(((at * 5) % SLICES) + 1, SLICES));
  return [
    folder('ct', slices),
    folder('mg', [
      breast({ side: 'L', view: 'CC', orientation: ['P', 'R'], wall: 'right' }),
      breast({ side: 'R', view: 'CC', orientation: ['P', 'L'], wall: 'right', photometric: 'MONOCHROME1' }),
    ]),
    folder('us', [usClip(8)]),
    folder('sr', [report()]),
  ];
}
