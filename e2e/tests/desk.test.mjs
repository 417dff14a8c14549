// The desk: an exam nobody announced waits in the work list; a sheet printed by hand opens the exam, even without report.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readSheet, root, run, scratch, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
const password = 'une phrase assez longue';
let place, program, exam, opened;

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  const made = spawnSync(binary, ['--settings', place.settings, 'staff', 'add', '--login', 'accueil', '--name', 'Accueil', '--role', 'desk'], { input: password, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  exam = exams.write(join(place.dir, 'exams')).find((exam) => exam.modality === 'DX');
  program = await start(place);
  opened = await browser.open(`http://${program.desk}`, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
});
after(async () => {
  await opened?.close();
  await program?.stop();
  place?.remove();
});

test('a wrong password stays out, the right one comes in', async () => {
  const { page } = opened;
  await page.goto(`http://${program.desk}/`);
  assert.match(page.url(), /connexion/);
  assert.deepEqual(await browser.accessibility(page), []);
  await page.fill('#login', 'accueil');
  await page.fill('#password', 'pas la bonne phrase');
  await page.click('main button');
  assert.match(await page.textContent('main'), /incorrect/);
  await page.fill('#login', 'accueil');
  await page.fill('#password', password);
  await page.click('main button');
  await page.waitForURL(`http://${program.desk}/`);
});

test('images of somebody unknown wait in the work list, and nothing of them is published', async () => {
  const { page } = opened;
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await page.goto(`http://${program.desk}/doutes`);
  assert.match(await page.textContent('main'), /n'a pas annoncé ce patient/);
  await page.screenshot({ path: join(shots, 'desk-doubts-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  await page.goto(`http://${program.desk}/`);
  assert.match(await page.textContent('main'), /identité en attente/);
});

test('once the information system names the patient the exam is published, and a sheet printed at the desk opens it', async () => {
  const { page } = opened;
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]);
  await until('it is on line', async () => {
    await page.goto(`http://${program.desk}/`);
    return /en ligne/.test(await page.textContent('main'));
  });
  await page.screenshot({ path: join(shots, 'desk-exams-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  await page.fill('#q', exam.family_name.toLowerCase().slice(0, 5));
  await page.click('form.search button');
  await page.click('tbody a');
  await page.waitForSelector('#sheets');
  await page.screenshot({ path: join(shots, 'desk-exam-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  const cookies = (await opened.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const printed = await fetch(`${page.url()}/feuille`, { method: 'POST', headers: { cookie: cookies, origin: `http://${program.desk}` }, body: new URLSearchParams({}) });
  assert.equal(printed.headers.get('content-type'), 'application/pdf');
  assert.equal(printed.headers.get('cache-control'), 'no-store');
  const path = join(place.dir, 'printed.pdf');
  writeFileSync(path, Buffer.from(await printed.arrayBuffer()));
  const sheet = { ...readSheet(path), born: exam.born };
  const { cookie } = await patient.open(program.web, sheet);
  assert.ok(cookie, 'the printed code opens');
  assert.match(await (await patient.get(program.web, cookie, '/examen')).text(), /pas encore disponible/);
  await page.reload();
  await page.click('button.quiet:has-text("Annuler")');
  await page.waitForSelector('text=Annulée');
  assert.equal((await patient.get(program.web, cookie, '/examen')).status, 404, 'a cancelled sheet ends its sessions');
  assert.equal((await patient.open(program.web, sheet)).cookie, null);
});

test('the keeper reads that this is not for production', async () => {
  const { page, complaints } = opened;
  await page.goto(`http://${program.desk}/etat`);
  assert.match(await page.textContent('main'), /Pas pour la production/);
  await page.screenshot({ path: join(shots, 'desk-keeper-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  assert.deepEqual(complaints.filter((line) => !line.includes('403')), []);
});
