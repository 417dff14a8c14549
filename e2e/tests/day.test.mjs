// A day of a practice that runs on this information system: 40 patients by forms, HL7 and DICOM; orders, exams, reports,
// choices, invoices, care sheets to a simulated fund, its answers, what it rejects corrected: the books balance to the cent.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import { binary, root, run, scratch, start, until } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
let place, program, opened, folder, fund, cookie;
const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date());

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch('[choice]\nsites = ["*"]\nprice-cents = 3000\n');
  folder = join(place.dir, 'fund');
  appendFileSync(place.settings, `[practice]\nsimulated-fund = "${folder}"\nbiller = "351000000"\nperformer = "10000023084"\nrooms = ["Radio=DX", "Radio 2=DX"]\n`);
  desk.account(place, 'accueil', 'desk');
  program = await start(place);
  opened = await browser.open(`http://${program.desk}`, { viewport: { width: 1440, height: 900 }, locale: 'fr-FR' });
  const { page } = opened;
  await page.goto(`http://${program.desk}/`);
  await page.fill('#login', 'accueil');
  await page.fill('#password', 'une phrase assez longue');
  await page.click('main button');
  await page.waitForSelector('#q');
});
after(async () => {
  fund?.kill();
  await opened?.close();
  await program?.stop();
  place?.remove();
});

/** Looks at the page on a desk's screen in French and on a telephone in English. */
async function look(name) {
  const { page } = opened;
  const url = page.url().split('?')[0];
  for (const [size, lang, viewport] of [['desktop', 'fr', { width: 1440, height: 900 }], ['phone', 'en', { width: 360, height: 640 }]]) {
    await page.setViewportSize(viewport);
    await page.goto(`${url}?lang=${lang}`);
    await page.screenshot({ path: join(shots, `desk-${name}-${size}-${lang}.png`), fullPage: true });
    assert.deepEqual(await browser.accessibility(page), [], `${name} ${size} ${lang}`);
    const wide = () => [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > window.innerWidth).map((e) => e.outerHTML.slice(0, 120));
    assert.deepEqual(await page.evaluate(wide), [], `nothing sticks out: ${name} ${size} ${lang}`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${url}?lang=fr`);
}

test('a patient, their rights and an order are made by the forms, without a script', async () => {
  const { page } = opened;
  await page.goto(`http://${program.desk}/jour`);
  await page.click('a[href="/patients/nouveau"]');
  await look('patient-new');
  await page.fill('#naissance', 'Lefèvre-Dùpont');
  await page.fill('#prenoms', 'Marie Hélène');
  await page.fill('#usage', 'Petit');
  await page.selectOption('#sexe', 'F');
  await page.fill('#ne', '31/02/1958');
  await page.click('main button:has-text("Enregistrer")');
  assert.match(await page.textContent('[role=alert]'), /date de naissance/);
  assert.equal(await page.inputValue('#prenoms'), 'Marie Hélène', 'what was typed stays');
  await page.fill('#ne', '28/02/1958');
  await page.click('main button:has-text("Enregistrer")');
  await page.fill('#nir', '2 58 02 75 115 001 00');
  await page.fill('#organisme', '01 351 0001');
  await page.click('button:has-text("Enregistrer les droits")');
  assert.match(await page.textContent('[role=alert]'), /NIR est faux/);
  await page.fill('#nir', '279035121518989');
  await page.fill('#organisme', '01 351 0001');
  await page.click('button:has-text("Enregistrer les droits")');
  await page.fill('#acte', 'ZBQK002');
  await page.fill('#quand', `${today}T08:15`);
  await page.fill('#rpps', '99700366240');
  await page.fill('#medecin', 'EXEMPLE Bruno');
  await page.click('button:has-text("Réserver")');
  await page.click('button:has-text("Le patient est arrivé")');
  assert.match(await page.textContent('main'), /arrivé/);
  await look('appointment');
  await page.click('dl a');
  await look('patient');
});

test('whoever types the name without accents, the used or the birth name, or half the date finds the patient', async () => {
  const { page } = opened;
  for (const [who, born] of [['lefevre dupont', ''], ['petit', '1958'], ['MARIE-HELENE', '02/1958'], ['', '28/02/1958']]) {
    await page.goto(`http://${program.desk}/jour`);
    await page.fill('#qui', who);
    await page.fill('#ne', born);
    await page.press('#qui', 'Enter');
    assert.match(await page.textContent('h1'), /Petit/i, `${who} ${born}`);
    assert.ok(!page.url().includes('?'), 'no name in the address');
  }
  await page.goto(`http://${program.desk}/jour`);
  assert.match(await page.textContent('main'), /08|8 h 15/);
});

/** Posts a form of the desk without a browser; where it leads. */
async function post(path, fields) {
  const answer = await fetch(`http://${program.desk}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: `http://${program.desk}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
  const where = answer.headers.get('location');
  if (answer.status !== 303) throw new Error(`${path} was answered ${answer.status}: ${(await answer.text()).match(/role="alert"[^>]*>([^<]*)/)?.[1] ?? ''}`);
  return where;
}

const get = (path) => desk.page(program.desk, cookie, path);

/** What a form proposes. */
const proposed = (html, name) => html.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1] ?? '';

/** Issues the invoice that the form at `path` proposes; its number. */
async function bill(path, more = {}) {
  const html = await get(path);
  const fields = { formulaire: proposed(html, 'formulaire'), acte1: proposed(html, 'acte1'), modif1: proposed(html, 'modif1'), tiers: 'oui', quoi: 'emettre' };
  const about = Object.fromEntries(new URL(path, 'http://x').searchParams);
  return Number((await post('/facturer', { ...fields, ...about, ...more })).split('/').at(-1));
}

/** Pays at the desk what the invoice still asks of the patient. */
async function pay(number) {
  const html = await get(`/factures/${number}`);
  const montant = proposed(html, 'montant') || html.match(/id="montant"[^>]*value="([^"]*)"/)?.[1];
  if (!montant) return;
  const formulaire = html.match(/name="formulaire" value="([^"]*)"/)[1];
  for (let twice = 0; twice < 2; twice += 1) await post(`/factures/${number}/paiement`, { montant, moyen: 'card', formulaire });
}

const cents = (text) => Number(text.replace('−', '-').replace(/[^0-9-]/g, ''));
const count = async (stage) => Number((await get('/feuilles')).match(new RegExp(`id="etat-${stage}">(\\d+)`))[1]);
const startFund = () => { fund = spawn(binary, ['simulate-fund', folder], { stdio: 'ignore' }); };

const invoices = [];
const unknown = [];

test('forty patients by HL7 and the forms, with their orders, exams by DCMTK, reports and invoices', async () => {
  cookie = await desk.login(program.desk, 'accueil');
  const made = exams.write(join(place.dir, 'exams'));
  const people = Array.from({ length: 40 - 1 - made.length }, (_, n) => ({ id: `D${100 + n}`, name: `JOURNEE${String.fromCharCode(65 + (n % 26))}${n}` }));
  const adt = ({ id, name }, n) => `MSH|^~\\&|RIS|CAB|NEGATOSCOPE|CAB|20261125080000||ADT^A04^ADT_A01|J${n}|P|2.5|||||FRA|UNICODE UTF-8\rEVN||20261125080000\rPID|||${id}^^^CABINET^PI||${name}^CLAIRE^^^^^L||19700${1 + (n % 9)}15|F\rPV1||O`;
  const answers = await hl7.send(program.hl7Port, [
    ...people.map(adt), ...made.flatMap((exam) => [readFileSync(exam.hl7.patient), readFileSync(exam.hl7.order)]),
  ]);
  assert.ok(answers.every((answer) => hl7.code(answer) === 'AA'));
  const files = made.flatMap((exam) => exam.files);
  run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...files], { env: { ...process.env, TCP_NODELAY: '1' } });
  await hl7.send(program.hl7Port, made.map((exam) => readFileSync(exam.hl7.report)));
  const rights = { nir: '279035121518989', rang: '1', exoneration: 'none', parcours: 'oui' };
  for (const [n, person] of people.entries()) {
    const patient = await post('/patients/chercher', { qui: person.id, ne: "" });
    const body = n < 2 ? '01 999 0001' : '01 351 0001';
    await post(`${patient}/droits`, { ...rights, organisme: body });
    const at = 9 * 60 + 10 * Math.floor(n / 2);
    const quand = `${today}T${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
    const booked = await post(`${patient}/rendez-vous`, { salle: n % 2 ? 'Radio 2' : 'Radio', quand, minutes: '10', acte: 'ZBQK002', rpps: '99700366240' });
    for (const etat of ['arrive', 'fait']) await post(`${booked}/etat`, { etat });
    invoices.push(await bill(`/facturer?rdv=${booked.split('/').at(-1)}`));
    if (n < 2) unknown.push({ patient, number: invoices.at(-1) });
  }
  const listed = await until('the exams are identified', async () => {
    const ids = [...new Set([...(await get('/')).matchAll(/href="\/examen\/([^"]+)"/g)].map((match) => match[1]))];
    return ids.length === made.length ? ids : null;
  });
  for (const id of listed) {
    const html = await get(`/examen/${id}`);
    if (!html.includes('/facturer?examen=')) continue;
    if (html.includes('name="reponse" value="oui"')) {
      await post(`/examen/${id}/archivage`, { reponse: 'oui', version: proposed(html, 'version'), prix: proposed(html, 'prix') });
    }
    const form = await get(`/facturer?examen=${id}`);
    // The nomenclature that the program holds begins in 2026: older care is not charged.
    if (Number(form.match(/<p>[^<]*(20\d\d)/)[1]) < 2026) continue;
    const lacking = form.match(/href="(\/patients\/[^"#]+)#droits"/)?.[1];
    if (lacking) await post(`${lacking}/droits`, { ...rights, organisme: '01 351 0001' });
    invoices.push(await bill(`/facturer?examen=${id}`, { acte1: proposed(form, 'acte1') || 'ZBQK002' }));
    if (form.includes('/facturer/archivage')) {
      const where = await post('/facturer/archivage', { examen: id, formulaire: [...form.matchAll(/name="formulaire" value="([^"]*)"/g)].at(-1)[1] });
      invoices.push(Number(where.split('/').at(-1)));
    }
  }
  assert.ok(invoices.length >= 40, `${invoices.length} invoices`);
  assert.equal(new Set(invoices).size, invoices.length);
});

test('a lot goes to the fund, the program is killed in between, and nothing is lost', async () => {
  const waiting = await count('waiting');
  await post('/feuilles/lots', {});
  await program.kill();
  program = await start(place);
  cookie = await desk.login(program.desk, 'accueil');
  startFund();
  await until('the fund has answered', async () => (await count('rejected')) === 2);
  assert.equal(await count('paid'), waiting - 2);
  const lots = readdirSync(join(folder, 'seen'));
  for (const lot of lots) assert.equal(readFileSync(join(folder, 'seen', lot)).length % 128, 0);
});

test('what was rejected is corrected, leaves under a new number, and the books balance to the cent', async () => {
  for (const { patient, number } of unknown) {
    await post(`${patient}/droits`, { nir: '279035121518989', rang: '1', exoneration: 'none', parcours: 'oui', organisme: '01 351 0001' });
    const again = await bill(`/facturer?corrige=${number}`, { motif: 'caisse inconnue' });
    assert.ok(again > number);
    invoices.push(again);
  }
  await post('/feuilles/lots', {});
  await until('everything is settled', async () => (await count('rejected')) + (await count('waiting')) + (await count('in-lot')) + (await count('accepted')) === 0);
  for (const number of invoices) await pay(number);
  const figures = await get('/chiffres');
  const of = (id) => cents(figures.match(new RegExp(`id="${id}">([^<]*)`))[1]);
  assert.equal(of('du-total'), 0, 'nobody owes anything');
  assert.equal(of('facture'), of('recu'));
  assert.ok(of('facture') > 100_000, String(of('facture')));
  const book = (await get('/chiffres/livre.csv')).split('\r\n').slice(1).filter(Boolean).map((line) => line.slice(1, -1).split('";"'));
  const sum = (column) => book.reduce((all, row) => all + cents(row[column]), 0);
  assert.equal(sum(7), sum(11), 'charged and received, line by line');
  assert.equal(sum(7), of('facture'));
  const control = await get('/chiffres/controle.csv?du=2026-01-01');
  assert.ok(control.split('\r\n').length > 3);
});

test('the pages of money are looked at', async () => {
  const { page } = opened;
  await page.goto(`http://${program.desk}/`);
  await page.fill('#login', 'accueil');
  await page.fill('#password', 'une phrase assez longue');
  await page.click('main button');
  await page.waitForSelector('#q');
  for (const [path, name] of [['/jour', 'day-full'], [`/factures/${invoices[0]}`, 'invoice'], ['/feuilles', 'care-sheets'], ['/chiffres', 'figures']]) {
    await page.goto(`http://${program.desk}${path}`);
    await look(name);
  }
});
