/** Guards of what enters the ledger and of what is said: signatures, chain rules, deltas, order of writing. */
import type { Mutant } from './mutant.ts';

const GOSSIP = 'sync/gossip.ts';
const FETCH = 'sync/fetch.ts';
const ADMISSION = 'ledger/admission.ts';
const DELTA = 'sync/delta.ts';

export const ENTRY_MUTANTS: readonly Mutant[] = [
  {
    name: 'entry signature',
    file: 'entry/examine.ts',
    find: '[own] : [own, ...reviews]',
    replace: 'reviews : reviews',
    faults: ['forger', 'drop'],
    catches: ['validity', 'gossip_verdict', 'auditability'],
  },
  {
    name: 'entry signature, fetched entries only',
    file: FETCH,
    find: '...runs.flatMap((run) => run.flatMap(({ jobs }) => jobs))',
    replace: '',
    faults: ['forger', 'drop'],
    catches: ['validity'],
  },
  {
    name: 'a verdict of the verifier on what was fetched',
    file: FETCH,
    find: 'if (!valid.every(Boolean)) {',
    replace: 'if (false) {',
    faults: ['forger', 'drop'],
    catches: ['validity', 'auditability'],
  },
  {
    name: 'a verdict of the verifier on gossip',
    file: 'sync/judging.ts',
    find: 'if (valid.every(Boolean)) return false;',
    replace: 'if (valid) return false;',
    faults: ['forger'],
    catches: ['gossip_verdict', 'validity', 'auditability'],
  },
  {
    name: 'SYNC_EVENT signature',
    file: DELTA,
    find: 'eventJobs: jobs',
    replace: 'eventJobs: []',
    faults: ['forger'],
    catches: ['auditability', 'gossip_verdict'],
  },
  {
    name: 'chain: predecessor',
    file: ADMISSION,
    find: "if (!equalBytes(next.prev, last.hash)) return { kind: 'reject', reason: 'chain_broken' };",
    replace: '',
    faults: ['misfit'],
    catches: ['validity'],
  },
  {
    name: 'chain: nonce rises',
    file: ADMISSION,
    find: 'if (compareBytes(next.nonce, last.nonce) <= 0)',
    replace: 'if (false)',
    faults: ['misfit'],
    catches: ['validity'],
  },
  {
    name: 'chain: time does not go back',
    file: ADMISSION,
    find: 'if (next.timestampMs < last.timestampMs)',
    replace: 'if (false)',
    faults: ['misfit'],
    catches: ['validity'],
  },
  {
    name: 'chain: no gap',
    file: ADMISSION,
    find: "return { kind: 'wait', reason: 'gap' };",
    replace: "return { kind: 'accept' };",
    faults: ['two_faced', 'delay', 'reorder'],
    catches: ['append_only', 'validity'],
    equivalent:
      'nobody gets that far: a push with a gap is taken as a claim, and a delta with one is not what was asked for',
  },
  {
    name: 'duplicates are set aside',
    file: ADMISSION,
    find: "return { kind: 'duplicate' };",
    replace: "return { kind: 'accept' };",
    faults: ['drop', 'reorder', 'delay', 'partition'],
    catches: ['append_only'],
  },
  {
    name: 'entries of the future wait',
    file: ADMISSION,
    find: 'if (untilMs > wallMs)',
    replace: 'if (false)',
    faults: ['skew'],
    catches: ['patience'],
  },
  {
    name: 'delta: Merkle root',
    file: DELTA,
    find: 'toHex(root) !== claim.deltaMerkleRoot',
    replace: 'false',
    faults: ['forger'],
    catches: ['auditability', 'gossip_verdict'],
  },
  {
    name: 'delta: ranges',
    file: DELTA,
    find: 'if (!sameRanges)',
    replace: 'if (false)',
    faults: ['forger'],
    catches: ['auditability', 'gossip_verdict'],
  },
  {
    name: 'reply only when stored',
    file: 'sync/append.ts',
    find: "{ kind: 'appended', replies, push: push?.message },",
    replace:
      "(replies.forEach((reply) => emit(state, { kind: 'reply', ...reply })), { kind: 'appended', replies: [], push: push?.message }),",
    faults: ['crash', 'crash_unstored'],
    catches: ['durability'],
  },
  {
    name: 'heartbeat of what is durable',
    file: GOSSIP,
    find: 'const { heartbeat, durable } = state;',
    replace:
      'const { heartbeat, ledger } = state; const heads = new Map([...ledger.heads()].map((head) => [head.origin, head]));' +
      'const durable = { heads, journal: state.journal, height: ledger.height, root: ledger.root };',
    faults: [],
    catches: ['speech'],
  },
  {
    name: 'delta only after its SYNC_EVENT is stored',
    file: 'sync/serve.ts',
    find: "commit(state, { admissions: [admission] }, { kind: 'event', stream: served.stream, frame });",
    replace:
      "commit(state, { admissions: [admission] }, { kind: 'sealed' }); onEventStored(state, { stream: served.stream, frame });",
    faults: ['drop'],
    catches: ['speech'],
  },
  {
    name: 'confirmation only when stored',
    file: FETCH,
    find: 'takeScars(state, admissions);\n',
    replace:
      "takeScars(state, admissions); emit(state, { kind: 'send', stream: session.stream, " +
      "frame: encodeMessage({ kind: 'confirm', statement: confirmed.statement }) });\n",
    faults: ['drop'],
    catches: ['speech'],
  },
  {
    name: 'batches in order',
    file: 'sync/commit.ts',
    find: 'state.batches.push({',
    replace: 'state.batches.unshift({',
    faults: ['drop'],
    catches: ['no_throw'],
  },
  {
    name: 'order of acknowledgements is checked',
    file: 'sync/commit.ts',
    find: 'batch === undefined || batch.id !== id',
    replace: 'batch === undefined',
    faults: ['drop'],
    catches: ['no_throw'],
    equivalent: 'the simulated disk keeps the promise of every store: first in, first durable',
  },
  {
    name: 'SYNC_CONFIRMED is journaled',
    file: FETCH,
    find: 'admissions: [...admissions, admission],',
    replace: 'admissions,',
    faults: ['drop'],
    catches: ['append_only', 'auditability'],
  },
  {
    name: "the sender's SYNC_EVENT is kept",
    file: FETCH,
    find: 'statements: [keepStatement(delivery.event, state.federation.id, delivery.eventHash)],',
    replace: 'statements: [],',
    faults: [],
    catches: ['auditability'],
  },
  {
    name: "the receiver's SYNC_CONFIRMED is kept",
    file: 'sync/serve.ts',
    find: 'commit(state, { admissions: [], statements },',
    replace: 'commit(state, { admissions: [] },',
    faults: [],
    catches: ['auditability'],
  },
  {
    name: 'a push has no gap before it',
    file: GOSSIP,
    find: 'if (first.seq > state.ledger.size(source)) {',
    replace: 'if (false) {',
    faults: ['drop', 'reorder'],
    catches: ['append_only'],
    equivalent:
      'admission makes it wait, and the next heartbeat or frontier says what is missing: this only says it sooner',
  },
];
