import { FULL_MASK } from "./line.ts";

/** `0x1`, as iptables-save prints a mark. */
export function formatMark(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`;
}

/** A mark as any tool takes it: hexadecimal with 0x, octal with a leading 0, else decimal. */
export function parseMark(text: string): number | undefined {
  const base = /^0x[0-9a-f]{1,8}$/i.test(text) ? 16 : /^0[0-7]+$/.test(text) ? 8 : /^\d{1,10}$/.test(text) ? 10 : 0;
  if (base === 0) return undefined;
  const value = Number.parseInt(text, base);
  return value <= FULL_MASK ? value : undefined;
}

export interface MarkAndMask {
  readonly mark: number;
  readonly mask: number;
}

/** `V` or `V/M`; a missing mask is the full one. */
export function parseMarkAndMask(text: string): MarkAndMask | undefined {
  const [value = "", maskText, ...more] = text.split("/");
  const mark = parseMark(value);
  const mask = maskText === undefined ? FULL_MASK : parseMark(maskText);
  return mark === undefined || mask === undefined || more.length > 0 ? undefined : { mark, mask };
}

/** `0x1`, or `0x1/0xff`: the full mask is not printed. */
export function formatMarkAndMask({ mark, mask }: MarkAndMask): string {
  return mask === FULL_MASK ? formatMark(mark) : `${formatMark(mark)}/${formatMark(mask)}`;
}
