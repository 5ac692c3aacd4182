import type { paths } from "./schema.js";

/** The types of a call, read off the OpenAPI document. */

export type Method = "get" | "post" | "put" | "patch" | "delete";
type Success = 200 | 201 | 202 | 204;

export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

export type Operation<M extends Method, P extends PathOf<M>> = paths[P][M];

type Given<O, Place extends string> = O extends { parameters: { [_ in Place]: infer T } }
  ? { [_ in Place]: T }
  : O extends { parameters: { [_ in Place]?: infer T } }
    ? { [_ in Place]?: Exclude<T, undefined> }
    : unknown;

type Body<O> = O extends { requestBody: { content: { "application/json": infer T } } }
  ? { body: T }
  : unknown;

type Json<R> = R extends { content: { "application/json": infer T } } ? T : undefined;

export type Answer<O> = O extends { responses: infer R } ? Json<R[keyof R & Success]> : never;

export interface Manner {
  /** Stops the call, and waiting for its repeats. */
  signal?: AbortSignal;
  /** For an act that a person may repeat after a reload: keep the key with the form. */
  idempotencyKey?: string;
}

export type Options<O> = Given<O, "path"> & Given<O, "query"> & Body<O> & Manner;

/** The options, which may be left out where nothing is required. */
export type Arguments<O> = object extends Options<O> ? [options?: Options<O>] : [options: Options<O>];
