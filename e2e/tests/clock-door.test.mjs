// The clock that tests move is in a program of its own: the one that is released has no such door.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { binary, clockOf, movedBinary, root, run, scratch, start, until } from '../lib/program.mjs';

const VARIABLE = 'NEGATOSCOPE_CLOCK_FILE';
const WORD = 'the wall clock has jumped';
const told = (program) => program.log.some((line) => line.includes(WORD));

test('the released program does not hold the name of the variable, and the tests’ own does', () => {
  assert.ok(readFileSync(movedBinary).includes(VARIABLE), 'what is looked for can be found');
  const built = [binary, join(root, 'target/release/negatoscope'), join(root, 'target/bench/negatoscope')].filter(existsSync);
  assert.ok(built.length > 0);
  for (const path of built) assert.ok(!readFileSync(path).includes(VARIABLE), path);
});

test('nothing that the released program is built from moves a clock', () => {
  const tree = run('cargo', ['tree', '--locked', '--offline', '-p', 'negatoscope', '-e', 'normal,build', '--prefix', 'none', '-f', '{p}'], { cwd: root });
  const names = new Set(tree.split('\n').map((line) => line.split(' ')[0]));
  assert.ok(names.has('ambient'), 'the tree was read');
  for (const name of ['moved', 'testkit', 'phantom']) assert.ok(!names.has(name), name);
});

test('the variable changes nothing for the released program, and moves the tests’ own', async () => {
  const places = [scratch(), scratch()];
  const [released, moved] = await Promise.all(places.map((place, at) => start(place, { moved: at === 1, env: clockOf(place) })));
  try {
    // The released one first: it has had at least as long to notice.
    for (const program of [released, moved]) program.jump({ days: 25 * 365 });
    await until('the jump is told', () => told(moved));
    await released.stop();
    assert.equal(told(released), false);
  } finally {
    await Promise.all([released.stop(), moved.stop()]);
    places.forEach((place) => place.remove());
  }
});
