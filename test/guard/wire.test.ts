/** What never changes goes over the line once: bytes, which no busy machine makes more of. */
import { expect, test } from "@jest/globals";
import { bytesSent, change, reading } from "./wire.ts";

test("a second change of a session sends a tenth of the first, and a second reading next to nothing", async () => {
  const [preview = 0, begin = 0, confirm = 0, again = 0, next = 0, last = 0] = await bytesSent([
    ...[reading, ...change],
    ...[reading, ...change],
  ]);
  expect(preview).toBeLessThan(11_500);
  expect(begin + confirm).toBeLessThan(23_000);
  expect(again).toBeLessThan(500);
  expect(next + last).toBeLessThan(4_500);
});
