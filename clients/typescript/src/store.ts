/** What a signed-in client keeps. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
  /** Milliseconds since 1970 by this device's clock, at which the access token stops working. */
  expires_at: number;
}

/** Where tokens live. All tabs of a front end share one store. */
export interface TokenStore {
  load(): Promise<Tokens | null>;
  /** Keep tokens; null forgets them, and the device keeps its name. */
  save(tokens: Tokens | null): Promise<void>;
  device(): Promise<string | null>;
  nameDevice(token: string): Promise<void>;
  /** Call when another tab signed in or out; returns how to stop. */
  watch(changed: () => void): () => void;
}

const KEPT = "kept";
const TOKENS = "tokens";
const DEVICE = "device";

/**
 * Tokens survive a reload and are shared by tabs; every script of the page can read them.
 *
 * IndexedDB and not `localStorage`: a tab in a process of its own sees what another one wrote to
 * `localStorage` a moment late, and would refresh once more.
 */
export function sharedStore(name = "cabinet"): TokenStore {
  const opened = open(name);
  const others = new BroadcastChannel(name);

  async function read<T>(key: string): Promise<T | null> {
    const store = (await opened).transaction(KEPT).objectStore(KEPT);
    return ((await settled(store.get(key))) as T | undefined) ?? null;
  }

  async function write(key: string, value: unknown): Promise<void> {
    const act = (await opened).transaction(KEPT, "readwrite");
    act.objectStore(KEPT).put(value, key);
    await new Promise<void>((resolve, reject) => {
      act.oncomplete = () => resolve();
      act.onabort = () => reject(act.error as Error);
    });
  }

  return {
    load: () => read<Tokens>(TOKENS),
    save: async (tokens) => {
      await write(TOKENS, tokens);
      others.postMessage(TOKENS);
    },
    device: () => read<string>(DEVICE),
    nameDevice: (token) => write(DEVICE, token),
    watch: (changed) => {
      others.addEventListener("message", changed);
      return () => others.removeEventListener("message", changed);
    },
  };
}

/** Tokens end with the page; for kiosks and shared computers. */
export function memoryStore(): TokenStore {
  let kept: Tokens | null = null;
  let named: string | null = null;
  return {
    load: async () => kept,
    save: async (tokens) => void (kept = tokens),
    device: async () => named,
    nameDevice: async (token) => void (named = token),
    watch: () => () => undefined,
  };
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => void request.result.createObjectStore(KEPT);
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as Error);
  });
}
