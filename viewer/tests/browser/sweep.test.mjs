// Opens every DICOM file under a folder, one series each, and lists those that neither show a picture nor say
// why. For finding faults by hand:  NEGATOSCOPE_SWEEP=folder npm run test:browser -- sweep

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { read } from '../../dev/dicom.mjs';
import { launch, missing, open } from './rig.mjs';

const FOLDER = process.env.NEGATOSCOPE_SWEEP;
const why = FOLDER ? missing() : 'NEGATOSCOPE_SWEEP is not set';
if (why) console.log(`skipped: a sweep over real files: ${why}`);

/** Larger files are for other tools. */
const LARGEST = 8 << 20;

function readable(path) {
  try {
    return statSync(path).size <= LARGEST && read(path).json['00280010'] !== undefined;
  } catch {
    return false;
  }
}

test.skipIf(why)('every file shows its picture or says why not', { timeout: 3_600_000 }, async () => {
  const paths = readdirSync(FOLDER, { recursive: true }).map((name) => join(FOLDER, name)).filter((path) => statSync(path).isFile()).filter(readable);
  const browser = await launch();
  const { page, faults, close } = await open(browser, paths);
  const silent = [];
  for (const [at, path] of paths.entries()) {
    const before = faults.length;
    await page.locator(`.series li:nth-child(${at + 1}) button`).click();
    const how = await page
      .waitForFunction((number) => {
        const current = document.querySelector(`.series li:nth-child(${number}) button`).getAttribute('aria-current');
        const trouble = document.querySelector('.frame .trouble');
        if (!current) return undefined;
        return trouble.hidden ? document.querySelector('.pane').dataset.shown !== '0' && 'shown' : trouble.textContent;
      }, at + 1, { timeout: 15_000 })
      .then((handle) => handle.jsonValue(), () => 'silent');
    const noise = faults.slice(before).join(' ').slice(0, 200);
    if (how !== 'shown' || noise) console.log(`${how.slice(0, 40)} | ${path} | ${noise}`);
    if (how === 'silent') silent.push(path);
  }
  await close();
  await browser.close();
  expect(silent).toEqual([]);
});
