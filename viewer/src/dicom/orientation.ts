// Which side of the patient is on which side of the screen, and how an image must be turned to hang right.

import { TAG, framed, numbers, text, type DataSet } from './dataset';
import { viewOf } from './mammography';

/** Directions of an image as stored: of its rows (to the right) and of its columns (down), in letters. */
export interface Directions {
  right: string;
  down: string;
}

/** How the stored image is shown: mirrored left-right first, then turned clockwise. */
export interface Hanging {
  flip: boolean;
  quarterTurns: 0 | 1 | 2 | 3;
}

export interface Edges {
  left: string;
  right: string;
  top: string;
  bottom: string;
}

export const AS_STORED: Hanging = { flip: false, quarterTurns: 0 };

const OPPOSITE: Record<string, string> = { A: 'P', P: 'A', L: 'R', R: 'L', H: 'F', F: 'H' };

export function opposite(letters: string): string {
  return [...letters].map((letter) => OPPOSITE[letter] ?? '').join('');
}

/** Letters of a direction of the patient's space, strongest first (PS3.3 §C.7.6.1.1.1): L, P, H are positive. */
export function letters(direction: readonly number[]): string {
  const names = [
    ['L', 'R'],
    ['P', 'A'],
    ['H', 'F'],
  ] as const;
  return direction
    .map((value, axis) => ({ size: Math.abs(value), letter: names[axis]?.[value > 0 ? 0 : 1] ?? '' }))
    .filter(({ size }) => size > 0.2)
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map(({ letter }) => letter)
    .join('');
}

/** The anatomical letters of one value of Patient Orientation; bipeds only, nothing if unknown letters. */
function declared(value: string): string {
  return /^[APRLHF]{1,3}$/.test(value) ? value : '';
}

export function directionsOf(data: DataSet, frame = 1): Directions {
  const orientation = numbers(framed(data, TAG.imageOrientation, frame), TAG.imageOrientation);
  if (orientation.length === 6) {
    return { right: letters(orientation.slice(0, 3)), down: letters(orientation.slice(3)) };
  }
  return { right: declared(text(data, TAG.patientOrientation, 0)), down: declared(text(data, TAG.patientOrientation, 1)) };
}

/** The letters at the four edges once hung. */
export function edges({ right, down }: Directions, { flip, quarterTurns }: Hanging): Edges {
  const side = flip ? opposite(right) : right;
  // Clockwise from the right: what stands at right, bottom, left, top before turning.
  const around = [side, down, opposite(side), opposite(down)];
  const at = (place: number): string => around[(place - quarterTurns + 8) % 4] ?? '';
  return { right: at(0), bottom: at(1), left: at(2), top: at(3) };
}

/** What should stand at the right edge and at the bottom, by first letter; empty: no wish. */
function wishes(data: DataSet, stored: Directions): Directions {
  const modality = text(data, TAG.modality);
  if (modality === 'MG') {
    const { laterality, view } = viewOf(data);
    if (!laterality) return { right: '', down: '' };
    // The chest wall of each breast towards the other one: right breast at the viewer's left.
    const right = laterality === 'R' ? 'P' : 'A';
    // From above (CC) the inner side is down; from the side, the feet.
    const inner = laterality === 'R' ? 'L' : 'R';
    return { right, down: view === 'CC' ? inner : 'F' };
  }
  if (modality === 'DX' || modality === 'CR') {
    // As if facing the patient: their left at the viewer's right; feet down. A lateral keeps its side.
    const frontal = /^[LR]/.test(stored.right) || /^[LR]/.test(stored.down);
    return { right: frontal ? 'L' : '', down: 'F' };
  }
  return { right: '', down: '' };
}

/** The smallest change that hangs the image as wished; as stored when orientation is unknown or nothing is gained. */
export function hang(data: DataSet): Hanging {
  if (numbers(data, TAG.imageOrientation).length === 6) return AS_STORED;
  const stored = directionsOf(data);
  const wish = wishes(data, stored);
  if (!stored.right || !stored.down || (!wish.right && !wish.down)) return AS_STORED;
  let best = AS_STORED;
  let most = -1;
  for (const quarterTurns of [0, 1, 2, 3] as const) {
    for (const flip of [false, true]) {
      const { right, bottom } = edges(stored, { flip, quarterTurns });
      const met = Number(wish.right !== '' && right.startsWith(wish.right)) + Number(wish.down !== '' && bottom.startsWith(wish.down));
      if (met > most) {
        most = met;
        best = { flip, quarterTurns };
      }
    }
  }
  return best;
}
