// A modality sends an exam, the information system its patient, order and report, and the patient opens it with the
// code at the bottom of the report.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PNG } from 'pngjs';
import * as browser from '../lib/browser.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as patient from '../lib/patient.mjs';
import { binary, readQr, readSheet, root, run, scratch, sheets, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
let place, program, list, opened;

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch();
  list = exams.write(join(place.dir, 'exams'));
  program = await start(place);
});
after(async () => {
  await opened?.close();
  await program?.stop();
  place?.remove();
});

const find = (modality) => list.find((exam) => exam.modality === modality);

async function feed(exam) {
  const answers = await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]);
  assert.deepEqual(answers.map(hl7.code), ['AA', 'AA']);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], {
    env: { ...process.env, TCP_NODELAY: '1' },
  });
  const [answer] = await hl7.send(program.hl7Port, [readFileSync(exam.hl7.report)]);
  assert.equal(hl7.code(answer), 'AA');
}

async function sheetOf(exam) {
  const path = await until('the sheet is in the output folder', () =>
    sheets(place).map((name) => join(place.sheets, name)).find((path) => readSheet(path).text.includes(exam.accession)));
  return { path, born: exam.born, ...readSheet(path) };
}

test('DCMTK and HL7 feed an exam, and its sheet comes with number and code in its text', async () => {
  const exam = find('CT');
  await feed(exam);
  const sheet = await sheetOf(exam);
  assert.match(sheet.number, /^\d{3} \d{3} \d{3} \d$/);
  assert.match(sheet.code, /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$/);
  assert.match(sheet.text, /personnes de votre choix/);
});

test('the code typed from the sheet opens the exam in a browser, its images and its report', async () => {
  const exam = find('CT');
  const sheet = await sheetOf(exam);
  const origin = `http://${program.web}`;
  opened = await browser.open(origin, { viewport: { width: 360, height: 640 }, locale: 'fr-FR' });
  const { page, complaints } = opened;
  await page.goto(`${origin}/`);
  await page.screenshot({ path: join(shots, 'door-phone-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  const [year, month, day] = exam.born.split('-');
  await page.fill('#numero', sheet.number);
  await page.fill('#code', sheet.code.toLowerCase().replaceAll('0', 'o'));
  for (const [id, value] of [['jour', day], ['mois', month], ['annee', year]]) await page.fill(`#${id}`, value);
  await page.click('#porte button[type=submit]');
  await page.waitForURL(`${origin}/examen`);
  await page.screenshot({ path: join(shots, 'exam-phone-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);
  assert.ok((await page.textContent('body')).includes(exam.title));

  await page.click('a[href="/examen/rapport"]');
  await page.waitForSelector('main img');
  const broken = await page.$$eval('main img', (images) => images.filter((image) => image.complete && image.naturalWidth === 0).length);
  assert.equal(broken, 0);
  await page.screenshot({ path: join(shots, 'report-phone-fr.png'), fullPage: true });
  assert.deepEqual(await browser.accessibility(page), []);

  await page.goto(`${origin}/images/`);
  await page.waitForFunction(() => document.querySelector('canvas')?.width > 0);
  await until('the first image is drawn', async () => brightness(await page.locator('canvas').first().screenshot()) > 4);
  await page.screenshot({ path: join(shots, 'viewer-phone-fr.png') });
  assert.deepEqual(await browser.accessibility(page), []);
  assert.deepEqual(complaints, []);
});

/** Mean grey of a picture, 0–255. */
function brightness(png) {
  const { data } = PNG.sync.read(png);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at];
  return sum / (data.length / 4);
}

test('the other pages, both languages, phone and desktop, have nothing for axe to say', async () => {
  const origin = `http://${program.web}`;
  const { page, complaints } = opened;
  for (const [size, viewport] of [['phone', { width: 360, height: 640 }], ['desktop', { width: 1440, height: 900 }]]) {
    await page.setViewportSize(viewport);
    for (const lang of ['fr', 'en']) {
      for (const path of ['/examen', '/examen/rapport', '/examen/telechargements', '/examen/consultations', '/archivage', '/donnees', '/mentions', '/accessibilite', '/prescripteurs', '/images/']) {
        await page.goto(`${origin}${path}?lang=${lang}`);
        if (path === '/images/') await until('the image is drawn', async () => brightness(await page.locator('canvas').first().screenshot()) > 4);
        const name = path.replaceAll('/', '-').replace(/^-|-$/g, '') || 'door';
        await page.screenshot({ path: join(shots, `${name}-${size}-${lang}.png`), fullPage: true });
        assert.deepEqual(await browser.accessibility(page), [], `${path} ${lang} ${size}`);
        assert.equal(await page.getAttribute('html', 'lang'), lang, path);
      }
    }
  }
  await page.goto(`${origin}/examen?lang=fr`);
  assert.deepEqual(complaints, []);
});

test('the ZIP for a doctor holds every data set as it was sent', async () => {
  const exam = find('CT');
  const sheet = await sheetOf(exam);
  const { cookie } = await patient.open(program.web, sheet);
  const files = await patient.zip(program.web, cookie);
  const received = Object.entries(files).filter(([name]) => name.endsWith('.dcm')).map(([, bytes]) => patient.dataset(bytes).toString('base64'));
  const sent = exam.files.map((path) => patient.dataset(readFileSync(path)).toString('base64'));
  assert.deepEqual(received.sort(), sent.sort());
});

test('the pictures to look at are JPEG files, one for each image', async () => {
  const sheet = await sheetOf(find('CT'));
  const { cookie } = await patient.open(program.web, sheet);
  const files = await patient.zip(program.web, cookie, '/examen/images.zip');
  const pictures = Object.entries(files).filter(([name]) => name.endsWith('.jpg'));
  assert.equal(pictures.length, find('CT').files.length);
  for (const [name, bytes] of pictures) assert.deepEqual([...bytes.subarray(0, 3)], [0xff, 0xd8, 0xff], name);
});

test('the QR of the sheet, decoded from a picture of it, opens the same exam with the birth date', async () => {
  const exam = find('CT');
  const sheet = await sheetOf(exam);
  const url = readQr(sheet.path);
  const origin = `http://${program.web}`;
  assert.ok(url.startsWith(`${origin}/#`), 'the token is in the fragment');
  const second = await browser.open(origin);
  try {
    await second.page.goto(url);
    await second.page.waitForSelector('#porte-qr:not([hidden])');
    assert.equal(await second.page.evaluate(() => location.hash), '', 'the token leaves the address bar');
    const [year, month, day] = exam.born.split('-');
    for (const [id, value] of [['jour', day], ['mois', month], ['annee', year]]) await second.page.fill(`#qr-${id}`, value);
    await second.page.click('#porte-qr button[type=submit]');
    await second.page.waitForURL(`${origin}/examen`);
    assert.ok((await second.page.textContent('body')).includes(exam.title));
    assert.deepEqual(second.complaints, []);
  } finally {
    await second.close();
  }
});

test('the door works without JavaScript', async () => {
  const exam = find('CT');
  const sheet = await sheetOf(exam);
  const origin = `http://${program.web}`;
  const plain = await browser.open(origin, { javaScriptEnabled: false });
  try {
    await plain.page.goto(`${origin}/`);
    const [year, month, day] = exam.born.split('-');
    await plain.page.fill('#numero', sheet.number);
    await plain.page.fill('#code', sheet.code);
    for (const [id, value] of [['jour', day], ['mois', month], ['annee', year]]) await plain.page.fill(`#${id}`, value);
    await plain.page.click('#porte button[type=submit]');
    await plain.page.waitForURL(`${origin}/examen`);
    await plain.page.click('a[href="/examen/rapport"]');
    assert.ok((await plain.page.$$('main img')).length > 0);
  } finally {
    await plain.close();
  }
});

test('pynetdicom sends a mammogram, a radiograph and an ultrasound, and each opens with its own code', { skip: !process.env.NEGATOSCOPE_PYTHON && 'no python with pynetdicom' }, async () => {
  for (const modality of ['MG', 'DX', 'US']) {
    const exam = find(modality);
    const answers = await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((name) => readFileSync(exam.hl7[name])));
    assert.deepEqual(answers.map(hl7.code), ['AA', 'AA', 'AA']);
    const said = run(process.env.NEGATOSCOPE_PYTHON, [join(import.meta.dirname, '../lib/store.py'), String(program.dicomPort), ...exam.files]);
    assert.equal(said.trim().split('\n').filter((line) => line.endsWith(' 0000')).length, exam.files.length);
    const sheet = await sheetOf(exam);
    const { cookie } = await patient.open(program.web, sheet);
    const files = await patient.zip(program.web, cookie);
    assert.equal(Object.keys(files).filter((name) => name.endsWith('.dcm')).length, exam.files.length);
    const { page } = opened;
    await page.context().clearCookies();
    const [name, value] = cookie.split('=');
    await page.context().addCookies([{ name, value, url: `http://${program.web}` }]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`http://${program.web}/images/`);
    await until('the image is drawn', async () => brightness(await page.locator('canvas').first().screenshot()) > 4);
    await page.screenshot({ path: join(shots, `viewer-${modality.toLowerCase()}-desktop.png`) });
  }
});

test('who has looked is listed, and both logs prove', async () => {
  const sheet = await sheetOf(find('CT'));
  const { cookie } = await patient.open(program.web, sheet);
  const text = await (await patient.get(program.web, cookie, '/examen/consultations')).text();
  assert.match(text, /<li/);
  await program.stop();
  const said = run(binary, ['--settings', place.settings, 'trace', 'verify']);
  assert.match(said, /archive: \d+ leaves/);
  assert.match(said, /diffusion: \d+ leaves/);
  program = await start(place);
});

test('everything sealed verifies, and the record made again from the vault says the same', async () => {
  await until('everything is sealed', async () => {
    await program.stop();
    const fine = run(binary, ['--settings', place.settings, 'verify']);
    program = await start(place);
    return /\(0 not sealed yet\), .* 0 problems/.test(fine) && Number(fine.match(/(\d+) instances/)[1]) >= find('CT').files.length;
  });
});

test('no code, token or name stands in a data folder or a log', async () => {
  const sheet = await sheetOf(find('CT'));
  const token = readQr(sheet.path).split('#')[1];
  await program.stop();
  const compact = sheet.code.replaceAll('-', '');
  for (const secret of [sheet.code, compact, compact.slice(0, 12), token]) {
    const found = run('bash', ['-c', `grep -rlaF -- "$1" "$2" || true`, 'bash', secret, join(place.dir, 'data')]);
    assert.equal(found, '', 'a secret lies in the data folder');
  }
  const log = program.log.join('\n');
  for (const exam of list) {
    for (const word of [exam.birth_name, exam.family_name, exam.first_name, exam.born, exam.born.replaceAll('-', '')]) {
      assert.ok(!log.includes(word), 'a log line names a patient');
    }
  }
  assert.ok(!log.includes(compact) && !log.includes(sheet.code) && !log.includes(token));
  program = await start(place);
});
