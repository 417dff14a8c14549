// The record is lost; the vault and its journal remain. The record made again gives the same answers, and sheets issued
// before still open their exam.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

let place, program;
before(async () => {
  place = scratch();
});
after(async () => {
  await program?.stop();
  place?.remove();
});

const command = (...args) => spawnSync(binary, ['--settings', place.settings, ...args], { encoding: 'utf8' });

test('the record made again from the vault verifies, and an old sheet opens the same images', async () => {
  const list = exams.write(join(place.dir, 'exams')).filter((exam) => ['CT', 'DX'].includes(exam.modality)).slice(0, 2);
  program = await start(place);
  for (const exam of list) {
    await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
    run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  }
  await until('both sheets', () => sheets(place).length === list.length);
  const images = list.reduce((sum, exam) => sum + exam.files.length, 0);
  const said = await until('everything is sealed', async () => {
    await program.stop();
    const done = command('verify');
    if (done.status === 0 && done.stdout.includes(` ${images} instances (0 not sealed yet)`)) return done.stdout;
    program = await start(place);
    return null;
  });
  const inside = join(place.dir, 'data/archive');
  for (const name of readdirSync(inside).filter((name) => name.startsWith('record.sqlite'))) renameSync(join(inside, name), join(place.dir, name));
  const rebuilt = command('rebuild');
  assert.equal(rebuilt.status, 0, rebuilt.stdout + rebuilt.stderr);
  const again = command('verify');
  assert.equal(again.status, 0, again.stdout);
  assert.equal(again.stdout.match(/(\d+) instances/)[1], said.match(/(\d+) instances/)[1]);
  program = await start(place);
  for (const exam of list) {
    const path = sheets(place).map((name) => join(place.sheets, name)).find((file) => readSheet(file).text.includes(exam.accession));
    const { cookie } = await patient.open(program.web, { ...readSheet(path), born: exam.born });
    assert.ok(cookie, 'a sheet issued before opens');
    const files = await patient.zip(program.web, cookie);
    assert.equal(Object.keys(files).filter((name) => name.endsWith('.dcm')).length, exam.files.length);
  }
});
