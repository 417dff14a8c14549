// The patient says who sees what: hidden from who ordered it, brought back, a physician designated, in three browsers; the
// same at the desk, with the page that says who sees it and why.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import { totp } from '../lib/totp.mjs';
import * as mailbox from '../lib/mailbox.mjs';
import { binary, readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
const ADDRESS = 'camille@exemple.fr';
const doctors = { 99700999032: 'Yann HOSPIFICTIF', 99700999016: 'Anne PRESCRIFICTIF' };
let place, program, mail, exam, sheet, origin, patient, orderer, other, staff;
const open = [];

async function window(size) {
  const opened = await browser.open(origin, { viewport: size, locale: 'fr-FR' });
  open.push(opened);
  return opened;
}

/** A doctor of the group's own accounts, logged in. */
async function doctor(rpps) {
  const args = ['--settings', place.settings, 'professional', 'add', '--rpps', rpps, '--name', doctors[rpps], '--proof', 'carte CPS'];
  const made = spawnSync(binary, args, { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const opened = await window({ width: 1440, height: 900 });
  await opened.page.goto(`${origin}/professionnel`);
  if (await opened.page.locator('summary').count()) await opened.page.click('summary');
  await opened.page.fill('#rpps', rpps);
  await opened.page.fill('#mot', made.stdout.match(/^password: (.+)$/m)[1]);
  await opened.page.fill('#code', totp(new URL(made.stdout.match(/^codes: (.+)$/m)[1]).searchParams.get('secret')));
  await opened.page.click('form button');
  await opened.page.waitForURL(`${origin}/professionnel/examens`);
  return opened;
}

async function listed({ page }) {
  await page.goto(`${origin}/professionnel/examens`);
  return (await page.$$('.exams li')).length;
}

const shot = (page, name) => page.screenshot({ path: join(shots, `statements-${name}.png`), fullPage: true });
const clean = async (page) => assert.deepEqual(await browser.accessibility(page), []);

before(async () => {
  mkdirSync(shots, { recursive: true });
  mail = await mailbox.listen();
  place = scratch(`[second-factor]\nrule = "required"\n${mail.settings}`);
  exam = exams.write(join(place.dir, 'exams')).find((one) => one.modality === 'CT');
  program = await start(place);
  origin = `http://${program.web}`;
  const rpps = readFileSync(exam.hl7.order, 'utf8').match(/8(9970099\d{4})\^/)[1];
  await hl7.send(program.hl7Port, [hl7.withAddress(readFileSync(exam.hl7.patient), ADDRESS), readFileSync(exam.hl7.order)]);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const path = await until('the sheet is in the output folder', () => sheets(place).map((name) => join(place.sheets, name)).find((one) => readSheet(one).text.includes(exam.accession)));
  sheet = readSheet(path);
  orderer = { rpps, ...(await doctor(rpps)) };
  const second = Object.keys(doctors).find((one) => one !== rpps);
  other = { rpps: second, ...(await doctor(second)) };
  await until('the orderer sees the exam', async () => (await listed(orderer)) === 1);
  assert.equal(await listed(other), 0);
});
after(async () => {
  for (const opened of open) await opened.close();
  await program?.stop();
  await mail?.close();
  place?.remove();
});

test('a patient who typed the code sent to them hides the exam from who ordered it, whose list loses it at once', async () => {
  patient = await window({ width: 360, height: 640 });
  const { page, complaints } = patient;
  const [year, month, day] = exam.born.split('-');
  await until('the site knows where to send the code', async () => {
    await page.goto(`${origin}/`);
    for (const [id, value] of [['numero', sheet.number], ['code', sheet.code], ['jour', day], ['mois', month], ['annee', year]]) await page.fill(`#${id}`, value);
    await page.click('#porte button[type=submit]');
    await page.waitForURL(`${origin}/verification`);
    return (await page.textContent('main')).includes('c•••@');
  });
  await page.fill('#code', await mail.code(ADDRESS));
  await page.click('button.main');
  await page.waitForURL(`${origin}/examen`);
  await page.click('a[href="/examen/choix"]');
  await shot(page, 'phone-fr');
  await clean(page);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling');
  await page.check(`input[name=qui][value="${orderer.rpps}"]`);
  await page.click('form:has(input[value=cacher]) button.main');
  assert.match(await page.textContent('main'), /ne verra plus ses résultats ici\. Prévenez-le/);
  await shot(page, 'check-phone-fr');
  await clean(page);
  assert.equal(await listed(orderer), 1, 'looked at, nothing is saved');
  await page.click('button.main');
  assert.match(await page.textContent('main'), /C’est enregistré/);
  assert.equal(await listed(orderer), 0, 'at once');
  await shot(page, 'made-phone-fr');
  await clean(page);
  assert.deepEqual(complaints, []);
});

test('the choice ended in one tap, the exam is back; a designated physician sees it', async () => {
  const { page } = patient;
  await page.click('form[action="/examen/choix/fin"] button');
  await until('the exam is back', async () => (await listed(orderer)) === 1);
  await page.goto(`${origin}/examen/choix`);
  await page.fill('#designer-rpps', other.rpps);
  await page.click('form:has(input[value=designer]) button');
  await page.click('button.main');
  assert.match(await page.textContent('main'), /Médecin désigné/);
  assert.equal(await listed(other), 1);
  await page.setViewportSize({ width: 1440, height: 900 });
  await shot(page, 'desktop-fr');
  await clean(page);
});

test('the desk reads what was said, sees who would lose what, and records a choice on paper', async () => {
  desk.account(place, 'accueil', 'desk');
  staff = await window({ width: 1440, height: 900 });
  const { page } = staff;
  const at = `http://${program.desk}`;
  await page.goto(`${at}/connexion`);
  await page.fill('#login', 'accueil');
  await page.fill('#password', desk.password);
  await page.click('main button');
  await page.waitForURL(`${at}/`);
  await page.click('main table a');
  await page.click('a[href$="/droits"]');
  await until('the designation has crossed', async () => {
    await page.reload();
    return (await page.textContent('main')).includes('Dit en ligne par la personne');
  });
  await shot(page, 'desk-fr');
  await clean(page);
  await page.selectOption('#qui', 'rpps');
  await page.fill('#rpps', other.rpps);
  await page.click('section:has(#dire) button');
  assert.match(await page.textContent('main'), /Après enregistrement/);
  await shot(page, 'desk-check-fr');
  await clean(page);
  await page.click('section:has(#brouillon) button');
  assert.match(await page.textContent('main'), /Enregistré à l'accueil par accueil/);
  await until('it has crossed', async () => (await listed(other)) === 0);
  assert.equal(await listed(orderer), 1, 'and nobody else loses anything');
  await page.setViewportSize({ width: 360, height: 640 });
  await page.reload();
  await shot(page, 'desk-phone-fr');
});
