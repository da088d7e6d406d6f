/** Fields of a site that people type into YAML, where a number may come quoted and a mark in hex. */
import { z } from "zod";
import { device, hostAddress, linkId, port, priority, tableId } from "../kinds/fields.ts";

const STATIC_ONLY = "only links with a static gateway so far";

const digits = z
  .string()
  .regex(/^\d{1,10}$/, "must be a whole number")
  .transform(Number);
const wholeOrText = z.union([z.int("must be a whole number"), digits], "must be a whole number");

export const quotedLinkId = wholeOrText.pipe(linkId);
export const quotedTableId = wholeOrText.pipe(tableId);
export const quotedPriority = wholeOrText.pipe(priority);
export const quotedMetric = wholeOrText.pipe(z.int().min(0).max(0xffffffff, "must be 0 to 4294967295"));
export const quotedPort = wholeOrText.pipe(port);

/** Also a decimal number in quotes: `"16777216"`. */
export const quotedMark = z
  .union(
    [
      z.int("must be a number such as 0x1000000"),
      z
        .string()
        .regex(/^(0x[0-9a-f]{1,8}|\d{1,10})$/i, "must be a number such as 0x1000000")
        .transform(Number),
    ],
    "must be a number such as 0x1000000",
  )
  .pipe(z.int().min(1, "must not be 0").max(0xffffffff, "must fit in 32 bits"));

/** A gateway that comes and goes is a wish people have; it gets its own answer. */
export const staticGateway = z
  .string()
  .refine((text) => !/^(dhcp4?|auto|dynamic|ppp(oe)?)$/i.test(text), {
    error: `must be an address: ${STATIC_ONLY}`,
    abort: true,
  })
  .pipe(hostAddress);

export const staticDevice = device.refine((text) => !/^(ppp|wwan)\d/.test(text), `is a PPP link: ${STATIC_ONLY}`);

/** Keys by which people ask for such a link. */
export function wishMessage(key: string, value: unknown): string | undefined {
  const asked = /^(type|proto|protocol|kind|mode|method)$/.test(key) && /^(dhcp4?|ppp(oe)?)$/i.test(String(value));
  return asked || /^(dhcp4?|ppp(oe)?)$/i.test(key) ? `DHCP and PPP links are not supported: ${STATIC_ONLY}` : undefined;
}
