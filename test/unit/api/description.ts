/** The document at /openapi.json, as tests use it: its operations, and whether JSON is what it says. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export type Json = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Json;
  readonly example: unknown;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Schema and example of the body; undefined when it takes none. */
  readonly body: { readonly schema: Json; readonly example: unknown } | undefined;
  readonly responses: Json;
}

export class Description {
  readonly operations: readonly Operation[];
  readonly #document: Json;
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(document: Json) {
    this.#document = document;
    this.operations = Object.entries(objectAt(document, 'paths')).flatMap(([path, methods]) =>
      Object.entries(asObject(methods)).map(([method, operation]) => readOperation(path, method, asObject(operation))),
    );
  }

  operation(id: string): Operation {
    const found = this.operations.find((each) => each.id === id);
    if (found === undefined) throw new Error(`there is no operation ${id}`);
    return found;
  }

  /** What is wrong with an answer; an empty list when it is described. Members that the document does not name are wrong here. */
  faults({ responses, id }: Operation, status: number, type: string, value: unknown): string[] {
    const response = this.#resolved(asObject(responses[String(status)] ?? {}));
    const [media = ''] = type.split(';');
    const content = objectAt(response, 'content')[media];
    if (content === undefined) return [`${id} answered ${status} ${media}, which is not described`];
    return this.schemaFaults(objectAt(asObject(content), 'schema'), value, true).map(
      (fault) => `${id} ${status}${fault}`,
    );
  }

  /** What is wrong with a value; `closed`: members without a description are. */
  schemaFaults(schema: Json, value: unknown, closed = false): string[] {
    const validate = this.#validator(schema, closed);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  /** Compiled once: that takes longer than all requests of a test. */
  #validator(schema: Json, closed: boolean): ValidateFunction {
    const key = `${closed} ${JSON.stringify(schema)}`;
    const components = { schemas: objectAt(objectAt(this.#document, 'components'), 'schemas') };
    const whole = { ...schema, components };
    const validate = this.#validators.get(key) ?? this.#ajv.compile(closed ? asObject(closeObjects(whole)) : whole);
    this.#validators.set(key, validate);
    return validate;
  }

  #resolved(response: Json): Json {
    const { $ref: reference } = response;
    if (typeof reference !== 'string') return response;
    return reference
      .replace('#/', '')
      .split('/')
      .reduce((at: Json, name) => objectAt(at, name), this.#document);
  }
}

function readOperation(path: string, method: string, operation: Json): Operation {
  const { operationId, parameters = [], requestBody, responses } = operation;
  const media =
    requestBody === undefined ? undefined : asObject(objectAt(asObject(requestBody), 'content')['application/json']);
  return {
    id: String(operationId),
    method: method.toUpperCase(),
    path,
    parameters: (Array.isArray(parameters) ? parameters : []).map(readParameter),
    body: media === undefined ? undefined : { schema: objectAt(media, 'schema'), example: media['example'] },
    responses: asObject(responses),
  };
}

function readParameter({ name, in: place, required, schema, example }: Record<string, unknown>): Parameter {
  if (place !== 'path' && place !== 'query' && place !== 'header') throw new Error(`a parameter in ${place}`);
  return { name: String(name), in: place, required: required === true, schema: asObject(schema), example };
}

/** An object schema that does not say otherwise takes no other members. */
function closeObjects(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closeObjects);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closeObjects(value)]));
  return 'properties' in closed && !('additionalProperties' in closed)
    ? { ...closed, additionalProperties: false }
    : closed;
}

export function asObject(value: unknown): Json {
  if (typeof value !== 'object' || value === null) throw new Error(`${JSON.stringify(value)} is no object`);
  return { ...value };
}

function objectAt(object: Json, name: string): Json {
  return asObject(object[name]);
}
