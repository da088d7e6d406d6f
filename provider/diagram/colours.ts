/** Colours. A link has one of its own, in every box and line that belongs to it; none of them is that of a packet's way. */

/** Dark enough for white text on them and for a thin line on white; neighbours differ in lightness, not in hue alone. */
const LINKS = [
  "#1f5fae",
  "#b45309",
  "#2f7d4f",
  "#7440a8",
  "#0e7490",
  "#8a6d00",
  "#4d5bd0",
  "#9a4a2b",
  "#54722a",
] as const;

export const INK = "#1b2430";
export const MUTED = "#5a6675";
export const FAINT = "#c3cbd5";
export const PAPER = "#fbfcfe";
export const CARD = "#ffffff";
export const GROUP = "#eef2f7";
export const REQUEST = "#d6155f";
export const REPLY = "#111418";

/** The link's colour, by its place among the links. */
export function linkColour(links: readonly string[], name: string | undefined): string {
  const at = name === undefined ? -1 : links.indexOf(name);
  return at < 0 ? MUTED : LINKS[at % LINKS.length]!;
}

/** The colour mixed with white: 0 is white, 1 the colour. */
export function tint(colour: string, share: number): string {
  const part = (i: number) => {
    const value = Number.parseInt(colour.slice(i, i + 2), 16);
    return Math.round(255 + (value - 255) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(1)}${part(3)}${part(5)}`;
}
