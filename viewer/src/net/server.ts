// The server's data under the page's base address: a list of series, metadata, frames, thumbnails.

import type { DataSet } from '../dicom/dataset';

export interface SeriesInfo {
  series: number;
  modality: string;
  description: string;
  instances: number;
  frames: number;
  viewable: boolean;
}

/** Why nothing came, as the words of the page tell it. */
export type Trouble = 'ended' | 'missing' | 'network' | 'busy' | 'format';

export class ServerError extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble);
  }
}

export function troubleOfStatus(status: number): Trouble {
  if (status === 401 || status === 403 || status === 404 || status === 410) return 'ended';
  return status === 0 ? 'network' : 'busy';
}

async function getJson(url: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: 'same-origin' });
  } catch {
    throw new ServerError('network');
  }
  if (!response.ok) throw new ServerError(troubleOfStatus(response.status));
  try {
    return await response.json();
  } catch {
    throw new ServerError('network');
  }
}

export class Server {
  #metadata = new Map<number, Promise<DataSet[]>>();

  /** `base` is an absolute path of this origin ending with `/`. */
  constructor(private readonly base: string) {}

  async series(): Promise<SeriesInfo[]> {
    const list = (await getJson(`${this.base}series.json`)) as { version?: unknown; series?: unknown };
    if (list.version !== 1 || !Array.isArray(list.series)) throw new ServerError('format');
    return list.series as SeriesInfo[];
  }

  /** One request a series; a failed one is asked again next time. */
  metadata(series: number): Promise<DataSet[]> {
    let asked = this.#metadata.get(series);
    if (!asked) {
      asked = this.#fetchMetadata(series);
      this.#metadata.set(series, asked);
      asked.catch(() => this.#metadata.delete(series));
    }
    return asked;
  }

  async #fetchMetadata(series: number): Promise<DataSet[]> {
    const read = await getJson(`${this.base}series/${series}/metadata`);
    if (!Array.isArray(read)) throw new ServerError('format');
    return read as DataSet[];
  }

  /** A frame that is not there while the exam still is, is missing; else the access has ended. */
  async told(trouble: Trouble): Promise<Trouble> {
    if (trouble !== 'ended') return trouble;
    return this.series().then(
      () => 'missing',
      () => 'ended',
    );
  }

  thumbnail(series: number): string {
    return `${this.base}series/${series}/thumbnail`;
  }

  /** The first picture of a series at the size of a screen; an older copy has none. */
  screen(series: number): string {
    return `${this.base}series/${series}/screen`;
  }

  /** What may stand in for the first picture of a series, the coarsest first. */
  standIns(series: number): string[] {
    return [this.thumbnail(series), this.screen(series)];
  }

  frame(series: number, instance: number, frame: number): string {
    return new URL(`${this.base}series/${series}/instances/${instance}/frames/${frame}`, location.href).href;
  }
}
