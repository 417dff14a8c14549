// A hundred wrong codes on one number: the desk reads it in its list, its work list and on the exam's page, and replaces
// the sheet there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
const password = 'une phrase assez longue';
let place, program, sheet, exam, opened;

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  spawnSync(binary, ['--settings', place.settings, 'staff', 'add', '--login', 'accueil', '--name', 'Accueil', '--role', 'desk'], { input: password });
  exam = exams.write(join(place.dir, 'exams')).find((exam) => exam.modality === 'DX');
  program = await start(place);
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const path = await until('the sheet', () => sheets(place).map((name) => join(place.sheets, name))[0]);
  sheet = { ...readSheet(path), born: exam.born };
  opened = await browser.open(`http://${program.desk}`, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
});
after(async () => {
  await opened?.close();
  await program?.stop();
  place?.remove();
});

test('the desk is told of a locked number and replaces its sheet', async () => {
  const wrong = { ...sheet, code: '0000-0000-0000-0' };
  for (let host = 1; host <= 21; host += 1) {
    for (let k = 0; k < 5; k += 1) assert.equal((await patient.open(program.web, wrong, `127.2.0.${host}`)).cookie, null);
  }
  assert.equal((await patient.open(program.web, sheet, '127.3.0.1')).cookie, null, 'the right code opens nothing now');
  const { page } = opened;
  await page.goto(`http://${program.desk}/`);
  await page.fill('#login', 'accueil');
  await page.fill('#password', password);
  await page.click('main button');
  await until('the list says so', async () => {
    await page.goto(`http://${program.desk}/`);
    return /numéro bloqué/.test(await page.textContent('main'));
  });
  await page.goto(`http://${program.desk}/etat`);
  assert.match(await page.textContent('main'), /Un numéro d’examen bloqué/);
  await page.goto(`http://${program.desk}/doutes`);
  assert.match(await page.textContent('main'), /Numéro d’examen bloqué/);
  assert.deepEqual(await browser.accessibility(page), []);
  await page.click('article.doubt a');
  await page.waitForSelector('text=Remplacer la feuille');
  await page.screenshot({ path: join(shots, 'desk-locked-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  const cookies = (await opened.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const action = await page.locator('form:has(button:has-text("Remplacer la feuille"))').getAttribute('action');
  const field = await page.locator('form:has(button:has-text("Remplacer la feuille")) input').getAttribute('name');
  const printed = await fetch(`http://${program.desk}${action}`, { method: 'POST', headers: { cookie: cookies, origin: `http://${program.desk}` }, body: new URLSearchParams({ [field]: 'oui' }) });
  const path = join(place.dir, 'replaced.pdf');
  writeFileSync(path, Buffer.from(await printed.arrayBuffer()));
  const replaced = await patient.open(program.web, { ...readSheet(path), born: exam.born }, '127.3.0.2');
  assert.ok(replaced.cookie, 'the new sheet opens');
  await page.goto(`http://${program.desk}/doutes`);
  assert.doesNotMatch(await page.textContent('main'), /Numéro d’examen bloqué/);
});
