import { oneAtATime } from "./one-at-a-time.js";
import type { Answer, Arguments, Manner, Method, Operation, PathOf } from "./operations.js";
import { ProblemError, SignedOut, Unreachable, problemOf } from "./problems.js";
import type { components } from "./schema.js";
import { sharedStore, type TokenStore } from "./store.js";
import { isWorthRepeating, waitBefore } from "./waiting.js";

export interface Settings {
  /** Where the API answers, without `/v1`: `https://cabinet.example`. */
  baseUrl: string;
  /** Of every text meant for people: `uk`, `en` or `ru`. */
  language?: string;
  store?: TokenStore;
  /** Called when the session has ended, here or in another tab. */
  onSignedOut?: () => void;
}

interface Parts extends Manner {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

type TokensOut = components["schemas"]["TokensOut"];

const MOST_ATTEMPTS = 4;
const EARLY_MS = 20_000;
const REFRESH = "/v1/sessions/refresh";
const LOCK = "cabinet.refresh";

/** The cabinet's API: types from the OpenAPI document, tokens, repeats and refusals handled here. */
export class Cabinet {
  readonly #settings: Settings;
  readonly #store: TokenStore;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#store = settings.store ?? sharedStore();
    this.#store.watch(() => {
      void this.isSignedIn().then((isIn) => {
        if (!isIn) settings.onSignedOut?.();
      });
    });
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.#store.load()) !== null;
  }

  get<P extends PathOf<"get">>(path: P, ...[options]: Arguments<Operation<"get", P>>): Promise<Answer<Operation<"get", P>>> {
    return this.#call("get", path, options as Parts);
  }

  post<P extends PathOf<"post">>(path: P, ...[options]: Arguments<Operation<"post", P>>): Promise<Answer<Operation<"post", P>>> {
    return this.#call("post", path, options as Parts);
  }

  put<P extends PathOf<"put">>(path: P, ...[options]: Arguments<Operation<"put", P>>): Promise<Answer<Operation<"put", P>>> {
    return this.#call("put", path, options as Parts);
  }

  patch<P extends PathOf<"patch">>(path: P, ...[options]: Arguments<Operation<"patch", P>>): Promise<Answer<Operation<"patch", P>>> {
    return this.#call("patch", path, options as Parts);
  }

  delete<P extends PathOf<"delete">>(path: P, ...[options]: Arguments<Operation<"delete", P>>): Promise<Answer<Operation<"delete", P>>> {
    return this.#call("delete", path, options as Parts);
  }

  async signIn(body: components["schemas"]["SignInIn"]): Promise<void> {
    await this.#store.save(null);
    await this.enter(await this.post("/v1/sessions", { body }));
  }

  /** Keep the tokens of an answer that signs somebody in: a confirmed sign-up, reset or invitation. */
  async enter(tokens: TokensOut): Promise<void> {
    await this.#store.nameDevice(tokens.device_token);
    await this.#keep(tokens);
  }

  /** End the session. The tokens are forgotten also when the API cannot be reached. */
  async leave(): Promise<void> {
    try {
      await this.#call("delete", "/v1/sessions/current", {});
    } catch (error) {
      if (!(error instanceof SignedOut)) throw error;
    } finally {
      await this.#store.save(null);
    }
  }

  async #call<T>(method: Method, path: string, parts: Parts = {}): Promise<T> {
    // One key for all repeats of a call: whatever was lost on the way is done once.
    const key = method === "post" ? (parts.idempotencyKey ?? crypto.randomUUID()) : undefined;
    const token = await this.#token();
    let answer = await this.#tried(method, path, parts, token, key);
    if (answer.status === 401 && token !== null) {
      const problem = await problemOf(answer.clone());
      if (problem.code === "session_ended") return this.#end(problem);
      if (problem.code === "token_rejected") {
        answer = await this.#tried(method, path, parts, await this.#renew(token), key);
      }
    }
    if (!answer.ok) throw new ProblemError(await problemOf(answer));
    return (await contentOf(answer)) as T;
  }

  /** Send a request, and again while that may help; the answer may be a refusal. */
  async #tried(method: Method, path: string, parts: Parts, token: string | null, key?: string): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(method, path, parts, token, key);
      const isAnswer = answer instanceof Response;
      if (isAnswer && (attempt === MOST_ATTEMPTS || !(await isWorthRepeating(answer)))) return answer;
      if (!isAnswer && attempt === MOST_ATTEMPTS) throw answer;
      await waitBefore(attempt, isAnswer ? answer : null, parts.signal);
    }
  }

  /** Return the answer, or why none came. */
  async #send(method: Method, path: string, parts: Parts, token: string | null, key?: string): Promise<Response | Unreachable> {
    const headers = new Headers({ "Accept-Language": this.#settings.language ?? "uk" });
    if (parts.body !== undefined) headers.set("Content-Type", "application/json");
    if (token !== null) headers.set("Authorization", `Bearer ${token}`);
    if (key !== undefined) headers.set("Idempotency-Key", key);
    const device = await this.#store.device();
    if (device !== null) headers.set("X-Device-Token", device);
    const init: RequestInit = { method: method.toUpperCase(), headers, credentials: "omit" };
    if (parts.body !== undefined) init.body = JSON.stringify(parts.body);
    if (parts.signal) init.signal = parts.signal;
    try {
      const answer = await fetch(addressOf(this.#settings.baseUrl, path, parts), init);
      // Half an answer is none.
      await answer.clone().arrayBuffer();
      return answer;
    } catch (error) {
      parts.signal?.throwIfAborted();
      return new Unreachable(error);
    }
  }

  async #token(): Promise<string | null> {
    const tokens = await this.#store.load();
    if (tokens === null) return null;
    const isOld = tokens.expires_at - EARLY_MS < Date.now();
    return isOld ? this.#renew(tokens.access_token) : tokens.access_token;
  }

  /** Return an access token that is not the stale one; of all tabs, one asks for it. */
  #renew(stale: string): Promise<string> {
    return oneAtATime(LOCK, async () => {
      const tokens = await this.#store.load();
      if (tokens === null) throw new SignedOut();
      if (tokens.access_token !== stale) return tokens.access_token;
      const parts = { body: { refresh_token: tokens.refresh_token } };
      // A repeat with the same token gets the same successor, so a lost answer loses nobody.
      const answer = await this.#tried("post", REFRESH, parts, null);
      if (answer.ok) return this.#keep((await answer.json()) as TokensOut);
      const problem = await problemOf(answer);
      if (answer.status === 401) return this.#end(problem);
      throw new ProblemError(problem);
    });
  }

  async #keep({ access_token, refresh_token, expires_in }: Pick<TokensOut, "access_token" | "refresh_token" | "expires_in">): Promise<string> {
    await this.#store.save({ access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 });
    return access_token;
  }

  async #end(problem: ProblemError["problem"]): Promise<never> {
    await this.#store.save(null);
    this.#settings.onSignedOut?.();
    throw new SignedOut(problem);
  }
}

function addressOf(base: string, path: string, { path: places = {}, query = {} }: Parts): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(places[name] ?? ""));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) asked.set(name, String(value));
  }
  const suffix = asked.size > 0 ? `?${asked}` : "";
  return `${base.replace(/\/$/, "")}${filled}${suffix}`;
}

async function contentOf(answer: Response): Promise<unknown> {
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  return isJson ? answer.json() : undefined;
}
