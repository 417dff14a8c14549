import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeExam, writeStack } from './exam.mjs';
import { chooseSeries, colours, launch, missing, open, shows } from './rig.mjs';

const why = missing();
if (why) console.log(`skipped: the viewer in trouble: ${why}`);
const CODECS = fileURLToPath(new URL('../data/codecs/', import.meta.url));

describe.skipIf(why)('the viewer in trouble', () => {
  const folders = why ? [] : writeExam();
  let browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(async () => browser?.close());

  test('a picture that does not come is told in words, and comes when tried again', async () => {
    // The first slice by place is the first file.
    const path = '/images/data/series/1/instances/1/frames/1';
    const { page, server, close } = await open(browser, folders, { before: ({ faults }) => faults.set(path, 503) });
    await page.getByRole('alert').filter({ hasText: 'pas disponible pour le moment' }).waitFor();
    server.faults.clear();
    await page.getByRole('button', { name: 'Réessayer' }).click();
    await shows(page, 1);
    expect(await page.locator('.frame .trouble').first().isVisible()).toBe(false);
    await close();
  });

  test('one missing picture does not stop the others', async () => {
    const { page, server, close } = await open(browser, folders);
    await shows(page, 1);
    for (let instance = 1; instance <= 12; instance += 1) server.faults.set(`/images/data/series/3/instances/1/frames/${instance}`, 500);
    await chooseSeries(page, 3);
    await page.getByRole('alert').filter({ hasText: 'pas disponible' }).waitFor();
    await chooseSeries(page, 1);
    await shows(page, 1);
    await close();
  });

  test('an access that has ended says so, without a button that cannot help', async () => {
    const { page, close } = await open(browser, folders, { before: ({ faults }) => faults.set('/images/data/series/1/metadata', 404) });
    const alert = page.getByRole('alert').filter({ hasText: 'a pris fin' });
    await alert.waitFor();
    expect(await alert.getByRole('button').count()).toBe(0);
    await close();
  });

  test('a picture that is not there is told apart from an access that has ended', async () => {
    const path = '/images/data/series/1/instances/1/frames/1';
    const { page, server, close } = await open(browser, folders, { before: ({ faults }) => faults.set(path, 404) });
    await page.getByRole('alert').filter({ hasText: 'n’est pas disponible en ligne' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await shows(page, 2);
    server.faults.set('/images/data/series.json', 404);
    await page.keyboard.press('ArrowUp');
    await page.getByRole('alert').filter({ hasText: 'a pris fin' }).waitFor();
    await close();
  });

  test('a list that does not come can be asked for again', async () => {
    const { page, server, close } = await open(browser, folders, { before: ({ faults }) => faults.set('/images/data/series.json', 503) });
    await page.getByRole('button', { name: 'Réessayer' }).waitFor();
    server.faults.clear();
    await page.getByRole('button', { name: 'Réessayer' }).click();
    await shows(page, 1);
    await close();
  });

  test('neighbours are fetched ahead, near ones first, never a whole large series', async () => {
    const { page, server, close } = await open(browser, writeStack(120));
    const asked = () => server.log.flatMap((path) => /instances\/(\d+)\/frames/.exec(path)?.[1] ?? []).map(Number);
    await shows(page, 1);
    await vi.waitFor(() => expect(asked().length).toBe(41), { timeout: 20_000, interval: 50 });
    expect(asked().slice(0, 4)).toEqual([1, 2, 3, 4]);
    // Far away: what is near there comes, and nothing twice.
    await page.getByRole('slider').fill('100');
    await shows(page, 100);
    await vi.waitFor(() => expect(asked().length).toBeGreaterThan(60), { timeout: 20_000, interval: 50 });
    expect(asked().filter((number) => number > 41 && number < 80)).toEqual([]);
    expect(new Set(asked()).size).toBe(asked().length);
    await close();
  });

  test.each(readdirSync(CODECS))('%s is decoded under the page’s policy', async (name) => {
    const { page, faults, close } = await open(browser, [CODECS + name]);
    await shows(page, 1);
    const shades = await page.evaluate(() => {
      const canvas = document.querySelector('.pane canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set();
      for (let at = 0; at < data.length; at += 4) seen.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
      return seen.size;
    });
    expect(shades).toBeGreaterThan(3);
    expect(faults).toEqual([]);
    await close();
  });

  test('without WebGL the processor draws the same shades', async () => {
    const plain = await launch({ webgl: false });
    try {
      const { page, faults, close } = await open(plain, folders);
      await shows(page, 1);
      const [[dark], [middle], [light]] = await colours(page, [128, 128], [[20, 40], [66, 40], [110, 40]]);
      expect(dark).toBe(0);
      expect(Math.abs(middle - 127)).toBeLessThanOrEqual(16);
      expect(light).toBe(255);
      await page.keyboard.press('ArrowDown');
      await shows(page, 2);
      await page.keyboard.press('3');
      await vi.waitFor(async () => {
        const [[bone]] = await colours(page, [128, 128], [[110, 40]]);
        expect(Math.abs(bone - 157)).toBeLessThan(12);
      }, { timeout: 10_000, interval: 50 });
      expect(faults).toEqual([]);
      await close();
    } finally {
      await plain.close();
    }
  });
});
