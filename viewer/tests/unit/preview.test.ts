import { beforeEach, describe, expect, test } from 'vitest';
import { standIn } from '../../src/ui/preview';

const arriving: Record<string, { onload?: () => void }> = {};

class Arriving {
  onload?: () => void;
  set src(url: string) {
    arriving[url] = this;
  }
}

function picture(): HTMLImageElement {
  return { src: '', hidden: true, dataset: {}, removeAttribute: () => undefined } as unknown as HTMLImageElement;
}

beforeEach(() => {
  Object.assign(globalThis, { Image: Arriving });
});

describe('what stands in for a picture', () => {
  test('the thumbnail gives way to the picture of the screen, and never the other way round', () => {
    const shown = picture();
    standIn(shown, ['small', 'large'], () => true);
    expect(shown.hidden).toBe(true);
    arriving['small']?.onload?.();
    expect([shown.src, shown.hidden]).toEqual(['small', false]);
    arriving['large']?.onload?.();
    arriving['small']?.onload?.();
    expect(shown.src).toBe('large');
  });

  test('an older copy has no picture of the screen: the thumbnail stays', () => {
    const shown = picture();
    standIn(shown, ['small', 'large'], () => true);
    arriving['small']?.onload?.();
    expect([shown.src, shown.hidden]).toEqual(['small', false]);
  });

  test('what comes after the picture itself is not shown', () => {
    const shown = picture();
    standIn(shown, ['small', 'large'], () => false);
    arriving['large']?.onload?.();
    expect([shown.src, shown.hidden]).toEqual(['', true]);
  });
});
