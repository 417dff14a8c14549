// Prescribers log in by a real OpenID provider and see what they ordered, and nothing else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import * as openid from '../lib/provider.mjs';
import { binary, root, run, scratch, start, until } from '../lib/program.mjs';
import { totp } from '../lib/totp.mjs';

const shots = join(root, 'target/screenshots');
const yann = '99700999032';
const anne = '99700999016';
let place, program, provider, list, origin, doctor;

const freePort = () => new Promise((found) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => found(port));
  });
});

/** An account command of the program. */
function professional(...args) {
  const done = spawnSync(binary, ['--settings', place.settings, 'professional', ...args], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

before(async () => {
  mkdirSync(shots, { recursive: true });
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  provider = await openid.start(`${origin}/professionnel/retour`);
  place = scratch();
  const secret = join(place.dir, 'client-secret');
  writeFileSync(secret, 'secret-of-the-client-for-tests\n', { mode: 0o600 });
  const settings = readFileSync(place.settings, 'utf8').replace('[web]\nlisten = "127.0.0.1:0"', `[web]\nlisten = "127.0.0.1:${port}"`);
  writeFileSync(place.settings, `${settings}
[professionals]
oidc-issuer = "${provider.issuer}"
oidc-client-id = "negatoscope"
oidc-client-secret-file = "${secret}"
`);
  list = exams.write(join(place.dir, 'exams'));
  program = await start(place);
  for (const exam of list.filter(({ modality }) => ['CT', 'DX'].includes(modality))) {
    // Of one prescriber the information system knows no RPPS, only its own code.
    const order = readFileSync(exam.hl7.order, 'utf8').replaceAll(`8${anne}^PRESCRIFICTIF^Anne^^^^^^&1.2.250.1.71.4.2.1&ISO`, 'MED12^PRESCRIFICTIF^Anne');
    assert.deepEqual((await hl7.send(program.hl7Port, [readFileSync(exam.hl7.patient), Buffer.from(order)])).map(hl7.code), ['AA', 'AA']);
    run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
    const report = readFileSync(exam.hl7.report, 'utf8').replaceAll(`8${anne}^PRESCRIFICTIF^Anne^^^^^^&1.2.250.1.71.4.2.1&ISO`, 'MED12^PRESCRIFICTIF^Anne');
    assert.deepEqual((await hl7.send(program.hl7Port, [Buffer.from(report)])).map(hl7.code), ['AA']);
  }
  doctor = await browser.open(origin, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
});
after(async () => {
  await doctor?.close();
  await program?.stop();
  provider?.close();
  place?.remove();
});

/** From the door to the list, through the provider's page. */
async function login(page, rpps) {
  await page.goto(`${origin}/professionnel`);
  await page.click('a[href="/professionnel/connexion"]');
  await page.waitForURL(`${provider.issuer}/interaction/**`);
  await page.fill('input[name=rpps]', rpps);
  const back = page.waitForRequest((request) => request.url().startsWith(`${origin}/professionnel/retour`));
  await page.click('button');
  return (await back).url();
}

const shot = (page, name) => page.screenshot({ path: join(shots, `prescriber-${name}.png`), fullPage: true });
let callback;

test('a doctor logs in by the provider and finds the exam they ordered, new and with its report', async () => {
  const { page } = doctor;
  await page.goto(`${origin}/professionnel`);
  await shot(page, 'login-desktop-fr');
  assert.deepEqual(await browser.accessibility(page), []);
  callback = await login(page, yann);
  await page.waitForURL(`${origin}/professionnel/examens`);
  await until('the exam is in the list', async () => {
    await page.goto(`${origin}/professionnel/examens`);
    return (await page.$$('.mark-report')).length === 1;
  });
  assert.equal((await page.$$('.exams li')).length, 1, 'theirs alone');
  assert.equal((await page.$$('.exams li.unread')).length, 1);
  assert.match(await page.textContent('.exams'), /Camille FICTIF/);
  await shot(page, 'list-desktop-fr');
  assert.deepEqual(await browser.accessibility(page), []);
  const cookie = (await doctor.context.cookies(origin)).find(({ name }) => name === 'professionnel');
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
});

test('they read the report and the images, which the patient is told', async () => {
  const { page, complaints } = doctor;
  await page.click('.exams a');
  await page.waitForSelector('.sheets img');
  assert.match(await page.textContent('body'), /pas un dispositif médical/);
  await shot(page, 'exam-desktop-fr');
  assert.deepEqual(await browser.accessibility(page), []);
  const exam = page.url();
  await page.click(`a[href="${new URL(exam).pathname}/images/"]`);
  await page.waitForFunction(() => document.querySelector('canvas')?.width > 0, null, { timeout: 30000 });
  await page.goto(`${origin}/professionnel/examens`);
  assert.equal((await page.$$('.exams li.unread')).length, 0);
  await page.setViewportSize({ width: 360, height: 640 });
  await shot(page, 'list-phone-fr');
  await page.goto(exam);
  await shot(page, 'exam-phone-fr');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling');
  await page.setViewportSize({ width: 1440, height: 900 });
  assert.deepEqual(complaints.filter((line) => !line.includes(provider.issuer)), []);
});

test('a search goes in no address, and finds nothing that is not theirs', async () => {
  const { page } = doctor;
  for (const [words, found] of [['fictif camille', 1], ['lefevrefictif', 0], ['14/03/1958', 1]]) {
    await page.goto(`${origin}/professionnel/examens`);
    await page.fill('#recherche', words);
    await page.click('.search button');
    await page.waitForLoadState();
    assert.equal(page.url(), `${origin}/professionnel/examens`);
    assert.equal((await page.$$('.exams li')).length, found, words);
  }
});

test('another doctor finds nothing until the desk has matched their code, then finds their exam alone; a foreign exam is like none', async () => {
  const other = await browser.open(origin, { locale: 'fr-FR' });
  try {
    await login(other.page, anne);
    await other.page.waitForURL(`${origin}/professionnel/examens`);
    assert.match(await other.page.textContent('main'), /sans votre numéro RPPS/);
    desk.account(place, 'accueil', 'desk');
    const cookie = await desk.login(program.desk, 'accueil');
    assert.match(await desk.page(program.desk, cookie, '/'), /href="\/prescripteurs"/);
    assert.match(await desk.page(program.desk, cookie, '/prescripteurs'), /MED12/);
    const matched = await fetch(`http://${program.desk}/prescripteurs`, {
      method: 'POST', redirect: 'manual',
      headers: { cookie, origin: `http://${program.desk}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ code: 'MED12', rpps: anne }).toString(),
    });
    assert.equal(matched.status, 303);
    await until('the matched exam is in the list', async () => {
      await other.page.goto(`${origin}/professionnel/examens`);
      return (await other.page.$$('.exams li')).length === 1;
    });
    assert.match(await other.page.textContent('.exams'), /LEFEVREFICTIF/);
    const foreign = await doctor.page.goto(`${origin}/professionnel/examens`).then(() => doctor.page.getAttribute('.exams a', 'href'));
    const unknown = '/professionnel/examen/0190a0a0-0000-7000-8000-000000000000';
    for (const rest of ['', '/images/', '/images/data/series', '/rapport.pdf', '/dicom.zip', '/rapport/page/1']) {
      const [theirs, none] = await Promise.all([foreign, unknown].map(async (path) => {
        const answer = await other.context.request.get(`${origin}${path}${rest}`);
        return [answer.status(), (await answer.text()).replaceAll(path, '')];
      }));
      assert.deepEqual(theirs, none, rest);
      assert.equal(theirs[0], 404);
    }
  } finally {
    await other.close();
  }
});

test('a link of another program leads whoever logs in to the exam', async () => {
  const { page } = doctor;
  const id = (await page.goto(`${origin}/professionnel/examens`).then(() => page.getAttribute('.exams a', 'href'))).split('/').at(-1);
  const fresh = await browser.open(origin, { locale: 'fr-FR' });
  try {
    await fresh.page.goto(`${origin}/professionnel/contexte#${id}`);
    await fresh.page.waitForURL(`${origin}/professionnel`);
    await fresh.page.click('a[href="/professionnel/connexion"]');
    await fresh.page.fill('input[name=rpps]', yann);
    await fresh.page.click('button');
    await fresh.page.waitForURL(`${origin}/professionnel/examen/${id}`);
  } finally {
    await fresh.close();
  }
});

test('a callback that comes again opens nothing, nor does somebody without a number', async () => {
  const again = await browser.open(origin);
  try {
    const answer = await again.page.goto(callback);
    assert.equal(answer.status(), 403);
    assert.equal((await again.context.cookies(origin)).filter(({ name }) => name === 'professionnel').length, 0);
    await login(again.page, '10000000000');
    await again.page.waitForSelector('.notice');
    assert.equal((await again.context.cookies(origin)).filter(({ name }) => name === 'professionnel').length, 0);
  } finally {
    await again.close();
  }
});

test('an account that is ended ends the visit under way; a local one opens with its password and a code', async () => {
  const { page } = doctor;
  professional('end', '--rpps', yann);
  await page.goto(`${origin}/professionnel/examens`);
  assert.equal(page.url(), `${origin}/professionnel`);
  // The provider still knows them, and says so at once; here it opens nothing.
  await page.click('a[href="/professionnel/connexion"]');
  await page.waitForSelector('.notice');

  const made = professional('add', '--rpps', yann, '--name', 'Yann HOSPIFICTIF', '--proof', 'carte CPS');
  const [, password] = made.match(/^password: (.+)$/m);
  const secret = new URL(made.match(/^codes: (.+)$/m)[1]).searchParams.get('secret');
  await page.goto(`${origin}/professionnel`);
  await page.click('summary');
  await page.fill('#rpps', yann);
  await page.fill('#mot', password);
  await page.fill('#code', totp(secret));
  await page.click('form button');
  await page.waitForURL(`${origin}/professionnel/examens`);
  assert.equal((await page.$$('.exams li')).length, 1);
  await page.goto(`${origin}/professionnel/remplacements`);
  await shot(page, 'standin-desktop-fr');
  assert.deepEqual(await browser.accessibility(page), []);
  await page.click('.leave button');
  await page.waitForURL(`${origin}/professionnel`);
  await page.goto(`${origin}/professionnel/examens`);
  assert.equal(page.url(), `${origin}/professionnel`, 'logged out');
  assert.match(professional('list'), new RegExp(`${yann}\tYann HOSPIFICTIF\topen\tcarte CPS`));
  const told = program.log.join('\n');
  for (const secretWord of [password, secret, 'Camille', 'secret-of-the-client']) assert.ok(!told.includes(secretWord), 'in the log');
});
