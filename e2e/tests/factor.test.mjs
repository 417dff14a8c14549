// The second factor, read from a real mail server; an exam shared with a person, ended while that person looks; a link
// that was forwarded.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as mailbox from '../lib/mailbox.mjs';
import { readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
const ANNE = 'anne.canari@domaine.exemple.fr';
const PAUL = 'paul@exemple.fr';
let place, program, mail, exam, sheet, anne, paul, origin;

before(async () => {
  mkdirSync(shots, { recursive: true });
  mail = await mailbox.listen();
  place = scratch(`[second-factor]\nrule = "required"\n${mail.settings}`);
  exam = exams.write(join(place.dir, 'exams')).find((one) => one.modality === 'CT');
  program = await start(place);
  origin = `http://${program.web}`;
});
after(async () => {
  await anne?.close();
  await paul?.close();
  await program?.stop();
  await mail?.close();
  place?.remove();
});

async function typeThree(page) {
  await page.goto(`${origin}/`);
  const [year, month, day] = exam.born.split('-');
  for (const [id, value] of [['numero', sheet.number], ['code', sheet.code], ['jour', day], ['mois', month], ['annee', year]]) {
    await page.fill(`#${id}`, value);
  }
  await page.click('#porte button[type=submit]');
}

async function typeCode(page, code) {
  await page.fill('#code', code);
  await page.click('button.main');
}

test('after the three, a code goes to the address that the information system had told; typed, it opens the exam', async () => {
  const answers = await hl7.send(program.hl7Port, [hl7.withAddress(readFileSync(exam.hl7.patient), ANNE), readFileSync(exam.hl7.order)]);
  assert.deepEqual(answers.map(hl7.code), ['AA', 'AA']);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  const path = await until('the sheet is in the output folder', () => sheets(place).map((name) => join(place.sheets, name)).find((one) => readSheet(one).text.includes(exam.accession)));
  sheet = readSheet(path);
  anne = await browser.open(origin, { viewport: { width: 360, height: 640 }, locale: 'fr-FR' });
  const { page, complaints } = anne;
  // The words of the exam, contacts included, follow its code by a moment.
  await until('the site knows where to send the code', async () => {
    await typeThree(page);
    await page.waitForURL(`${origin}/verification`);
    return (await page.textContent('main')).includes('a•••@d•••.fr');
  });
  assert.ok(!(await page.content()).includes('canari'));
  await page.screenshot({ path: join(shots, 'factor-phone-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  await page.goto(`${origin}/images/`);
  assert.equal(page.url(), `${origin}/verification`, 'nothing opens before the code');
  const code = await mail.code(ANNE);
  const letter = mail.latest(ANNE);
  assert.doesNotMatch(letter.subject, /\d/);
  for (const personal of [exam.title, sheet.number.replaceAll(' ', ''), sheet.number]) assert.ok(!letter.raw.includes(personal));
  await typeCode(page, String((Number(code) + 1) % 1_000_000).padStart(6, '0'));
  assert.match(await page.textContent('main'), /n’est pas le bon/);
  await page.screenshot({ path: join(shots, 'factor-wrong-phone-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  await typeCode(page, code);
  await page.waitForURL(`${origin}/examen`);
  assert.ok((await page.textContent('main')).includes(exam.title));
  // The refusal of the wrong code is the only error a console tells.
  assert.deepEqual(complaints.filter((line) => !line.includes('403')), []);
});

test('an exam is shared with a person, whose code goes to that person’s address; a forwarded link opens nothing', async () => {
  const { page } = anne;
  await page.click('a[href="/examen/partages"]');
  await page.fill('#adresse', PAUL);
  await page.click('button.main');
  assert.match(await page.textContent('main'), /L’invitation est envoyée/);
  await page.screenshot({ path: join(shots, 'share-phone-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  const link = mail.latest(PAUL).text.match(/http\S+\/partage#[0-9a-f]{32}/)[0];
  paul = await browser.open(origin, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  await paul.page.goto(link);
  assert.ok(!paul.page.url().includes('#'), 'the secret leaves the address');
  await paul.page.screenshot({ path: join(shots, 'invited-desktop-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(paul.page), []);
  // Somebody else, to whom the link was forwarded, in a browser of their own.
  const other = await paul.browser.newContext({ locale: 'fr-FR' });
  const stranger = await other.newPage();
  await stranger.goto(link);
  await stranger.click('button.main');
  await stranger.waitForURL(`${origin}/verification`);
  for (const address of ['/examen', '/examen/rapport', '/images/']) {
    await stranger.goto(`${origin}${address}`);
    assert.equal(stranger.url(), `${origin}/verification`, address);
  }
  const seen = mail.letters.filter((letter) => letter.to === PAUL).length;
  await paul.page.click('button.main');
  await paul.page.waitForURL(`${origin}/verification`);
  await typeCode(paul.page, await mail.code(PAUL, seen));
  await paul.page.waitForURL(`${origin}/examen`);
  assert.equal(await paul.page.locator('a[href="/examen/telechargements"], a[href="/examen/partages"]').count(), 0);
  await paul.page.screenshot({ path: join(shots, 'invited-exam-desktop-fr.png'), fullPage: true });
  await until('the patient is told', async () => /ouvert/.test(mail.latest(ANNE).subject));
  assert.deepEqual(paul.complaints, []);
});

test('ended in one tap, the share is dead at the next request in the other browser, its images included', async () => {
  await paul.page.goto(`${origin}/images/`);
  await paul.page.waitForFunction(() => document.querySelector('canvas')?.width > 0);
  await anne.page.goto(`${origin}/examen/partages`);
  await anne.page.click('form[action="/examen/partages/fin"] button');
  assert.match(await anne.page.textContent('main'), /Le partage est terminé/);
  await anne.page.screenshot({ path: join(shots, 'share-ended-phone-fr.png'), fullPage: true });
  for (const address of ['/examen', '/images/', '/examen/rapport']) {
    assert.equal((await paul.page.goto(`${origin}${address}`)).status(), 404, address);
  }
  await anne.page.goto(`${origin}/examen/consultations`);
  assert.match(await anne.page.textContent('main'), /par une personne invitée/);
});
