export { Cabinet, type Settings } from "./cabinet.js";
export { ProblemError, SignedOut, Unreachable, type Problem } from "./problems.js";
export type { components, paths } from "./schema.js";
export { codeFromSms } from "./sms.js";
export { memoryStore, sharedStore, type Tokens, type TokenStore } from "./store.js";
