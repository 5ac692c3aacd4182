import { problemOf } from "./problems.js";

const SHORTEST_MS = 300;
const LONGEST_SECONDS = 30;
const UNDER_WAY = "idempotency_in_progress";

/** Wait before a repeat: as long as the answer asks, else twice as long each time, and never alike. */
export async function waitBefore(
  attempt: number,
  answer: Response | null,
  signal?: AbortSignal,
): Promise<void> {
  const asked = secondsAsked(answer);
  const ms = asked === null ? SHORTEST_MS * 2 ** attempt * (1 + Math.random()) : asked * 1000;
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Whether repeating the same request helps, and soon enough for somebody who looks at a screen. */
export async function isWorthRepeating(answer: Response): Promise<boolean> {
  if (answer.status === 409) return (await problemOf(answer.clone())).code === UNDER_WAY;
  const isPassing = answer.status === 429 || answer.status === 503;
  return isPassing && (secondsAsked(answer) ?? 0) <= LONGEST_SECONDS;
}

function secondsAsked(answer: Response | null): number | null {
  const text = answer?.headers.get("Retry-After");
  const seconds = text ? Number(text) : NaN;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
