// Late, twice, wrong: what comes after an exam is sealed and published, and what becomes of the sheet in the patient's hands.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

let place, program, exam, other, sheet, path, accueil, docteur;

before(async () => {
  place = scratch();
  desk.account(place, 'accueil', 'desk');
  desk.account(place, 'docteur', 'radiologist');
  const list = exams.write(join(place.dir, 'exams'));
  exam = list.find((exam) => exam.modality === 'MG');
  other = list.find((exam) => exam.modality === 'US');
  program = await start(place);
  accueil = await desk.login(program.desk, 'accueil');
  docteur = await desk.login(program.desk, 'docteur');
  await say(['patient', 'order'].map((name) => read(exam, name)));
  store(exam.files.slice(0, -1));
  await say([read(exam, 'report')]);
  const [name] = await until('its sheet', () => (sheets(place).length > 0 ? sheets(place) : null));
  sheet = { ...readSheet(join(place.sheets, name)), born: exam.born };
  const list0 = await desk.page(program.desk, accueil, '/');
  path = list0.match(/\/examen\/[0-9a-f-]{36}/)[0];
});
after(async () => {
  await program?.stop();
  place?.remove();
});

const read = (exam, name) => readFileSync(exam.hl7[name], 'utf8');
const store = (files) => run('storescu', ['-v', '-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...files], { env: { ...process.env, TCP_NODELAY: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });

async function say(messages) {
  const answers = await hl7.send(program.hl7Port, messages.map((text) => Buffer.from(text)));
  assert.deepEqual(answers.map(hl7.code), messages.map(() => 'AA'));
}

/** The same message, said again so many minutes later under another control id. */
function later(text, minutes, control) {
  const [header, ...rest] = text.split('\r');
  const fields = header.split('|');
  const at = fields[6].match(/(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/).slice(1).map(Number);
  const moved = new Date(Date.UTC(at[0], at[1] - 1, at[2], at[3], at[4] + minutes, at[5]));
  fields[6] = moved.toISOString().replace(/\D/g, '').slice(0, 14);
  fields[9] += control;
  return [fields.join('|'), ...rest].join('\r');
}

async function post(who, to, form) {
  const answer = await fetch(`http://${program.desk}${to}`, { method: 'POST', redirect: 'manual', headers: { cookie: who, origin: `http://${program.desk}` }, body: new URLSearchParams(form) });
  assert.ok([200, 303].includes(answer.status), `${to} was answered ${answer.status}`);
  return answer;
}

/** The images that the sheet opens, or none. */
async function images(of = sheet) {
  const { cookie } = await patient.open(program.web, of);
  if (!cookie) return null;
  const answer = await patient.get(program.web, cookie, '/examen/dicom.zip');
  if (answer.status !== 200) return 0;
  // A download under way is cut when its exam goes.
  const bytes = await answer.arrayBuffer().catch(() => null);
  if (!bytes) return 0;
  const files = patient.unzip(Buffer.from(bytes));
  return Object.keys(files).filter((name) => name.endsWith('.dcm')).length;
}

async function patientReads() {
  const { cookie } = await patient.open(program.web, sheet);
  assert.ok(cookie, 'the sheet opens');
  return (await patient.get(program.web, cookie, '/examen')).text();
}

test('a late image is shown under the same sheet', async () => {
  assert.equal(await images(), exam.files.length - 1);
  store(exam.files.slice(-1));
  await until('it is shown', async () => (await images()) === exam.files.length);
  assert.equal(sheets(place).length, 1, 'no other sheet is printed');
});

test('an exam sent again whole is taken with success and changes nothing', async () => {
  const copies = () => readdirSync(join(place.dir, 'data/diffusion'), { recursive: true }).filter((name) => /copies\/.*[0-9a-f]{20}/.test(name)).sort();
  const before = copies();
  assert.ok(before.length > 0);
  store(exam.files);
  await say(['patient', 'order', 'report'].map((name) => read(exam, name)));
  // What would follow has followed when an exam sent after it is on line.
  await say(['patient', 'order'].map((name) => read(other, name)));
  store(other.files);
  await until('the next exam is on line', async () => (await desk.page(program.desk, accueil, '/')).split('en ligne').length >= 3);
  assert.deepEqual(copies().filter((name) => before.includes(name)), before, 'the copy on the web is the same');
  assert.equal(await images(), exam.files.length);
  assert.equal(sheets(place).length, 1);
});

test('a corrected report takes the place of the first, and the first sheet opens it', async () => {
  const corrected = later(read(exam, 'report'), 60, 'C').replace(/\|F(\|*[^|\r]*)(?=\r|$)/g, '|C$1');
  await say([corrected]);
  await until('the patient reads so', async () => /corrigé|remplace/.test(await patientReads()));
  const page = await desk.page(program.desk, accueil, path);
  assert.match(page, /compte rendu validé/);
});

test('an exam held by a radiologist leaves the web at once and comes back with the same sheet', async () => {
  await post(docteur, `${path}/retenir`, { motif: 'à revoir' });
  await until('it is gone', async () => (await images()) === 0);
  assert.doesNotMatch(await patientReads(), /Voir les images/);
  await post(docteur, `${path}/liberer`, {});
  await until('it is back', async () => (await images()) === exam.files.length);
});

test('an exam that proves to be another person’s opens nothing to the first sheet, and a new one opens it', async () => {
  const someone = (text) => text.replaceAll(/PID\|[^\r]*/g, 'PID|1||FIC009999^^^NEGATOSCOPE-DEMO^PI||PETITFICTIF^Lucienne^Lucienne^^^^L||19610102|F');
  await say([later(someone(read(exam, 'patient')), 90, 'X'), later(someone(read(exam, 'order')), 95, 'X')]);
  await until('it is gone', async () => (await images()) === 0);
  const list = await desk.page(program.desk, accueil, '/doutes');
  const article = list.split('<article').find((part) => part.includes('PETITFICTIF'));
  assert.ok(article, 'the person whom the order names is offered');
  const form = article.split('<form').find((part) => part.includes('PETITFICTIF'));
  await post(accueil, form.match(/action="([^"]+)"/)[1], { decision: 'patient', id: form.match(/name="id" value="([^"]+)"/)[1] });
  await until('the first sheet opens nothing', async () => (await images()) === null);
  const page = await until('it is said why', async () => {
    const page = await desk.page(program.desk, accueil, path);
    return /au nom d.une autre personne/.test(page) ? page : null;
  });
  assert.match(page, /en ligne, avec la feuille [0-9a-f]{8}/, 'who saw it before stays to be read');
  const printed = await post(accueil, `${path}/feuille`, {});
  const file = join(place.dir, 'new.pdf');
  writeFileSync(file, Buffer.from(await printed.arrayBuffer()));
  const fresh = { ...readSheet(file), born: '1961-01-02' };
  await until('the new sheet opens it', async () => (await images(fresh)) === exam.files.length);
  assert.equal((await patient.open(program.web, { ...fresh, born: exam.born })).cookie, null, 'the door asks the right birth date');
});

test('all of it verifies: what is sealed, and both logs', async () => {
  await program.stop();
  const said = run(binary, ['--settings', place.settings, 'verify']);
  assert.match(said, /, 0 problems/);
  assert.match(run(binary, ['--settings', place.settings, 'trace', 'verify']), /archive: \d+ leaves/);
  program = await start(place);
});
