// What must not happen: unsafe starts, strange requests, other people's exams.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary, run, scratch, start } from '../lib/program.mjs';
import * as hl7 from '../lib/hl7.mjs';

let place, program;
before(async () => {
  place = scratch();
  program = await start(place);
});
after(async () => {
  await program?.stop();
  place?.remove();
});

test('it refuses to listen beyond this machine without TLS, and says what to do', () => {
  const unsafe = scratch();
  writeFileSync(unsafe.settings, readFileSync(unsafe.settings, 'utf8').replace('[web]\nlisten = "127.0.0.1:0"', '[web]\nlisten = "0.0.0.0:0"'));
  const done = spawnSync(binary, ['--settings', unsafe.settings, 'serve'], { encoding: 'utf8' });
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /TLS/);
  unsafe.remove();
});

test('a second process does not touch the data folder of the first', () => {
  for (const command of ['serve', 'rebuild']) {
    const done = spawnSync(binary, ['--settings', place.settings, command], { encoding: 'utf8' });
    assert.notEqual(done.status, 0, command);
    assert.match(done.stderr, /in use/);
  }
});

test('a policy row that was in force is not rewritten, and a later one is taken', async () => {
  const other = scratch();
  await (await start(other)).stop();
  const rows = JSON.parse(run(binary, ['--settings', other.settings, 'retention', 'policies']));
  const file = join(other.dir, 'rows.json');
  writeFileSync(other.settings, `${readFileSync(other.settings, 'utf8')}\n[retention]\npolicies = "${file}"\n`);
  const shorter = rows.map((row) => ({ ...row, archive_min_months: 1 }));
  writeFileSync(file, JSON.stringify(shorter));
  const done = spawnSync(binary, ['--settings', other.settings, 'serve'], { encoding: 'utf8' });
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /add a row from a later day/);
  const year = new Date().getFullYear() + 1;
  const from = rows[0].valid_from.replace?.(/^\d{4}/, String(year)) ?? [year, 1];
  writeFileSync(file, JSON.stringify([...rows, { ...rows[0], valid_from: from, diffusion_months: 12 }]));
  await (await start(other)).stop();
  other.remove();
});

test('there is no account until one is made', async () => {
  for (const [login, password] of [['admin', 'admin'], ['accueil', ''], ['root', 'password']]) {
    const answer = await fetch(`http://${program.desk}/connexion`, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ login, password }), headers: { origin: `http://${program.desk}` },
    });
    assert.equal(answer.status, 403);
    assert.equal(answer.headers.get('set-cookie'), null);
  }
  const home = await fetch(`http://${program.desk}/`, { redirect: 'manual' });
  assert.equal(home.status, 303);
});

test('each server serves only its own pages, and nothing without a session', async () => {
  for (const path of ['/connexion', '/doutes', '/etat']) {
    assert.equal((await fetch(`http://${program.web}${path}`, { redirect: 'manual' })).status, 404, path);
  }
  for (const path of ['/images/data/series.json', '/images/', '/examen/dicom.zip', '/.git/config', '/metrics', '/debug']) {
    const answer = await fetch(`http://${program.web}${path}`, { redirect: 'manual' });
    assert.ok([303, 404].includes(answer.status), `${path}: ${answer.status}`);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
  }
});

test('C-ECHO is answered, an unknown called title is not', () => {
  run('echoscu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort)]);
  const done = spawnSync('echoscu', ['-aec', 'SOMEBODY', '127.0.0.1', String(program.dicomPort)]);
  assert.notEqual(done.status, 0);
});

test('a message that is none is answered AR, and the link stays open for the next', async () => {
  const good = 'MSH|^~\\&|RIS|X|NEGATOSCOPE|X|20260101000000||ADT^A04^ADT_A01|7|P|2.5|||||FRA|UNICODE UTF-8\rEVN||20260101000000\rPID|1||77^^^CABINET^PI||FICTIVE^ANNE^^^^^L||19500101|F\rPV1||O\r';
  const answers = await hl7.send(program.hl7Port, ['this is not HL7', good, good]);
  assert.equal(hl7.code(answers[0]), 'AR');
  assert.equal(hl7.code(answers[1]), 'AA');
  assert.equal(hl7.code(answers[2]), 'AA', 'a repeated message is accepted again');
});
