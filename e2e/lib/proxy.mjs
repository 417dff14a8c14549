// A bad network in front of a server: connections are refused, cut on the way there or on the way back, delayed.
import { connect, createServer } from 'node:net';

/** Numbers between 0 and 1 that repeat (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Listens before `target` (a port). `plan(n)` says what becomes of the n-th connection, from 0: `'refuse'`,
 * `{ there: bytes }` cuts once so much has gone there, `{ back: bytes }` once so much would have come back (what came to
 * that point is swallowed, so that the answer is lost), `{ wait: ms }` lets it through late, and nothing lets it through.
 */
export async function proxy(target, plan) {
  const seen = { port: 0, connections: 0, there: 0, cut: 0, onData: () => {} };
  const server = createServer((client) => {
    const what = plan(seen.connections++) ?? {};
    client.on('error', () => {});
    if (what === 'refuse') {
      seen.cut++;
      client.destroy();
      return;
    }
    const upstream = connect(seen.target ?? target, '127.0.0.1');
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    upstream.on('error', end);
    upstream.on('close', end);
    client.on('close', end);
    let [there, back] = [0, 0];
    client.on('data', (bytes) => {
      there += bytes.length;
      seen.there += bytes.length;
      seen.onData(bytes);
      if (what.there !== undefined && there > what.there) {
        seen.cut++;
        return end();
      }
      setTimeout(() => upstream.writable && upstream.write(bytes), what.wait ?? 0);
    });
    upstream.on('data', (bytes) => {
      back += bytes.length;
      if (what.back !== undefined && back > what.back) {
        seen.cut++;
        return end();
      }
      client.write(bytes);
    });
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  seen.port = server.address().port;
  seen.close = () => server.close();
  return seen;
}
