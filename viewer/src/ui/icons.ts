// Line drawings on a 24 × 24 grid, drawn for this program.

export const ICONS = {
  back: ['M15 5l-7 7 7 7'],
  series: ['M4 5h7v6H4z', 'M13 5h7v6h-7z', 'M4 13h7v6H4z', 'M13 13h7v6h-7z'],
  scroll: ['M12 3v18', 'M8 7l4-4 4 4', 'M8 17l4 4 4-4'],
  contrast: ['M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18', 'M12 3v18', 'M12 8h7', 'M12 12h9', 'M12 16h7'],
  move: ['M12 3v18', 'M3 12h18', 'M9 6l3-3 3 3', 'M9 18l3 3 3-3', 'M6 9l-3 3 3 3', 'M18 9l3 3-3 3'],
  zoom: ['M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13', 'M15.5 15.5L21 21'],
  zoomIn: ['M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13', 'M15.5 15.5L21 21', 'M10.5 7.5v6', 'M7.5 10.5h6'],
  zoomOut: ['M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13', 'M15.5 15.5L21 21', 'M7.5 10.5h6'],
  measure: ['M3 16L16 3l5 5L8 21z', 'M7 12l2 2', 'M10 9l3 3', 'M13 6l2 2'],
  clear: ['M5 7h14', 'M10 7V4h4v3', 'M7 7l1 13h8l1-13'],
  play: ['M7 4l13 8-13 8z'],
  pause: ['M8 5v14', 'M16 5v14'],
  more: ['M5 12h.01', 'M12 12h.01', 'M19 12h.01'],
  negative: ['M4 4h16v16H4z', 'M4 20L20 4', 'M9 7v4', 'M7 9h4', 'M14 16h4'],
  marks: ['M4 8V4h4', 'M16 4h4v4', 'M20 16v4h-4', 'M8 20H4v-4', 'M12 9v6', 'M9 12h6'],
  sideBySide: ['M3 5h8v14H3z', 'M13 5h8v14h-8z'],
  reset: ['M4 12a8 8 0 1 0 3-6.2', 'M4 4v5h5'],
  help: ['M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4', 'M12 18h.01', 'M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19'],
  close: ['M5 5l14 14', 'M19 5L5 19'],
  previous: ['M15 5l-7 7 7 7'],
  next: ['M9 5l7 7-7 7'],
} as const;

export type IconName = keyof typeof ICONS;
