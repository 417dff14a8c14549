import { expect, test } from 'vitest';
import { PrefetchQueue, neighbours } from '../../src/net/prefetch';

test('neighbours come near first, two ahead for one behind, never beyond the ends', () => {
  expect(neighbours(5, 20, 1, { ahead: 4, behind: 2 })).toEqual([6, 7, 4, 8, 9, 3]);
  expect(neighbours(5, 20, -1, { ahead: 4, behind: 2 })).toEqual([4, 3, 6, 2, 1, 7]);
  expect(neighbours(0, 3, 1, { ahead: 40, behind: 20 })).toEqual([1, 2]);
  expect(neighbours(0, 1, 1, { ahead: 4, behind: 2 })).toEqual([]);
});

function rig(atOnce = 2) {
  const asked: number[] = [];
  const pending = new Map<number, { resolve: () => void; reject: () => void }>();
  const queue = new PrefetchQueue((index) => {
    asked.push(index);
    return new Promise((resolve, reject) => pending.set(index, { resolve, reject }));
  }, atOnce);
  const settle = async (index: number, how: 'resolve' | 'reject') => {
    pending.get(index)?.[how]();
    // The queue goes on a few promises later.
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { asked, queue, settle };
}

test('no more than so many are fetched at once', async () => {
  const { asked, queue, settle } = rig();
  queue.want([1, 2, 3, 4]);
  expect(asked).toEqual([1, 2]);
  await settle(1, 'resolve');
  expect(asked).toEqual([1, 2, 3]);
});

test('a new wish replaces what has not started, and nothing is fetched twice', async () => {
  const { asked, queue, settle } = rig();
  queue.want([1, 2, 3]);
  queue.want([2, 9, 1]);
  await settle(1, 'resolve');
  await settle(2, 'resolve');
  queue.want([1, 2, 9]);
  expect(asked).toEqual([1, 2, 9]);
});

test('a failure lets the queue go on, and the picture may be asked for again', async () => {
  const { asked, queue, settle } = rig(1);
  queue.want([1, 2]);
  await settle(1, 'reject');
  expect(asked).toEqual([1, 2]);
  await settle(2, 'resolve');
  queue.want([1]);
  expect(asked).toEqual([1, 2, 1]);
});

test('a stopped queue starts nothing more', async () => {
  const { asked, queue, settle } = rig(1);
  queue.want([1, 2]);
  queue.stop();
  await settle(1, 'resolve');
  expect(asked).toEqual([1]);
});
