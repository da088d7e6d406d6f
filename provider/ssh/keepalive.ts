import type { Socket } from "node:net";

/** Unanswered signs of life after which the connection counts as lost. */
const MISSES = 4;

/**
 * Asks the router for a sign of life at every interval, and calls `onSilence` after four intervals without a byte from it.
 * Returns what ends it.
 *
 * ssh2 has a keepalive of its own, but its timer cannot be unreferenced, and an idle session must let the process end.
 */
export function keepAlive(
  socket: Socket,
  seconds: number,
  ask: () => void,
  onSilence: (seconds: number) => void,
): () => void {
  let heard = socket.bytesRead;
  let misses = 0;
  const timer = setInterval(() => {
    misses = socket.bytesRead === heard ? misses + 1 : 0;
    heard = socket.bytesRead;
    if (misses >= MISSES) {
      clearInterval(timer);
      onSilence(MISSES * seconds);
    } else ask();
  }, seconds * 1000);
  timer.unref();
  return () => clearInterval(timer);
}
