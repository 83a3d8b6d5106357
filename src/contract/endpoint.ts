/** What an endpoint of the API is: one declaration that checks requests, types handlers and clients, and is described in /openapi.json. */
import { z } from 'zod';

/** A body or an answer of one media type. */
export interface Content<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  /** Default: application/json. */
  readonly type?: string;
  readonly schema: S;
  readonly example?: unknown;
}

export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Headers extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  /** Name of the operation: what generated clients call it. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  readonly tag: 'node' | 'entries' | 'federation' | 'operation';
  readonly summary: string;
  readonly description?: string;
  readonly params: Params;
  /** Members that are not named here are refused. */
  readonly query: Query;
  /** Headers that mean something to this endpoint alone. */
  readonly headers: Headers;
  readonly body: Content<Body>;
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Content<Answer>>>;
  /** What server-sent events hold, by their names. */
  readonly events?: Readonly<Record<string, z.ZodType>>;
  /** Statuses of the problems that it may answer, beside those that every endpoint may. */
  readonly problems: readonly number[];
}

/** An endpoint that takes nothing: where declarations begin. */
export const plain = {
  params: z.strictObject({}),
  query: z.strictObject({}),
  headers: z.object({}),
  body: { description: 'None.', schema: z.undefined() },
  problems: [],
} as const;

/** Infers the exact type of a declaration. */
export function endpoint<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Headers extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(declaration: Endpoint<Params, Query, Headers, Body, Answer>): Endpoint<Params, Query, Headers, Body, Answer> {
  return declaration;
}

/** JSON as it is handed on: nobody changes it. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T;
