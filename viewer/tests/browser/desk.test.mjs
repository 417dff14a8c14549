import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SLICES, writeExam } from './exam.mjs';
import { chooseSeries, colours, launch, missing, open, shows } from './rig.mjs';

const why = missing();
if (why) console.log(`skipped: the viewer on a desk: ${why}`);

/** A change is drawn within this. */
const DRAWN = { timeout: 10_000, interval: 50 };

/** What a linear window makes of a value (PS3.3 §C.11.2.1.2). */
const shade = (value, center, width) => Math.max(0, Math.min(255, ((value - (center - 0.5)) / (width - 1) + 0.5) * 255));
const hounsfield = (column) => Math.round((column / 127) * 2000 - 1000);

describe.skipIf(why)('the viewer on a desk', () => {
  const folders = why ? [] : writeExam();
  let browser;
  let rig;
  beforeAll(async () => (browser = await launch()));
  afterAll(async () => browser?.close());
  afterEach(async () => {
    expect(rig.faults).toEqual([]);
    await rig.close();
  });

  const start = async (options) => {
    rig = await open(browser, folders, options);
    await shows(rig.page, 1);
    return rig.page;
  };

  async function expectWindow(page, center, width) {
    const columns = [10, 40, 60, 64, 70, 90, 120];
    await vi.waitFor(async () => {
      const found = await colours(page, [128, 128], columns.map((column) => [column, 40]));
      found.forEach(([red, green, blue], at) => {
        const wanted = shade(hounsfield(columns[at]), center, width);
        // A pixel of the ramp is 16 HU: between neighbours a shade may move by a fraction of that.
        expect(Math.abs(red - wanted), `column ${columns[at]}: ${red} for ${wanted}`).toBeLessThanOrEqual(3 + (8 / width) * 255);
        expect([green, blue]).toEqual([red, red]);
      });
    }, DRAWN);
  }

  test('the first picture is drawn with the shades its window gives', async () => {
    await expectWindow(await start(), 40, 400);
  });

  test('presets and their keys change the window, and r brings the picture’s own back', async () => {
    const page = await start();
    await page.getByRole('button', { name: 'Os', exact: true }).click();
    await expectWindow(page, 500, 2000);
    await page.keyboard.press('2');
    await expectWindow(page, -600, 1500);
    expect(await page.getByRole('button', { name: 'Poumon' }).getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('r');
    await expectWindow(page, 40, 400);
  });

  test('slices are scrolled in the order of their place by wheel, keys, slider and buttons', async () => {
    const page = await start();
    // The square at the bottom grows with the number of the slice, which came out of order.
    const width = async () => {
      const row = await colours(page, [128, 128], Array.from({ length: 60 }, (_, at) => [4 + at * 2, 104]));
      return row.filter(([red], at) => red === 255 && hounsfield(4 + at * 2) < 240).length * 2;
    };
    const widths = [await width()];
    await page.mouse.move(900, 500);
    await page.mouse.wheel(0, 100);
    await shows(page, 2);
    widths.push(await width());
    await page.keyboard.press('ArrowDown');
    await shows(page, 3);
    await page.getByRole('button', { name: 'Image suivante' }).click();
    await shows(page, 4);
    widths.push(await width());
    await page.keyboard.press('End');
    await shows(page, SLICES);
    await page.getByRole('slider').fill('6');
    await shows(page, 6);
    widths.push(await width());
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(new Set(widths).size).toBe(widths.length);
    expect(await page.locator('.mark-count').first().textContent()).toBe(`Image 6 sur ${SLICES}`);
    await page.waitForFunction(() => document.querySelector('[role=status]').textContent === 'Image 6 sur 12');
  });

  test('a drag scrolls, and with Contrast chosen changes the window', async () => {
    const page = await start();
    await page.mouse.move(900, 300);
    await page.mouse.down();
    await page.mouse.move(900, 390, { steps: 4 });
    await page.mouse.up();
    await shows(page, 4);
    await page.locator('.tool-contrast').click();
    await page.mouse.move(900, 300);
    await page.mouse.down();
    await page.mouse.move(950, 300, { steps: 4 });
    await page.mouse.up();
    const window = await page.locator('.mark-window').first().textContent();
    expect(Number(/\d+/.exec(window)[0])).toBeGreaterThan(450);
    await shows(page, 4);
  });

  test('letters tell the sides of the patient, and can be put away', async () => {
    const page = await start();
    const mark = (side) => page.locator(`.mark-${side}`).first();
    expect(await mark('left').textContent()).toBe('R');
    expect(await mark('right').textContent()).toBe('L');
    expect(await mark('top').textContent()).toBe('A');
    expect(await mark('bottom').textContent()).toBe('P');
    await page.getByRole('button', { name: 'Repères' }).click();
    expect(await mark('left').isVisible()).toBe(false);
  });

  test('a measure follows the spacing of the picture, whatever the zoom', async () => {
    const page = await start();
    await page.keyboard.press('+');
    await page.getByRole('button', { name: 'Mesurer' }).click();
    const box = await page.locator('.surface').first().boundingBox();
    const scale = (Math.min(box.width, box.height) / 128) * 1.25;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 40 * scale, y, { steps: 3 });
    await page.mouse.up();
    // Forty pixels of half a millimetre.
    expect(await page.locator('.measures text').textContent()).toBe('20 mm');
    await page.keyboard.press('ArrowDown');
    await shows(page, 2);
    expect(await page.locator('.measures text').count()).toBe(0);
    await page.keyboard.press('ArrowUp');
    await shows(page, 1);
    expect(await page.locator('.measures text').textContent()).toBe('20 mm');
    await page.getByRole('button', { name: 'Effacer les mesures' }).click();
    expect(await page.locator('.measures text').count()).toBe(0);
  });

  test('mammograms hang with chest walls together and the right polarity', async () => {
    const page = await start();
    await chooseSeries(page, 2);
    await page.locator('.mark-name', { hasText: 'Sein droit, face' }).first().waitFor();
    await shows(page, 1);
    // Right breast: stored with the wall at the right and black for light (MONOCHROME1): bright at the right.
    const [[far], [wall]] = await colours(page, [100, 140], [[10, 70], [90, 70]]);
    expect(far).toBeLessThan(60);
    expect(wall).toBeGreaterThan(200);
    await page.getByRole('button', { name: 'Côte à côte' }).click();
    await page.locator('.mark-name', { hasText: 'Sein gauche, face' }).waitFor();
    await shows(page, 2, 1);
    // Left breast: stored with the wall at the right, so mirrored: the wall at the left edge of its pane.
    const edge = await page.evaluate(() => {
      const canvas = document.querySelectorAll('.pane')[1].querySelector('canvas');
      const at = (x) => canvas.getContext('2d').getImageData(x, canvas.height / 2, 1, 1).data[0];
      return { wall: at(4), skin: at(Math.round((canvas.height / 140) * 95)) };
    });
    expect(edge.wall).toBeGreaterThan(200);
    expect(edge.skin).toBeLessThan(60);
    expect(await page.locator('.pane >> nth=1').locator('.mark-left').textContent()).toBe('P');
  });

  test('two panes become one again, on a click or for want of width', async () => {
    const page = await start();
    const second = page.locator('.pane >> nth=1');
    const beside = page.getByRole('button', { name: 'Côte à côte' });
    await beside.click();
    await shows(page, 1, 1);
    await beside.click();
    await second.waitFor({ state: 'hidden' });
    await beside.click();
    await second.waitFor({ state: 'visible' });
    await page.setViewportSize({ width: 800, height: 700 });
    await second.waitFor({ state: 'hidden' });
    await page.keyboard.press('ArrowDown');
    await shows(page, 2, 0);
    await page.setViewportSize({ width: 1440, height: 900 });
    await second.waitFor({ state: 'visible' });
  });

  test('a clip plays in colour, round and round, and stops', async () => {
    const page = await start();
    await chooseSeries(page, 3);
    await page.locator('.mark-name', { hasText: 'Séquence' }).first().waitFor();
    await shows(page, 1);
    const [[red, green, blue]] = await colours(page, [160, 120], [[80, 60]]);
    expect(Math.abs(red - 31)).toBeLessThanOrEqual(3);
    expect(Math.abs(green - 80)).toBeLessThanOrEqual(3);
    expect(Math.abs(blue - 60)).toBeLessThanOrEqual(3);
    await page.keyboard.press(' ');
    const seen = page.evaluate(() => new Promise((done) => {
      const shown = [];
      const pane = document.querySelector('.pane');
      new MutationObserver(() => {
        const now = Number(pane.dataset.shown);
        if (shown.at(-1) !== now) shown.push(now);
        if (shown.length === 12) done(shown);
      }).observe(pane, { attributes: true });
    }));
    const shown = await seen;
    shown.slice(1).forEach((now, at) => expect(now).toBe((shown[at] % 8) + 1));
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await page.getByRole('button', { name: 'Lire' }).isVisible()).toBe(true);
  });

  test('a document without pictures is listed and says where it is', async () => {
    const page = await start();
    const entry = page.locator('.series li:nth-child(4)');
    expect(await entry.locator('button').count()).toBe(0);
    expect(await entry.textContent()).toContain('fichiers à télécharger');
  });

  test('help opens with its key, closes with Escape, and can switch single keys off', async () => {
    const page = await start();
    await page.keyboard.press('?');
    await page.getByLabel('Utiliser ces touches').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('3');
    expect(await page.getByRole('button', { name: 'D’origine' }).getAttribute('aria-pressed')).toBe('true');
  });

  test('professionals read another notice, in their language', async () => {
    const page = await start({ query: '?lang=en&audience=professional' });
    expect(await page.locator('.notice').textContent()).toBe('Not a medical device. Not for primary diagnosis.');
    expect(await page.getByRole('button', { name: 'Bone' }).isVisible()).toBe(true);
  });
});
