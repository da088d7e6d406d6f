/** A preview without what only this machine, this minute or this lab has: what is recorded is the same on the next machine. */

/** Where the program was called from, and when; nothing that a review reads. */
const LEFT_OUT = new Set([
  ...["sourcePosition", "stackTrace", "created", "modified", "duration", "propertyDependencies", "__provider"],
  ...["provider", "incarnation"],
]);

/** @param text what `pulumi preview --json` has printed */
export function stripped(text: string): string {
  const value = JSON.parse(text, (key, one) => (LEFT_OUT.has(key) ? undefined : one)) as object;
  return `${replaced(JSON.stringify(value, undefined, 1))}\n`;
}

function replaced(text: string): string {
  return text
    .replace(/SHA256:[A-Za-z0-9+/]{43}/g, "SHA256:recorded")
    .replace(/machine [0-9a-f]{12}/g, "machine 000000000000")
    .replace(/\/tmp\/[^"\\ ]*\/(id_[a-z0-9]+)/g, "~/.ssh/$1");
}
