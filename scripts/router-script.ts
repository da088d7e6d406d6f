/** Prints one of the scripts that an operator may install on a router by hand: `npm run -s router-script multiwan-observe`. */
import { ROUTER_SCRIPTS } from "../provider/observe/root-scripts.ts";

const [name = ""] = process.argv.slice(2);
const text = ROUTER_SCRIPTS[name];
if (text === undefined) {
  console.error(`Which one? ${Object.keys(ROUTER_SCRIPTS).join(" or ")}`);
  process.exit(1);
}
process.stdout.write(text);
