/** Numbers and times as people read and write them. Pure. */

const PREFIXES = ["", "k", "M", "G", "T", "P"];

/** `999`, `1.2k`, `34k`, `5.6M`: thousands, at most three digits. */
function short(value: number, unit = ""): string {
  let prefix = 0;
  let rest = value;
  while (rest >= 999.5 && prefix < PREFIXES.length - 1) {
    rest /= 1000;
    prefix++;
  }
  const digits = prefix > 0 && rest < 9.95 ? rest.toFixed(1) : String(Math.round(rest));
  return `${digits}${PREFIXES[prefix]}${unit}`;
}

export const units = {
  count: (value: number) => short(value),
  bytes: (value: number) => short(value, "B"),
  /** Packets per second: small ones matter. */
  rate: (value: number) => (value > 0 && value < 10 ? value.toFixed(1) : short(value)),
  /** `45s`, `8m 3s`, `3h 20m`, `12d 4h`. */
  duration(seconds: number): string {
    const whole = Math.floor(seconds);
    const [d, h, m, s] = [whole / 86400, (whole / 3600) % 24, (whole / 60) % 60, whole % 60].map(Math.floor) as [
      number,
      number,
      number,
      number,
    ];
    if (d > 0) return `${d}d ${h}h`;
    if (h > 0) return `${h}h ${m}m`;
    return m > 0 ? (s > 0 ? `${m}m ${s}s` : `${m}m`) : `${s}s`;
  },
};

/** `90`, `90s`, `10m`, `2h` in seconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})(s|m|h)?$/.exec(text);
  return match ? Number(match[1]) * ({ s: 1, m: 60, h: 3600 }[match[2] ?? "s"] ?? 1) : undefined;
}
