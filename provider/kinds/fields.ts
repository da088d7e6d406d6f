/** Fields that several kinds share: one schema, one message, one spelling each. */
import { z } from "zod";
import { DEVICE_NAME } from "../dialects/iproute2/device.ts";
import { isAddress, isNetwork, looksLikeIpv6, noHost } from "../model/ip.ts";
import { DEFAULT_TABLE, FULL_MASK, LOCAL_TABLE } from "../model/line.ts";

const noIpv6 = "IPv6 is left untouched for now; give an IPv4";

export const address = z.string().superRefine((text, context) => {
  if (isAddress(text)) return;
  const message = looksLikeIpv6(text)
    ? `${noIpv6} address`
    : `must be an IPv4 address such as 123.234.1.10, not ${JSON.stringify(text)}`;
  context.addIssue({ code: "custom", message });
});

/** An address that a host can have. */
export const hostAddress = address.superRefine((text, context) => {
  const range = isAddress(text) ? noHost(text) : undefined;
  if (range !== undefined)
    context.addIssue({ code: "custom", message: `${text} is a ${range} address, which no host has` });
});

export const network = z.string().superRefine((text, context) => {
  if (isNetwork(text)) return;
  const message = looksLikeIpv6(text)
    ? `${noIpv6} network`
    : `must be an IPv4 network such as 172.16.1.0/24, host bits zero, not ${JSON.stringify(text)}`;
  context.addIssue({ code: "custom", message });
});

export const device = z
  .string()
  .regex(DEVICE_NAME, "must be a network device such as eth1 (letters, digits, _ . : @ -, at most 15)")
  // net.ipv4.conf.all and .default are settings of every device, those of others included.
  .refine((text) => text !== "all" && text !== "default", {
    error: ({ input }) => `${input} is the kernel's word for every device; name one`,
  })
  .refine((text) => text !== "lo", "lo leads to the router itself; name the device of a network");

/** Also a word in rt_tables, so no blanks, no leading digit (a number there is an id). */
export const name = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]{0,30}$/,
    "must be a name such as wan_one (a letter first, then letters, digits, _ or -, at most 31)",
  );

export const linkId = z.int().min(1, "must be 1 to 15").max(15, "must be 1 to 15");

/** rt_tables(5): 0 unspec, 253 default, 254 main, 255 local are the kernel's own. */
export const tableId = z
  .int()
  .min(1, "must be 1 or more (0 is reserved)")
  .max(0x7fffffff)
  .refine(
    (id) => id < DEFAULT_TABLE || id > LOCAL_TABLE,
    "is one of the kernel's own tables (253 default, 254 main, 255 local)",
  );

/** ip-rule(8): 0 is the local table's rule, 32766 main's, 32767 default's; a rule of ours stands between. */
export const priority = z
  .int()
  .min(1, "must be 1 to 32765 (0 is the local table's own rule)")
  .max(
    32765,
    "must be 1 to 32765 (32766 and 32767 are the rules of main and default; what follows them is never reached)",
  );

/** A 32-bit number, or its text in hex, which is how people write marks in YAML that has quoted them. */
export const mark32 = z
  .union(
    [
      z.int(),
      z
        .string()
        .regex(/^0x[0-9a-fA-F]{1,8}$/)
        .transform(Number),
    ],
    "must be a number such as 0x1000000",
  )
  .pipe(z.int().min(1, "must not be 0").max(FULL_MASK, "must fit in 32 bits"));

export const port = z.int().min(1, "must be 1 to 65535").max(65535, "must be 1 to 65535");

const STACK_FORM = "must be project/stack, such as multiwan/prod";

/** Of another stack, as its resources stand in the router's manifest. */
export const stackName = z.string(STACK_FORM).regex(/^[^/\s\p{Cc}]+\/[^/\s\p{Cc}]+$/u, STACK_FORM);
