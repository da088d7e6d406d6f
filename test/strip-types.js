import { stripTypeScriptTypes } from "node:module";

/** Jest transformer: erase the types and keep every line where it was, so that stack traces point at the source. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
