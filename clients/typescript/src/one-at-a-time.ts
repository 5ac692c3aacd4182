const queues = new Map<string, Promise<unknown>>();

/** Do something while no other tab does the same; without Web Locks, no other call of this page. */
export async function oneAtATime<T>(name: string, act: () => Promise<T>): Promise<T> {
  if (typeof navigator !== "undefined" && "locks" in navigator) {
    return (await navigator.locks.request(name, act)) as T;
  }
  const before = queues.get(name) ?? Promise.resolve();
  const mine = before.then(act, act);
  queues.set(name, mine.catch(() => undefined));
  return mine;
}
