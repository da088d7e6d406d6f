/** What the guard's scripts are put together of: sh/*.sh, each with the values that never change in front. */
import { MADE_WITH_FOLDER } from "../dialects/iproute2/table-name.ts";
import { LOG_HOOKS, LOG_TABLE, logChain } from "../dialects/iptables/log-chain.ts";
import { newBody, values } from "../dialects/script.ts";
import { BOOT_DIR, BOOT_FILE } from "../kinds/boot-files.ts";
import * as sh from "./sh.generated.ts";

export const BASE = newBody(sh.base);
export const DISK = newBody(`${values({ BOOT_DIR, MADE_WITH_FOLDER })}\n${sh.disk}`);
export const PERSIST = newBody(`${values({ BOOT_DIR, BOOT_FILE })}\n${sh.persist}`);
/** Policy rules and lines of `ip`, for the commands of steps. */
export const LINES = newBody(`${sh.rules}\n${sh.lines}`);
export const PAUSE = newBody(sh.pause);
export const LOCK = newBody(sh.lock);

export const BEGIN = newBody(sh.begin);
export const APPLY = newBody(sh.apply);
export const UNDO = newBody(sh.undo);
export const WATCH = newBody(sh.watch);

export const CONFIRM = newBody(sh.confirm);
export const REVERT = newBody(sh.revert);
export const AWAIT_END = newBody(sh.awaitEnd);

const logged = { LOG_TABLE, LOG_JUMPS: LOG_HOOKS.map((hook) => `${hook}=${logChain(hook)}`).join(" ") };
export const END_LOG = newBody(sh.endLog);
export const LOG_RULES = newBody(`${values(logged)}\n${sh.logRules}`);
export const LOG_ON = newBody(sh.logOn);
export const LOG_OFF = newBody(sh.logOff);
export const LOG_WATCH = newBody(sh.logWatch);
export const LOG_END = newBody(sh.logEnd);
