// The keyboard, as in any viewer.

export type Command =
  | { do: 'step'; by: number }
  | { do: 'end'; last: boolean }
  | { do: 'pan'; x: number; y: number }
  | { do: 'zoom'; by: number }
  | { do: 'preset'; key: string }
  | { do: 'play' | 'negative' | 'measure' | 'reset' | 'help' };

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowUp: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowRight: [1, 0],
};

const ZOOM_STEP = 1.25;
const PAN_STEP = 40;
const PAGE = 10;

type Stroke = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey'>;

/** What a key asks for; nothing for keys of the browser. `letters`: single printable keys are in use. */
export function commandOf(stroke: Stroke, letters: boolean): Command | undefined {
  if (stroke.ctrlKey || stroke.altKey || stroke.metaKey) return undefined;
  const arrow = ARROWS[stroke.key];
  if (arrow) {
    const [x, y] = arrow;
    return stroke.shiftKey ? { do: 'pan', x: x * PAN_STEP, y: y * PAN_STEP } : { do: 'step', by: x + y };
  }
  switch (stroke.key) {
    case 'PageDown':
      return { do: 'step', by: PAGE };
    case 'PageUp':
      return { do: 'step', by: -PAGE };
    case 'Home':
      return { do: 'end', last: false };
    case 'End':
      return { do: 'end', last: true };
    default:
      return letters ? letterCommand(stroke.key) : undefined;
  }
}

function letterCommand(key: string): Command | undefined {
  if (/^[0-4]$/.test(key)) return { do: 'preset', key };
  switch (key.toLowerCase()) {
    case '+':
    case '=':
      return { do: 'zoom', by: ZOOM_STEP };
    case '-':
      return { do: 'zoom', by: 1 / ZOOM_STEP };
    case ' ':
      return { do: 'play' };
    case 'i':
      return { do: 'negative' };
    case 'm':
      return { do: 'measure' };
    case 'r':
      return { do: 'reset' };
    case '?':
      return { do: 'help' };
    default:
      return undefined;
  }
}
