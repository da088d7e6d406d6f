/** The engine's log: lines beside the resources. */
import * as pulumi from "@pulumi/pulumi";
import { escapedLines } from "../model/printable.ts";
import type { Run } from "./run.ts";

const pending = new Set<Promise<void>>();

export const say: Run["say"] = (severity, message) => {
  const saying = pulumi.log[severity](escapedLines(message)).catch(() => {});
  pending.add(saying);
  void saying.then(() => pending.delete(saying));
};

export const said: Run["said"] = async () => {
  await Promise.all(pending);
};
