// Cornerstone3D, started once. Everything that knows it stands in this folder.

import { Enums, RenderingEngine, cache, getShouldUseCPURendering, getWebWorkerManager, imageLoader, init as initCore, metaData } from '@cornerstonejs/core';
import { init as initLoader, wadors } from '@cornerstonejs/dicom-image-loader';
import type { Picture } from '../dicom/stack';
import { prepared } from '../dicom/colour';
import { takeEarly, type EarlyFrame } from '../net/early';
import { ServerError, troubleOfStatus, type Server } from '../net/server';

/** Decoded pictures kept in memory, in bytes: a phone has little. */
const CACHE_BYTES = { small: 200 << 20, large: 800 << 20 };

let engine: RenderingEngine | undefined;

/** Memory for decoded pictures, by what the device says of itself. */
export function cacheBytes(): number {
  const gigabytes = (navigator as { deviceMemory?: number }).deviceMemory ?? 4;
  return gigabytes >= 4 && window.innerWidth >= 1000 ? CACHE_BYTES.large : CACHE_BYTES.small;
}

export function startEngine(): RenderingEngine {
  if (engine) return engine;
  // Two panes at most, so two WebGL contexts; without WebGL the core draws on the processor.
  initCore({ rendering: { webGlContextCount: 2 } } as never);
  initLoader({ maxWebWorkers: Math.max(1, Math.min(3, (navigator.hardwareConcurrency || 2) - 1)) });
  cache.setMaxCacheSize(cacheBytes());
  metaData.addProvider((type: string, imageId: string) => (type === 'compressedFrameData' ? early.get(imageId) : undefined), 10);
  wakeDecoder();
  engine = new RenderingEngine('negatoscope');
  return engine;
}

/** Frames that came before the engine, under the loader's names, while it decodes them. */
const early = new Map<string, EarlyFrame>();

/** Has a decoder started before the first picture needs it. */
function wakeDecoder(): void {
  const nothing = {
    imageFrame: { bitsAllocated: 8, pixelRepresentation: 0, samplesPerPixel: 1, rows: 1, columns: 1, photometricInterpretation: 'MONOCHROME2' },
    transferSyntax: '1.2.840.10008.1.2.1',
    pixelData: new Uint8Array(1),
    options: { preScale: { enabled: false } },
  };
  getWebWorkerManager()
    .executeTask('dicomImageLoader', 'decodeTask', nothing)
    .catch(() => undefined);
}

/** The loader's name of a picture. */
export function imageIdOf(server: Server, series: number, picture: Picture): string {
  return `wadors:${server.frame(series, picture.instance, picture.frame)}`;
}

/** Makes pictures known to the loader: one data set an instance, under its first frame. */
export function register(server: Server, series: number, pictures: readonly Picture[]): string[] {
  return pictures.map((picture) => {
    const imageId = imageIdOf(server, series, picture);
    if (picture.frame === 1) wadors.metaDataManager.add(imageId, prepared(picture.data) as never);
    return imageId;
  });
}

/** Fetches and decodes a picture into the cache. Rejects with a `ServerError`. */
export async function load(imageId: string, urgent: boolean): Promise<void> {
  const requestType = urgent ? Enums.RequestType.Interaction : Enums.RequestType.Prefetch;
  // The processor's renderer wants colour with its fourth channel.
  const options = { useRGBA: getShouldUseCPURendering(), requestType, priority: urgent ? -5 : 5 };
  const first = await takeEarly(imageId.slice('wadors:'.length));
  if (first) early.set(imageId, first);
  try {
    await Promise.race([imageLoader.loadAndCacheImage(imageId, options as never), silence()]);
  } catch (error) {
    throw asServerError(error);
  } finally {
    early.delete(imageId);
  }
}

/** An exception deep in the loader leaves its promise open for ever: better words than an endless wait. */
const LONGEST_WAIT = 120_000;

function silence(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new ServerError('busy')), LONGEST_WAIT));
}

/** The loader rejects with the request itself, or with the decoder's error. */
function asServerError(error: unknown): ServerError {
  if (error instanceof ServerError) return error;
  const inner = (error as { error?: unknown } | undefined)?.error ?? error;
  return new ServerError(inner instanceof XMLHttpRequest ? troubleOfStatus(inner.status) : 'format');
}

export function isLoaded(imageId: string): boolean {
  return cache.isLoaded(imageId);
}
