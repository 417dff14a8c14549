// Door to first image: from the press on the door's button to the first picture of the viewer, in Chromium, on the
// release program; unthrottled, and at 10 Mb/s with 40 ms of latency. `cargo xtask bench --first-image` runs it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as browser from '../lib/browser.mjs';
import * as exams from '../lib/exams.mjs';
import * as hl7 from '../lib/hl7.mjs';
import { readSheet, run, scratch, sheets, start, until } from '../lib/program.mjs';

const runs = Number(process.env.NEGATOSCOPE_RUNS ?? 5);
const lines = [
  { name: 'no limit', conditions: null },
  { name: '10 Mb/s, 40 ms', conditions: { offline: false, latency: 40, downloadThroughput: 10e6 / 8, uploadThroughput: 10e6 / 8 } },
];
const kinds = [['CT', 'CT'], ['mammogram', 'MG'], ['radiograph', 'DX']];

const median = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];

/** Runs in every page before its own code: notes when a picture of the exam was first on the screen. */
function watch() {
  const seen = (name) => {
    if (globalThis[name]) return;
    // After the frame in which it is painted.
    requestAnimationFrame(() => setTimeout(() => (globalThis[name] ??= Date.now())));
  };
  const look = () => {
    const preview = document.querySelector('img.first-look:not([hidden])');
    if (preview?.complete && preview.naturalWidth > 0) seen('firstPreview');
    const standing = document.querySelector('img[data-rank="1"]:not([hidden])');
    if (standing?.complete && standing.naturalWidth > 0) seen('firstScreen');
    if (document.querySelector('[data-shown]:not([data-shown="0"])')) seen('firstImage');
    if (!globalThis.firstImage) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function once(program, sheet, conditions) {
  const origin = `http://${program.web}`;
  // A new browser: nothing of the viewer is in its cache, as on a patient's first visit.
  const opened = await browser.open(origin, { viewport: { width: 1280, height: 800 }, locale: 'fr-FR' });
  try {
    const { page, context } = opened;
    await context.addInitScript(watch);
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    if (conditions) await cdp.send('Network.emulateNetworkConditions', conditions);
    let bytes = 0;
    cdp.on('Network.dataReceived', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(`${origin}/`);
    await page.fill('#numero', sheet.number);
    await page.fill('#code', sheet.code);
    const [year, month, day] = sheet.born.split('-');
    for (const [id, value] of [['jour', day], ['mois', month], ['annee', year]]) await page.fill(`#${id}`, value);
    bytes = 0;
    const begun = Date.now();
    await page.click('#porte button[type=submit]', { noWaitAfter: true });
    await page.waitForSelector('a[href="/images/"]');
    await page.click('a[href="/images/"]', { noWaitAfter: true });
    await page.waitForFunction(() => globalThis.firstImage, null, { timeout: 60_000 });
    const { preview, screen, image } = await page.evaluate(() => ({ preview: globalThis.firstPreview, screen: globalThis.firstScreen, image: globalThis.firstImage }));
    return { preview: (preview ?? image) - begun, screen: (screen ?? image) - begun, image: image - begun, bytes };
  } finally {
    await opened.close();
  }
}

const place = scratch();
const program = await start(place);
try {
  const list = exams.write(join(place.dir, 'exams'), ['--full']);
  console.log(`${runs} runs each, medians, a new browser each time; load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]} at the start`);
  console.log(`${'exam'.padEnd(14)}${'line'.padEnd(18)}${'preview ms'.padStart(12)}${'screen ms'.padStart(12)}${'image ms'.padStart(12)}${'kB before it'.padStart(14)}`);
  for (const [name, modality] of kinds) {
    const exam = list.find((exam) => exam.modality === modality);
    await hl7.send(program.hl7Port, ['patient', 'order', 'report'].map((message) => readFileSync(exam.hl7[message])));
    run('storescu', ['-aec', 'NEGATOSCOPE', '127.0.0.1', String(program.dicomPort), ...exam.files], { env: { ...process.env, TCP_NODELAY: '1' } });
    const ofExam = () => sheets(place).map((file) => join(place.sheets, file)).find((path) => readSheet(path).text.includes(exam.accession));
    const sheet = { ...readSheet(await until('the sheet', ofExam, 120)), born: exam.born };
    for (const line of lines) {
      const figures = [];
      for (let n = 0; n < runs; n += 1) figures.push(await once(program, sheet, line.conditions));
      const of = (key) => Math.round(median(figures.map((figure) => figure[key])));
      console.log(`${name.padEnd(14)}${line.name.padEnd(18)}${String(of('preview')).padStart(12)}${String(of('screen')).padStart(12)}${String(of('image')).padStart(12)}${String(Math.round(of('bytes') / 1000)).padStart(14)}`);
    }
  }
  console.log(`load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]} at the end`);
} finally {
  await program.stop();
  place.remove();
}
