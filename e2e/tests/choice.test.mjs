// The archive at the patient's choice, asked at the desk, shown to the patient, taken back; a class put right.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
const password = 'une phrase assez longue';
let place, program, exam, opened, sheet;

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch('[choice]\nsites = ["*"]\nprice-cents = 3000\nadvice = ["other=comparison"]\n');
  const made = spawnSync(binary, ['--settings', place.settings, 'staff', 'add', '--login', 'accueil', '--name', 'Accueil', '--role', 'desk'], { input: password, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  exam = exams.write(join(place.dir, 'exams')).find((exam) => exam.modality === 'DX');
  program = await start(place);
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const [name] = await until('its sheet', () => (sheets(place).length > 0 ? sheets(place) : null));
  sheet = { ...readSheet(join(place.sheets, name)), born: exam.born };
  opened = await browser.open(`http://${program.desk}`, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  const { page } = opened;
  await page.goto(`http://${program.desk}/`);
  await page.fill('#login', 'accueil');
  await page.fill('#password', password);
  await page.click('main button');
  await page.click('tbody a');
  await page.waitForSelector('#archivage');
});
after(async () => {
  await opened?.close();
  await program?.stop();
  place?.remove();
});

/** What the patient reads on the exam's page. */
async function patientReads() {
  const { cookie } = await patient.open(program.web, sheet);
  assert.ok(cookie, 'the sheet opens');
  return (await patient.get(program.web, cookie, '/examen')).text();
}

test('the notice, its version, the price and the advice stand beside a yes and a no of one size', async () => {
  const { page } = opened;
  const text = await page.textContent('section:has(#archivage)');
  for (const said of ['version 2026-11', '30,00', 'au moins 20 ans', 'comparer plus tard', 'Ce choix est libre']) assert.ok(text.includes(said), said);
  const boxes = await Promise.all(['oui', 'non'].map((value) => page.locator(`button.answer[value=${value}]`).boundingBox()));
  assert.deepEqual([boxes[0].width, boxes[0].height], [boxes[1].width, boxes[1].height]);
  assert.ok(boxes[0].height >= 44);
  assert.match(await patientReads(), /Un archivage payant \(30,00/);
  for (const [size, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 360, height: 640 }]]) {
    await page.setViewportSize(viewport);
    for (const lang of ['fr', 'en']) {
      await page.goto(`${page.url().split('?')[0]}?lang=${lang}`);
      await page.screenshot({ path: join(shots, `desk-choice-${size}-${lang}.png`), fullPage: true });
      assert.deepEqual(await browser.accessibility(page), [], `${size} ${lang}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `nothing sticks out: ${size} ${lang}`);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${page.url().split('?')[0]}?lang=fr`);
});

test('a form from another site changes nothing', async () => {
  const cookies = (await opened.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const answer = await fetch(`${opened.page.url().split('?')[0]}/archivage`, { method: 'POST', redirect: 'manual', headers: { cookie: cookies, origin: 'http://ailleurs.exemple' }, body: new URLSearchParams({ reponse: 'oui', version: '2026-11', prix: '3000' }) });
  assert.equal(answer.status, 403);
});

test('a no is recorded, then a yes: the patient reads until when the images are kept', async () => {
  const { page } = opened;
  await page.click('button.answer[value=non]');
  await page.waitForSelector("text=n'a pas voulu");
  assert.match(await patientReads(), /pas choisi l.archivage/);
  await page.click('button.answer[value=oui]');
  await page.waitForSelector("text=Le patient a choisi l'archivage");
  await until('the patient reads it', async () => /au moins jusqu.au/.test(await patientReads()));
  assert.equal(sheets(place).length, 1, 'the same sheet opens: nothing was printed again');
  assert.deepEqual(await browser.accessibility(page), []);
  await page.screenshot({ path: join(shots, 'desk-choice-chosen-fr.png'), fullPage: true });
});

test('a yes is taken back, and every answer stays with what was shown', async () => {
  const { page } = opened;
  assert.match(await page.textContent('section:has(#archivage)'), /puis sont effacées/);
  await page.click('button.answer[value=reprendre]');
  await page.waitForSelector('text=est revenu sur son oui');
  await until('the patient reads it', async () => !/au moins jusqu.au/.test(await patientReads()));
  assert.equal(await page.locator('section:has(#archivage) ul.history > li').count(), 3);
  assert.match(await page.textContent('section:has(#archivage) ul.history'), /par accueil/);
});

test('a class put right carries its author and moves the dates', async () => {
  const { page } = opened;
  await page.click('section:has(#type) summary');
  await page.selectOption('#classe', 'mg-followup');
  await page.fill('#raison', 'suivi, dit le médecin');
  await page.click('section:has(#type) button');
  await page.waitForSelector('text=décidé par une personne');
  const text = await page.textContent('section:has(#type)');
  assert.match(text, /suivi, dit le médecin.*par accueil/s);
  assert.match(await page.textContent('section:has(#archivage)'), /rien à demander/);
  await until('the patient reads it', async () => /au moins jusqu.au/.test(await patientReads()));
  assert.deepEqual(opened.complaints.filter((line) => !line.includes('403')), []);
});
