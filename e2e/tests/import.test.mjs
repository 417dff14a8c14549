// `negatoscope import` and the watched folder bring in files of other people's making, unchanged.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as exams from '../lib/exams.mjs';
import { binary, scratch, start, until } from '../lib/program.mjs';

let place, program, exam;
before(() => {
  place = scratch();
  mkdirSync(join(place.dir, 'dropped'));
  exam = exams.write(join(place.dir, 'exams'))[0];
});
after(async () => {
  await program?.stop();
  place?.remove();
});

test('import takes in a folder, says how much, and a second time says that it is all here', () => {
  const first = spawnSync(binary, ['--settings', place.settings, 'import', exam.folder], { encoding: 'utf8' });
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, new RegExp(`^${exam.files.length} stored, 0 already here`, 'm'));
  const second = spawnSync(binary, ['--settings', place.settings, 'import', exam.folder], { encoding: 'utf8' });
  assert.match(second.stdout, new RegExp(`^0 stored, ${exam.files.length} already here`, 'm'));
});

test('a file dropped into the watched folder is taken in and moved to done', async () => {
  const settings = readFileSync(place.settings, 'utf8').replace('quiet-seconds = 1', `quiet-seconds = 1\nwatched-folder = "${place.dir}/dropped"`);
  writeFileSync(place.settings, settings);
  program = await start(place);
  copyFileSync(exam.files[0], join(place.dir, 'dropped/image.dcm'));
  await until('it is in done/', () => {
    try {
      return readdirSync(join(place.dir, 'dropped/done')).length === 1;
    } catch {
      return false;
    }
  });
});
