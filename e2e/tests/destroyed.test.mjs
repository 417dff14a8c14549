// An old copy is put back after an exam of it was destroyed: the destruction stands before anything is served, and what
// the copy brought back goes again once somebody has confirmed the time.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { clockOf, movedBinary, readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

let place, program, sheet, id, certificate, copy;
const inside = (...parts) => join(place.dir, 'data', ...parts);
const command = (args, input) => spawnSync(movedBinary, ['--settings', place.settings, ...args], { encoding: 'utf8', input, env: { ...process.env, ...clockOf(place) } });
const read = async (name, path) => desk.page(program.desk, await desk.login(program.desk, name), path);

async function post(name, path) {
  const cookie = await desk.login(program.desk, name);
  const headers = { cookie, origin: `http://${program.desk}`, 'content-type': 'application/x-www-form-urlencoded' };
  return (await fetch(`http://${program.desk}${path}`, { method: 'POST', redirect: 'manual', headers })).status;
}

/** The names of the vault's objects below a folder. */
function objects(folder) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => entry.name.split('.')[0]);
}

const destroyed = () => certificate.objects.map(({ object }) => object);

before(async () => {
  place = scratch();
  appendFileSync(place.settings, `[witness]\nfolder = "${place.dir}/witness"\n`);
  copy = join(place.dir, 'copy');
  for (const [login, role] of [['anne', 'data-protection'], ['bruno', 'radiologist'], ['accueil', 'desk']]) {
    desk.account(place, login, role, { program: movedBinary, env: clockOf(place) });
  }
  const exam = exams.write(join(place.dir, 'exams')).find((one) => one.modality === 'CT');
  program = await start(place, { moved: true });
  await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await until('the sheet', () => sheets(place).length === 1);
  sheet = { born: exam.born, ...readSheet(join(place.sheets, sheets(place)[0])) };
  await until('everything is sealed', () => /\(0 not sealed yet\), .* 0 problems/.test(command(['verify']).stdout));
  const made = command(['backup', copy]);
  assert.equal(made.status, 0, made.stderr);
});
after(async () => {
  await program?.stop();
  place?.remove();
});

test('an exam is destroyed after the backup, by two people and thirty days', async () => {
  program.advance({ days: 5 * 366 });
  await until('it is foreseen', async () => /1 à proposer/.test(await read('anne', '/conservation')));
  program.advance({ days: 1 });
  const list = await until('it is proposed', async () => (await read('anne', '/conservation')).match(/\/conservation\/([0-9a-f-]{36})/)?.[1]);
  id = (await read('anne', `/conservation/${list}`)).match(/\/examen\/([0-9a-f-]{36})/)[1];
  for (const name of ['bruno', 'anne']) assert.equal(await post(name, `/conservation/${list}/approuver`), 303);
  program.advance({ days: 31 });
  await until('it is foreseen', async () => /1 à détruire/.test(await read('anne', '/conservation')));
  program.advance({ days: 1 });
  await until('it is destroyed', async () => (await read('anne', '/conservation')).includes(`/examen/${id}/certificat`));
  const cookie = await desk.login(program.desk, 'anne');
  certificate = await (await fetch(`http://${program.desk}/examen/${id}/certificat.json`, { headers: { cookie } })).json();
  const recorded = () => Number(run('sqlite3', [inside('archive/record.sqlite'), 'SELECT max(number) FROM journal']));
  const witnessed = () => JSON.parse(readFileSync(join(place.dir, 'witness/journal.jsonl'), 'utf8').trim().split('\n').at(-1)).last;
  await until('the witness has seen it', () => witnessed() >= recorded());
});

test('the old copy is put back: the exam is still destroyed, and nothing of it is served', async () => {
  await program.kill();
  rmSync(inside(), { recursive: true });
  const restored = command(['restore', copy]);
  // It is put back whole, and says that of what came back some belongs to no exam any more.
  assert.equal(restored.status, 1, restored.stderr);
  assert.match(restored.stderr, /[1-9]\d* objects of this backup belong to no exam any more/);
  assert.match(restored.stdout, /[1-9]\d* facts later than the record of the backup were found/);
  program = await start(place, { moved: true });
  // The first page served already says so.
  assert.match(await read('accueil', `/examen/${id}`), /images ont été détruites/);
  assert.ok((await read('anne', '/conservation')).includes(`/examen/${id}/certificat`));
  const { cookie } = await patient.open(program.web, sheet);
  assert.ok(!cookie, 'its code opens nothing');
  assert.match(await read('accueil', '/etat'), /restaurées depuis la sauvegarde/);
});

test('what the copy brought back goes again once the time is confirmed', async () => {
  const brought = () => objects(inside('archive/vault/objects')).filter((object) => destroyed().includes(object));
  assert.ok(brought().length > 0, 'the copy had them');
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(program.now());
  const confirmed = command(['clock', 'confirm'], `${day}\n`);
  assert.equal(confirmed.status, 0, confirmed.stderr);
  await until('it is gone', () => brought().length === 0);
  assert.doesNotMatch(await read('accueil', '/etat'), /restaurées depuis la sauvegarde/);
  assert.match(command(['verify']).stdout, / 0 problems/);
});
