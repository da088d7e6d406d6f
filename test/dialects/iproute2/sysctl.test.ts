import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatMark, formatMarkAndMask, parseMark, parseMarkAndMask } from "../../../provider/model/mark.ts";
import { deviceSysctl, sysctlKey, sysctlPath } from "../../../provider/model/sysctl-key.ts";
import { versionAtLeast } from "../../../provider/model/version.ts";
import { device } from "../arbitrary.ts";

describe("a device's setting", () => {
  test("has its dot written as a slash, and a path with the dot", () => {
    expect(deviceSysctl("eth0.100", "rp_filter")).toBe("net.ipv4.conf.eth0/100.rp_filter");
    expect(sysctlPath("net.ipv4.conf.eth0/100.rp_filter")).toBe("/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
  });

  test("has the same key by its path", () => {
    fc.assert(
      fc.property(
        device,
        (name) => sysctlKey(sysctlPath(deviceSysctl(name, "rp_filter"))) === deviceSysctl(name, "rp_filter"),
      ),
    );
  });
});

describe("a mark", () => {
  test("is read in hexadecimal, decimal and octal, up to 32 bits", () => {
    const texts = ["0x1", "16", "010", "0", "0xffffffff", "4294967296", "0x100000000", "-1", "x", ""];
    expect(texts.map(parseMark)).toEqual([
      1,
      16,
      8,
      0,
      0xffffffff,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("is printed in hexadecimal, its mask only if that is not full", () => {
    expect([formatMark(0x0f000000), formatMark(~0), formatMarkAndMask({ mark: 1, mask: ~0 >>> 0 })]).toEqual([
      "0xf000000",
      "0xffffffff",
      "0x1",
    ]);
    expect(parseMarkAndMask("1/0xff")).toEqual({ mark: 1, mask: 255 });
    expect(parseMarkAndMask("1/2/3")).toBeUndefined();
  });
});

test("versions are compared number by number", () => {
  expect([versionAtLeast("1.4.20", "1.4.9"), versionAtLeast("1.4.7", "1.4.20"), versionAtLeast("", "1.4.20")]).toEqual([
    true,
    false,
    false,
  ]);
  expect(versionAtLeast("1.4.20", "1.4.20")).toBe(true);
});
