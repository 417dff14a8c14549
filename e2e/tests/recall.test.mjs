// An exam's time on line ends; the same sheet brings it back from the archive, as it was received; and it ends again.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PNG } from 'pngjs';
import * as browser from '../lib/browser.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
const MONTHS = ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre'];
let place, program, list, ct, sheet, opened, first;

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  list = exams.write(join(place.dir, 'exams'));
  program = await start(place, { moved: true });
});
after(async () => {
  await opened?.close();
  await program?.stop();
  place?.remove();
});

const find = (modality) => list.find((exam) => exam.modality === modality);

async function feed(exam) {
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], {
    env: { ...process.env, TCP_NODELAY: '1' },
  });
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const path = await until('the sheet', () =>
    sheets(place).map((name) => join(place.sheets, name)).find((path) => readSheet(path).text.includes(exam.accession)));
  return { born: exam.born, ...readSheet(path) };
}

/** The data sets of an exam's ZIP, in one order. */
async function dataSets(cookie) {
  const files = await patient.zip(program.web, cookie);
  return Object.entries(files).filter(([name]) => name.endsWith('.dcm')).map(([, bytes]) => patient.dataset(bytes).toString('base64')).sort();
}

const copies = () => readdirSync(join(place.dir, 'data'), { recursive: true }).filter((name) => /copies\/(?!incoming)[^/]+\/.*\/\d/.test(name));

async function frame(cookie) {
  const answer = await patient.get(program.web, cookie, '/images/data/series/1/instances/1/frames/1');
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

async function enter(page, of = sheet) {
  const origin = `http://${program.web}`;
  await page.goto(`${origin}/`);
  const [year, month, day] = of.born.split('-');
  await page.fill('#numero', of.number);
  await page.fill('#code', of.code);
  for (const [id, value] of [['jour', day], ['mois', month], ['annee', year]]) await page.fill(`#${id}`, value);
  await page.click('#porte button[type=submit]');
  await page.waitForURL((url) => url.pathname.startsWith('/examen'));
}

async function shown(page, name) {
  for (const [size, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 360, height: 640 }]]) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: join(shots, `${name}-${size}-fr.png`), fullPage: true });
    assert.deepEqual(await browser.accessibility(page), [], `${name} ${size}`);
  }
}

function brightness(png) {
  const { data } = PNG.sync.read(png);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at];
  return sum / (data.length / 4);
}

test('a CT stored by DCMTK is opened with its sheet', async () => {
  ct = find('CT');
  sheet = await feed(ct);
  const { cookie } = await patient.open(program.web, sheet);
  first = { cookie, sets: await dataSets(cookie), frame: await frame(cookie) };
  assert.equal(first.sets.length, ct.files.length);
  assert.equal(first.frame.status, 200);
  assert.ok(copies().length > 0);
});

test('two years and a day later the old visit and a new one get the expiry page, frames are refused, files go', async () => {
  // The last day, as the sheet itself says it.
  const [, day, month, year] = sheet.text.match(/en ligne jusqu.au\s+(\d+)\S*\s+(\p{L}+)\s+(\d{4})/u);
  program.moveTo(new Date(Number(year), MONTHS.indexOf(month), Number(day) + 1, 12));
  assert.equal((await frame(first.cookie)).status, 404);
  const { cookie } = await patient.open(program.web, sheet);
  assert.equal((await frame(cookie)).status, 404);
  for (const path of ['/examen/dicom.zip', '/examen/rapport.pdf', '/examen/rapport', '/images/data/series/1/thumbnail']) {
    assert.equal((await patient.get(program.web, cookie, path)).status, 404, path);
  }
  assert.match(await (await patient.get(program.web, cookie, '/examen')).text(), /Les images ne sont plus en ligne/);
  await until('the files are erased', () => copies().length === 0, 90);
});

test('with JavaScript the page follows the recall and opens the exam by itself, pixels equal', async () => {
  const origin = `http://${program.web}`;
  opened = await browser.open(origin, { viewport: { width: 360, height: 640 }, locale: 'fr-FR' });
  const { page, complaints } = opened;
  await enter(page);
  await shown(page, 'expired');
  // The page as it is while it waits, on a recall that stands still.
  await page.route('**/examen/rapatriement/suite', (route) => route.abort());
  await page.click('form[action="/examen/rapatrier"] button');
  await page.waitForURL((url) => ['/examen/rapatriement', '/examen'].includes(url.pathname));
  if (page.url().endsWith('/examen/rapatriement')) await shown(page, 'recall');
  await page.unroute('**/examen/rapatriement/suite');
  complaints.length = 0;
  await page.goto(`${origin}/examen`);
  await page.waitForURL(`${origin}/examen`, { timeout: 60_000 });
  await page.waitForSelector('a[href="/images/"]');
  assert.match(await page.textContent('.times'), /de nouveau en ligne jusqu/i);
  await shown(page, 'exam-again');
  const { cookie } = await patient.open(program.web, sheet);
  assert.deepEqual(await dataSets(cookie), first.sets, 'as it was received');
  assert.deepEqual((await frame(cookie)).bytes, first.frame.bytes, 'the same pixels');
  await page.goto(`${origin}/images/`);
  await until('the image is drawn', async () => brightness(await page.locator('canvas').first().screenshot()) > 4);
  assert.deepEqual(complaints, []);
});

test('thirty-one days later it is over again, and comes back again with the events alone', async () => {
  program.advance({ days: 31 });
  assert.equal((await frame((await patient.open(program.web, sheet)).cookie)).status, 404);
  const origin = `http://${program.web}`;
  const { page, complaints } = opened;
  complaints.length = 0;
  await enter(page);
  await page.click('form[action="/examen/rapatrier"] button');
  // No reload here: only the page's own events lead on.
  await page.waitForURL(`${origin}/examen`, { timeout: 60_000 });
  await page.waitForSelector('a[href="/images/"]');
  assert.deepEqual(complaints, []);
  const { cookie } = await patient.open(program.web, sheet);
  assert.deepEqual(await dataSets(cookie), first.sets);
});

test('while the archive cannot give it the page says so with the telephone, and goes on by itself once it can', async () => {
  program.advance({ days: 31 });
  const vault = join(place.dir, 'data/archive/vault');
  const objects = readdirSync(vault, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const path of objects) renameSync(path, `${path}.away`);
  const { page, complaints } = opened;
  complaints.length = 0;
  await enter(page);
  await page.click('form[action="/examen/rapatrier"] button');
  await page.waitForSelector('#retard:not([hidden])', { timeout: 30_000 });
  assert.match(await page.textContent('#retard'), /Revenez plus tard avec la même feuille, ou appelez le 02 00 00 00 00/);
  await shown(page, 'recall-late');
  for (const path of objects) renameSync(`${path}.away`, path);
  program.advance({ minutes: 1 });
  await page.waitForSelector('a[href="/images/"]', { timeout: 60_000 });
  assert.deepEqual(complaints, []);
});

test('without JavaScript the page is loaded again, and leads to the exam', async () => {
  program.advance({ days: 31 });
  const origin = `http://${program.web}`;
  const plain = await browser.open(origin, { viewport: { width: 360, height: 640 }, locale: 'fr-FR', javaScriptEnabled: false });
  try {
    await enter(plain.page);
    await plain.page.click('form[action="/examen/rapatrier"] button');
    await until('the exam is on line', async () => {
      await plain.page.waitForURL((url) => url.pathname.startsWith('/examen'));
      if (await plain.page.locator('a[href="/images/"]').count()) return true;
      await plain.page.click('#actualiser', { timeout: 2000 }).catch(() => plain.page.goto(`${origin}/examen`));
      return false;
    });
    assert.deepEqual(plain.complaints, []);
  } finally {
    await plain.close();
  }
});

test('a radiograph nobody chose to archive is erased after its six months, and nothing offers to bring it back', async () => {
  const radiograph = list.find((exam) => ['DX', 'CR'].includes(exam.modality));
  await opened.close();
  opened = null;
  await program.stop();
  const old = place;
  place = scratch();
  program = await start(place, { moved: true });
  const paper = await feed(radiograph);
  old.remove();
  program.advance({ days: 190 });
  // For a month the sheet still opens the page that says what became of the images.
  const late = await patient.open(program.web, paper);
  const page = await (await fetch(`http://${program.web}/examen`, { headers: { cookie: late.cookie } })).text();
  assert.match(page, /effacées/);
  assert.doesNotMatch(page, /apatrier/);
  await until('the files are erased', () => copies().length === 0, 90);
  // Then the code is refused like any.
  program.advance({ days: 31 });
  const answer = await patient.open(program.web, paper);
  assert.deepEqual([answer.status, answer.cookie], [403, null]);
});
