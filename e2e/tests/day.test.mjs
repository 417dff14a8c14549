// A day of a practice that runs on this information system alone: patients, orders, the day's list, by the forms.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as browser from '../lib/browser.mjs';
import * as desk from '../lib/desk.mjs';
import { root, scratch, start } from '../lib/program.mjs';

const shots = join(root, 'target/screenshots');
let place, program, opened;
const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date());

before(async () => {
  mkdirSync(shots, { recursive: true });
  place = scratch('[choice]\nsites = ["*"]\nprice-cents = 3000\n');
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
  await look('day');
});
