// The first picture's bytes, fetched while the engine is still on its way.

export interface EarlyFrame {
  pixelData: Uint8Array;
  transferSyntaxUid: string;
}

const fetched = new Map<string, Promise<EarlyFrame | undefined>>();

/** Begins to fetch a frame. A failure is kept silent: the engine asks again and tells of it. */
export function fetchEarly(url: string): void {
  fetched.set(url, fetchFrame(url).catch(() => undefined));
}

/** The frame, once, if it was begun and came. */
export async function takeEarly(url: string): Promise<EarlyFrame | undefined> {
  const frame = fetched.get(url);
  fetched.delete(url);
  return frame;
}

async function fetchFrame(url: string): Promise<EarlyFrame | undefined> {
  const response = await fetch(url, { credentials: 'same-origin', headers: { Accept: 'application/octet-stream; transfer-syntax=*' } });
  const syntax = syntaxOf(response.headers.get('Content-Type') ?? '');
  if (!response.ok || !syntax) return undefined;
  return { pixelData: new Uint8Array(await response.arrayBuffer()), transferSyntaxUid: syntax };
}

/** The transfer syntax of a single part (PS3.18 §8.7.3.5.2); nothing for other answers. */
export function syntaxOf(contentType: string): string | undefined {
  return /^application\/octet-stream\s*;\s*transfer-syntax="?([0-9.]+)"?\s*$/i.exec(contentType)?.[1];
}
