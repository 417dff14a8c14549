// A wall clock that jumps erases nothing and is told; when it is right again all opens; when time truly passes the web
// copies go.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { clockOf, movedBinary, readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
const CENTURY_QUARTER = { days: 25 * 365 };
let place, program, exam, sheet;

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  desk.account(place, 'gardien', 'administrator', { program: movedBinary, env: clockOf(place) });
  exam = exams.write(join(place.dir, 'exams')).find((one) => one.modality === 'CT');
  program = await start(place, { moved: true });
  await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await until('the sheet', () => sheets(place).length === 1);
  sheet = { born: exam.born, ...readSheet(join(place.sheets, sheets(place)[0])) };
  await until('everything is sealed', () => files('archive/vault').length > 0);
});
after(async () => {
  await program?.stop();
  place?.remove();
});

/** The files under a folder of the data folder, with their sizes. */
function files(folder) {
  const path = join(place.dir, 'data', folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${join(entry.parentPath, entry.name)} ${statSync(join(entry.parentPath, entry.name)).size}`)
    .sort();
}

/** Everything that an eraser could take. */
const kept = () => [...files('archive/vault'), ...files('diffusion/copies')];

/** New facts may be sealed meanwhile; nothing that was there may be missing. */
function nothingGone(before) {
  const now = new Set(kept());
  assert.deepEqual(before.filter((file) => !now.has(file)), []);
}

async function images() {
  const { cookie } = await patient.open(program.web, sheet);
  assert.ok(cookie, 'the sheet opens');
  const found = await patient.zip(program.web, cookie);
  return Object.keys(found).filter((name) => name.endsWith('.dcm')).length;
}

async function keeper() {
  return desk.page(program.desk, await desk.login(program.desk, 'gardien'), '/etat');
}

const red = (text) => text.match(/<li class="red">.*?<\/li>/s)?.[0] ?? '';
const told = (word) => program.log.some((line) => line.includes('"ERROR"') && line.includes(word));
/** Long enough for the sweeper to have looked: it looks each second, and so does what tells the doubt. */
const lookedTwice = async () => {
  const seen = await until('the program looks at its clock', () => JSON.parse(readFileSync(join(place.dir, 'data/clock.json'), 'utf8')).kept);
  program.advance({ minutes: 2 });
  await until('it has looked again', () => JSON.parse(readFileSync(join(place.dir, 'data/clock.json'), 'utf8')).kept !== seen);
};

test('a wall clock twenty-five years ahead erases nothing, and the keeper reads what to do', async () => {
  assert.equal(await images(), exam.files.length);
  const before = kept();
  program.jump(CENTURY_QUARTER);
  await until('the jump is told', () => told('the wall clock has jumped'));
  await lookedTwice();
  nothingGone(before);
  const line = red(await keeper());
  assert.match(line, /a sauté/);
  assert.match(line, /negatoscope clock confirm/);
  const { page, close } = await browser.open(`http://${program.desk}`, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  try {
    const [name, value] = (await desk.login(program.desk, 'gardien')).split('=');
    await page.context().addCookies([{ name, value, url: `http://${program.desk}` }]);
    await page.goto(`http://${program.desk}/etat`);
    await page.screenshot({ path: join(shots, 'keeper-clock-fr.png'), fullPage: true });
    assert.deepEqual(await browser.accessibility(page), []);
  } finally {
    await close();
  }
});

test('started again on the wrong clock it still erases nothing', async () => {
  const before = kept();
  await program.stop();
  program = await start(place, { moved: true });
  await until('the doubt is told', () => told('the time is not confirmed'));
  await lookedTwice();
  nothingGone(before);
  assert.match(red(await keeper()), /n'est pas confirmée/);
});

test('when the wall clock is right again all opens', async () => {
  program.jump({ days: -CENTURY_QUARTER.days });
  await until('the clocks agree', async () => red(await keeper()) === '');
  assert.equal(await images(), exam.files.length);
});

test('a clock set back ten years serves nothing late and erases nothing', async () => {
  const before = kept();
  program.jump({ days: -3650 });
  await until('the jump is told', async () => /a sauté/.test(red(await keeper())));
  assert.equal(await images(), exam.files.length);
  await lookedTwice();
  nothingGone(before);
  program.jump({ days: 3650 });
  await until('the clocks agree', async () => red(await keeper()) === '');
});

test('a damaged clock file is told, and the program serves', async () => {
  const before = kept();
  await program.stop();
  writeFileSync(join(place.dir, 'data/clock.json'), '{"version":1,"ke');
  program = await start(place, { moved: true });
  await until('it is told', () => told('the kept clock is not on disk'));
  assert.equal(await images(), exam.files.length);
  nothingGone(before);
  assert.match(red(await keeper()), /ne peut pas être lue/);
});

test('a person confirms by typing the date, and not without it', async () => {
  const confirm = (input) => spawnSync(movedBinary, ['--settings', place.settings, 'clock', 'confirm'], { input, encoding: 'utf8', env: { ...process.env, ...clockOf(place) } });
  const wrong = confirm('2001-01-01\n');
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stdout, /system's time: .*kept time: /s, 'both times are shown');
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(program.now());
  assert.match(red(await keeper()), /ne peut pas être lue/);
  const right = confirm(`${today}\n`);
  assert.equal(right.status, 0, right.stderr);
  assert.equal(red(await keeper()), '');
});

test('when two years truly pass the web copy goes, and the vault stays', async () => {
  const vault = files('archive/vault');
  program.advance({ days: 740 });
  await until('the web copy is erased', () => files('diffusion/copies').length === 0);
  const still = files('archive/vault');
  for (const file of vault) assert.ok(still.includes(file), file);
});
