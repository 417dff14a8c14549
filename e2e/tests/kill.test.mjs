// kill −9 at random moments of a store loop: every instance answered Success is there afterwards, byte for byte.
// Short here; NEGATOSCOPE_LONG=1 for many more rounds. (That a kill alone cannot show a missing sync, and what does,
// is the business of the power-cut test of `intake`.)
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { readSheet, scratch, sheets, start, until } from '../lib/program.mjs';

const rounds = process.env.NEGATOSCOPE_LONG ? 200 : 4;
const python = process.env.NEGATOSCOPE_PYTHON;
let place, program;

before(async () => {
  place = scratch();
  program = await start(place);
});
after(async () => {
  await program?.stop();
  place?.remove();
});

/** Sends an exam's files until the program dies; resolves with the SOP Instance UIDs answered 0000. */
function storeUntil(files, port, killAfter) {
  return new Promise((done) => {
    const acknowledged = [];
    const sender = spawn(python, [join(import.meta.dirname, '../lib/store.py'), String(port), ...files], { stdio: ['ignore', 'pipe', 'ignore'] });
    createInterface({ input: sender.stdout }).on('line', (line) => {
      const [uid, status] = line.split(' ');
      if (status === '0000') acknowledged.push(uid);
      if (acknowledged.length === killAfter) program.kill();
    });
    sender.once('close', () => done(acknowledged));
  });
}

test(`after kill −9 at ${rounds} moments nothing acknowledged is missing`, { skip: !python && 'no python with pynetdicom' }, async () => {
  let total = 0;
  for (let round = 1; round <= rounds; round++) {
    const [exam] = exams.write(join(place.dir, `exams-${round}`), ['--seed', String(round + 10)]);
    await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]);
    const killAfter = 1 + ((round * 7) % (exam.files.length - 1));
    const acknowledged = await storeUntil(exam.files, program.dicomPort, killAfter);
    await program.exited;
    assert.ok(acknowledged.length >= killAfter);
    program = await start(place);
    const [answer] = await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
    assert.equal(hl7.code(answer), 'AA');
    const path = await until('the sheet', () =>
      sheets(place).map((name) => join(place.sheets, name)).find((file) => readSheet(file).text.includes(exam.accession)));
    const { cookie } = await patient.open(program.web, { ...readSheet(path), born: exam.born });
    const files = await patient.zip(program.web, cookie);
    const received = new Set(Object.entries(files).filter(([name]) => name.endsWith('.dcm')).map(([, bytes]) => patient.dataset(bytes).toString('base64')));
    const sent = exam.files.map((file) => patient.dataset(readFileSync(file)));
    const found = (uid) => sent.some((bytes) => bytes.includes(uid) && received.has(bytes.toString('base64')));
    for (const uid of acknowledged) assert.ok(found(uid), `round ${round}: an acknowledged instance is missing`);
    total += acknowledged.length;
  }
  console.log(`kill −9: ${rounds} rounds, ${total} acknowledged instances, 0 lost`);
});
