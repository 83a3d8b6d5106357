/** Requests made from the document at /openapi.json, most of them wrong: what is refused is refused well, and leaves nothing behind. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { type Answer, ApiRig, listOf } from '../node-rig.ts';
import { asObject, Description, type Json, type Operation, type Parameter } from './description.ts';

const RUNS = 60;
const SEED = 20_261_122;

interface Trial {
  readonly parameters: ReadonlyMap<Parameter, string>;
  readonly unknown: readonly (readonly [string, string])[];
  readonly body: unknown;
}

/** What a parameter may be given as: its example, or anything. Header values are what a client can send at all. */
function parameterValues({ in: place, example }: Parameter): fc.Arbitrary<string> {
  const wild = fc.oneof(
    fc.string({ maxLength: 40, unit: place === 'header' ? 'grapheme-ascii' : 'binary' }),
    fc.string({ minLength: 100, maxLength: 300, unit: 'grapheme-ascii' }),
    fc.integer().map(String),
    fc.constantFrom('', '0', '-1', '1e9', 'null', '../..', "'; --", '\u0000', '9'.repeat(40)),
  );
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(String(example)) },
    { weight: 2, arbitrary: wild.map(wellFormed) },
  );
}

function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** The example with one thing wrong, or anything. */
function bodies(example: unknown): fc.Arbitrary<unknown> {
  const [draft] = Array.isArray(example) ? example : [example];
  const object = asObject(draft);
  const names = Object.keys(object);
  const broken = fc.oneof(
    fc
      .constantFrom(...names)
      .map((name) => Object.fromEntries(Object.entries(object).filter(([each]) => each !== name))),
    fc.tuple(fc.constantFrom(...names), fc.jsonValue()).map(([name, value]) => ({ ...object, [name]: value })),
    fc.tuple(fc.string(), fc.jsonValue()).map(([name, value]) => ({ ...object, [name]: value })),
    fc
      .tuple(fc.constantFrom(...names), fc.string({ minLength: 5000, maxLength: 6000 }))
      .map(([name, value]) => ({ ...object, [name]: value })),
  );
  const list = Array.isArray(example)
    ? [broken.map((each) => [draft, each]), fc.array(fc.jsonValue(), { maxLength: 3 })]
    : [];
  return fc.oneof(fc.constant(example), broken, fc.jsonValue(), ...list);
}

function trials({ parameters, body }: Operation): fc.Arbitrary<Trial> {
  const given = parameters.map((parameter) =>
    fc
      .option(parameterValues(parameter), { nil: undefined, freq: parameter.required ? 1000 : 2 })
      .map((value) => [parameter, value] as const),
  );
  return fc.record({
    parameters: fc
      .tuple(...given)
      .map((list) => new Map(list.flatMap(([parameter, value]) => (value === undefined ? [] : [[parameter, value]])))),
    unknown: fc.array(fc.tuple(fc.stringMatching(/^x[a-z]{1,8}$/), fc.string()), { maxLength: 1 }),
    body: body === undefined ? fc.constant(undefined) : bodies(body.example),
  });
}

describe('api: requests made from its own description', () => {
  let api: ApiRig;
  let description: Description;
  before(async () => {
    api = await ApiRig.start();
    description = new Description(JSON.parse((await api.get('/openapi.json')).text));
    await api.post('/v1/receipts', [{ payload: { n: 1 } }, { payload: { n: 2 } }]);
  });
  after(() => api.stop());

  async function send(
    { path, method, body: takesBody }: Operation,
    { parameters, unknown, body }: Trial,
  ): Promise<Answer> {
    let filled = path;
    const query = new URLSearchParams();
    for (const [name, value] of unknown) query.append(name, wellFormed(value));
    const headers: Record<string, string> = {};
    for (const [{ name, in: place }, value] of parameters) {
      if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(value));
      else if (place === 'query') query.append(name, value);
      else headers[name] = value.replaceAll(/[^\x20-\x7e]/g, '?').trim();
    }
    const target = `${filled}?${query}`;
    if (takesBody !== undefined) return await api.post(target, JSON.stringify(body) ?? '', headers);
    equal(method, 'GET');
    return await api.get(target);
  }

  /** Whether the description allows the request. The rules of entries may refuse it all the same. */
  function isDescribed(operation: Operation, { parameters, unknown, body }: Trial): boolean {
    if (unknown.length > 0) return false;
    if (operation.body !== undefined && description.schemaFaults(operation.body.schema, body).length > 0) return false;
    return [...parameters].every(
      ([{ schema }, value]) => description.schemaFaults(schema, asTyped(schema, value)).length === 0,
    );
  }

  for (const id of [
    'getStatus',
    'listPeers',
    'listFeeds',
    'listReceipts',
    'appendReceipts',
    'getReceipt',
    'getProof',
    'getCertificate',
    'getReceiptStatus',
    'getStatement',
    'listScars',
    'listJournal',
    'getExportHeader',
    'exportLedger',
    'listQuarantine',
    'getTimeline',
    'getCheckpoint',
    'getTlogProof',
    'getGovernance',
    'propose',
    'vote',
    'listRevocations',
    'revoke',
    'getMetrics',
    'getHealth',
    'getReadiness',
    'getDescription',
  ]) {
    it(`${id}: a problem document for what it refuses, and nothing appended then`, async () => {
      const operation = description.operation(id);
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(trials(operation), async (trial) => {
          const before = api.node.handle.status().height;
          const answer = await send(operation, trial);
          const grown = api.node.handle.status().height - before;
          ok(answer.status < 500, `${answer.status} ${answer.text}`);
          if (answer.status < 300) {
            equal(grown, operation.method === 'GET' ? 0 : stored(answer));
            ok(
              isDescribed(operation, trial),
              `taken, although the description does not allow it: ${answer.text.slice(0, 200)}`,
            );
            return;
          }
          refused++;
          equal(grown, 0);
          deepEqual(description.faults(operation, answer.status, answer.type, answer.json), []);
        }),
        { numRuns: RUNS, seed: SEED },
      );
      ok(refused > 0, 'nothing was refused');
    });
  }

  it('leaves no operation out but the event stream', () => {
    deepEqual(description.operations.length, 28);
  });

  function stored(answer: Answer): number {
    if (answer.json['existing'] === true) return 0; // said before
    return 'entries' in answer.json ? listOf(answer, 'entries').length : 1;
  }
});

function asTyped({ type }: Json, value: string): unknown {
  return type === 'integer' && /^\d+$/.test(value) ? Number(value) : value;
}
