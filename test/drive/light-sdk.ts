/**
 * Of the SDK the provider's own code needs the log and one word; the whole of it takes a second of a processor to load, at each of
 * thousands of starts. To be imported before any module of the provider; test/engine and test/campaigns/faults/cli.ts play with the real one.
 */
import { registerHooks } from "node:module";

const SDK = `export const runtime = { unknownValue: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
export const log = {};`;

registerHooks({
  resolve: (name, context, next) =>
    name === "@pulumi/pulumi"
      ? { url: `data:text/javascript,${encodeURIComponent(SDK)}`, shortCircuit: true }
      : next(name, context),
});
