// An old copy is put back: what the witness on another disk has seen since is applied again, and it is told.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

let place, program, papers, copy;
const command = (...args) => spawnSync(binary, ['--settings', place.settings, ...args], { encoding: 'utf8' });
const paper = (modality) => papers.find((one) => one.exam.modality === modality);
const opens = async (modality) => (await patient.open(program.web, paper(modality))).cookie !== null;
/** The number of the last fact that the witness has, and of the last one that the record has. */
const witnessed = () => {
  const path = join(place.dir, 'witness/journal.jsonl');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8').trim().split('\n').at(-1)).last : 0;
};
const recorded = () => Number(run('sqlite3', [join(place.dir, 'data/archive/record.sqlite'), 'SELECT max(number) FROM journal']));
const keeper = async () => desk.page(program.desk, await desk.login(program.desk, 'accueil'), '/etat');

async function revoke(modality) {
  const cookie = await desk.login(program.desk, 'accueil');
  const front = await desk.page(program.desk, cookie, '/');
  const before = recorded();
  for (const id of new Set([...front.matchAll(/\/examen\/([0-9a-f-]{36})/g)].map((found) => found[1]))) {
    const page = await desk.page(program.desk, cookie, `/examen/${id}`);
    if (!page.includes(paper(modality).exam.accession)) continue;
    const action = page.match(/action="(\/examen\/[^"]*\/revoquer)"/)[1];
    const done = await fetch(`http://${program.desk}${action}`, { method: 'POST', redirect: 'manual', headers: { cookie, origin: `http://${program.desk}`, 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(done.status, 303);
  }
  assert.ok(recorded() > before, 'a revocation is a fact of the journal');
  await until('the witness has the revocation', () => witnessed() >= recorded());
}

before(async () => {
  place = scratch();
  appendFileSync(place.settings, `[witness]\nfolder = "${place.dir}/witness"\n`);
  copy = join(place.dir, 'copy');
  const list = exams.write(join(place.dir, 'exams')).filter((exam, at, all) => ['CT', 'DX', 'US'].includes(exam.modality) && all.findIndex((one) => one.modality === exam.modality) === at);
  program = await start(place);
  desk.account(place, 'accueil', 'desk');
  for (const exam of list) {
    await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
    run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  }
  await until('every sheet', () => sheets(place).length === list.length);
  papers = sheets(place).map((name) => {
    const sheet = readSheet(join(place.sheets, name));
    const exam = list.find((one) => sheet.text.includes(one.accession));
    return { born: exam.born, exam, ...sheet };
  });
  await until('everything is sealed', () => /\(0 not sealed yet\), .* 0 problems/.test(command('verify').stdout));
  const made = command('backup', copy);
  assert.equal(made.status, 0, made.stderr);
});
after(async () => {
  await program?.stop();
  place?.remove();
});

test('a sheet revoked after the backup stays revoked when the backup is restored', async () => {
  assert.ok(await opens('DX'));
  await revoke('DX');
  assert.ok(!await opens('DX'));
  await program.kill();
  rmSync(join(place.dir, 'data'), { recursive: true });
  const restored = command('restore', copy);
  assert.equal(restored.status, 0, restored.stderr);
  assert.match(restored.stdout, /[1-9]\d* facts later than the record of the backup were found/);
  program = await start(place);
  assert.ok(!await opens('DX'), 'what was revoked after the backup opens nothing');
  assert.ok(await opens('CT'));
  assert.match(await keeper(), /restaurées depuis la sauvegarde/);
  const proved = command('trace', 'verify');
  assert.equal(proved.status, 0, proved.stdout);
});

test('an old record put in the place of the new one is found out at the start and brought up to date', async () => {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(new Date());
  spawnSync(binary, ['--settings', place.settings, 'clock', 'confirm'], { input: `${today}\n` });
  assert.doesNotMatch(await keeper(), /restaurées/);
  await revoke('US');
  await program.stop();
  const inside = join(place.dir, 'data/archive');
  for (const name of readdirSync(inside).filter((name) => name.startsWith('record.sqlite'))) rmSync(join(inside, name));
  const state = readdirSync(copy).find((name) => name.startsWith('state-'));
  copyFileSync(join(copy, state, 'archive/record.sqlite'), join(inside, 'record.sqlite'));
  program = await start(place);
  assert.ok(program.log.some((line) => line.includes('the record is older than its witness')));
  assert.ok(!await opens('US') && !await opens('DX'));
  assert.match(await keeper(), /restaurées/);
  assert.match(await keeper(), /n'est pas confirmée/, 'nothing is erased');
});

test('a log of accesses cut back to an older state is found out against the witness', async () => {
  await opens('CT');
  await program.stop();
  // The latest checkpoints are with the witness.
  const lines = readFileSync(join(place.dir, 'witness/checkpoints.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.some((line) => line.checkpoint?.side === 'diffusion'));
  const trace = join(place.dir, 'data/diffusion/trace');
  for (const name of readdirSync(trace).filter((name) => name.startsWith('events.sqlite') || name === 'checkpoint')) rmSync(join(trace, name));
  const state = readdirSync(copy).find((name) => name.startsWith('state-'));
  copyFileSync(join(copy, state, 'diffusion/trace/events.sqlite'), join(trace, 'events.sqlite'));
  const proved = command('trace', 'verify');
  assert.notEqual(proved.status, 0, proved.stdout);
  assert.match(proved.stdout, /diffusion: .*a witnessed checkpoint/);
  program = await start(place);
});

test('a witness whose list was changed is not believed, and that is told', async () => {
  await program.stop();
  const path = join(place.dir, 'witness/journal.jsonl');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace(/"last":(\d+)/, '"last":9$1'));
  program = await start(place);
  assert.match(await keeper(), /se contredisent/);
});
