/** The description of the API (OpenAPI 3.1), made of the declarations that check its requests. */
import { z } from 'zod';
import type { Content, Endpoint } from '../contract/endpoint.ts';
import { ENDPOINTS } from '../contract/endpoints.ts';
import { PROBLEM_TYPE, problem } from '../contract/problem.ts';
import { VERSION } from '../version.ts';

type Json = Record<string, unknown>;

/** What every endpoint may answer: a wrong request, a foreign page, a foreign name, too much at once, our own failure. */
const COMMON_PROBLEMS = [400, 403, 408, 421, 429, 431, 500, 503];
const PROBLEMS: ReadonlyMap<number, string> = new Map([
  [400, 'The request is not one that this endpoint takes.'],
  [401, 'Writing needs the bearer token of this node.'],
  [403, 'This node, or the page that asks, may not do that.'],
  [404, 'It is not here.'],
  [408, 'The request did not arrive in time.'],
  [409, 'It does not go with what the node holds.'],
  [413, 'The body is too large.'],
  [414, 'A part of the path is too long.'],
  [415, 'The body is not declared as JSON.'],
  [421, 'The node does not go by the name that the request asks for.'],
  [422, 'The Idempotency-Key came with another body before.'],
  [429, 'The node is busy: try again after the time in Retry-After.'],
  [431, 'The head of the request is too large.'],
  [500, 'The node failed.'],
  [503, 'The node cannot do that at present.'],
  [502, 'A peer gave what does not verify.'],
  [504, 'A peer did not answer in time.'],
  [507, 'The disk is full.'],
]);
const TAGS = [
  { name: 'node', description: 'How the node stands.' },
  { name: 'entries', description: 'Receipts, scars, the journal; proofs; appending.' },
  { name: 'federation', description: 'Governance and revocation.' },
  { name: 'operation', description: 'Health, metrics, live events.' },
];

/** The document; `needsToken` when writing does. */
export function describeApi(needsToken: boolean): Json {
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  for (const endpoint of ENDPOINTS) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: operation(endpoint, schemas, needsToken),
    };
  }
  const problemSchema = schemas.of(problem);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tessrax federation node',
      version: VERSION,
      description:
        'One node of a federation: what it holds, what it can prove, and how it stands with the others. Requests with unknown parameters or members are refused; everything that goes wrong is a problem document.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This node.' }],
    tags: TAGS,
    security: [{}],
    paths,
    components: {
      schemas: schemas.all,
      responses: Object.fromEntries(
        [...PROBLEMS].map(([status, description]) => [
          `Problem${status}`,
          { description, content: { [PROBLEM_TYPE]: { schema: problemSchema, example: exampleProblem(status) } } },
        ]),
      ),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The content of api.token; needed for writing when the API listens beyond loopback.',
        },
      },
    },
  };
}

function mapped<T>(record: Readonly<Record<string, T>>, map: (value: T) => Json): Record<string, Json> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

function exampleProblem(status: number): Json {
  return {
    type: 'about:blank',
    title: 'Name of the status',
    status,
    detail: PROBLEMS.get(status),
    code: 'code_for_programs',
  };
}

function operation(endpoint: Endpoint, schemas: Schemas, needsToken: boolean): Json {
  const { id, tag, summary, description, body, answers, problems, method } = endpoint;
  const parameters = [
    ...parametersOf(endpoint.params, 'path', schemas),
    ...parametersOf(endpoint.query, 'query', schemas),
    ...parametersOf(endpoint.headers, 'header', schemas),
  ];
  const responses: Record<number, Json> = {};
  for (const [status, content] of Object.entries(answers)) responses[Number(status)] = response(content, schemas);
  const hasParams = parameters.some((each) => each['in'] === 'path');
  for (const status of [...COMMON_PROBLEMS, ...(hasParams ? [414] : []), ...problems]) {
    responses[status] ??= { $ref: `#/components/responses/Problem${status}` };
  }
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(method === 'POST' ? { security: needsToken ? [{ token: [] }] : [{}, { token: [] }] } : {}),
    ...(endpoint.events === undefined ? {} : { 'x-event-data': mapped(endpoint.events, (each) => schemas.of(each)) }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body.schema instanceof z.ZodUndefined ? {} : { requestBody: { ...response(body, schemas), required: true } }),
    responses,
  };
}

function response({ description, type = 'application/json', schema, example }: Content, schemas: Schemas): Json {
  return {
    description,
    content: { [type]: { schema: schemas.of(schema), ...(example === undefined ? {} : { example }) } },
  };
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query' | 'header', schemas: Schemas): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).map(([name, member]) => {
    const { description, examples, ...rest } = schemas.parameter(member);
    const [example] = Array.isArray(examples) ? examples : [];
    const required = !z.safeParse(member, undefined).success;
    return {
      name: place === 'header' ? titled(name) : name,
      in: place,
      required,
      ...(description === undefined ? {} : { description }),
      schema: rest,
      ...(example === undefined ? {} : { example }),
    };
  });
}

/** Idempotency-Key: for people; HTTP does not care. */
function titled(header: string): string {
  return header.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

/** JSON Schemas; those with a name are kept once, among the components. */
class Schemas {
  readonly all: Record<string, unknown> = {};

  /** As it travels: for answers and bodies. */
  of(schema: z.ZodType): Json {
    return this.#take(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  }

  /** As it is understood: a number in a query is a number. */
  parameter(schema: z.core.$ZodType): Json {
    return this.#take(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }));
  }

  #take(json: Json): Json {
    const { $schema: _dialect, $defs, ...schema } = relocated(json);
    Object.assign(this.all, $defs);
    return schema;
  }
}

/** References to the definitions of one schema become references to the components of the document. */
function relocated(json: Json): Json {
  return JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
