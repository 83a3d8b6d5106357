/** Guards of governance: who decides, who hears of it, and how one set of witnesses hands over to the next. */
import type { Mutant } from './mutant.ts';

const GOVERNING = 'sync/governing.ts';
const DECISION = 'federation/decision.ts';
const HANDOFF = 'sync/handoff.ts';
const BALLOTS = ['governance', 'second_vote', 'drop'];
const PARTED = ['governance', 'partition', 'drop', 'crash'];

export const GOVERNANCE_MUTANTS: readonly Mutant[] = [
  {
    name: 'decision: as many votes as decide',
    file: 'federation/epochs.ts',
    find: 'return Math.max(threshold, safeThreshold(witnesses.size));',
    replace: 'return Math.max(threshold, safeThreshold(witnesses.size)) - 1;',
    faults: PARTED,
    catches: ['governance', 'finality', 'no_throw', 'convergence'],
  },
  {
    name: 'decision: as many votes as decide, in its proof',
    file: DECISION,
    find: 'if (seen.size < needed) throw',
    replace: 'if (false) throw',
    faults: ['usurper', 'governance'],
    catches: ['governance', 'finality', 'convergence'],
  },
  {
    name: 'decision: a witness counts once, in its proof',
    file: DECISION,
    find: ' || seen.has(declaration.origin)',
    replace: '',
    faults: ['usurper', 'governance'],
    catches: ['governance', 'finality', 'convergence'],
  },
  {
    name: 'decision: signatures, in its proof',
    file: GOVERNING,
    find: 'if (!valid.every(Boolean)) {',
    replace: 'if (false) {',
    faults: ['usurper', 'governance'],
    catches: ['governance', 'finality', 'convergence'],
  },
  {
    name: 'decision: kept before the node goes by it',
    file: GOVERNING,
    find: "  commit(state, { admissions: [], decisions }, { kind: 'decided', rulings: proved.map(({ ruling }) => ruling) });",
    replace:
      "  commit(state, { admissions: [], decisions }, { kind: 'certified' }); onDecided(state, proved.map(({ ruling }) => ruling));",
    faults: ['governance', 'slow'],
    catches: ['speech', 'governance'],
  },
  {
    name: 'decision: kept on disk',
    file: GOVERNING,
    find: 'commit(state, { admissions: [], decisions },',
    replace: 'commit(state, { admissions: [] },',
    faults: ['governance', 'crash'],
    catches: ['speech', 'governance'],
  },
  {
    name: 'ballot: a node signs one vote in it',
    file: 'sync/ballot-box.ts',
    find: 'if (!isAfter(body, last))',
    replace: 'if (false)',
    faults: BALLOTS,
    catches: ['governance'],
  },
  {
    name: 'ballot: votes on their way to the disk count',
    file: 'sync/commit.ts',
    find: '  noteSigned(state, stored);\n',
    replace: '',
    also: [{ file: 'sync/append.ts', find: '  noteSigned(state, entries);', replace: '' }],
    faults: BALLOTS,
    catches: ['governance'],
  },
  {
    name: 'ballot: a witness counts once',
    file: 'federation/governance.ts',
    find: "body.action === 'vote' && !feed.voted",
    replace: "body.action === 'vote'",
    faults: BALLOTS,
    catches: ['governance', 'no_throw'],
  },
  {
    name: 'threshold: what is proposed keeps two quorums together',
    file: 'federation/epochs.ts',
    find: 'if (!quorumsIntersect(after)) {',
    replace: 'if (false) {',
    faults: ['governance'],
    catches: ['governance'],
  },
  {
    name: 'handoff: a threshold of those before',
    file: HANDOFF,
    find: 'if (before < previous.threshold && now < current.threshold) return;',
    replace: 'if (before < 1 && now < 1) return;',
    faults: PARTED,
    catches: ['finality'],
  },
  {
    name: 'handoff: they have stopped',
    file: HANDOFF,
    find: 'if (stopped && handoff',
    replace: 'if (handoff',
    faults: ['governance', 'delay', 'partition', 'slow'],
    catches: ['finality'],
  },
  {
    name: 'handoff: what they held is here',
    file: HANDOFF,
    find: ' && handoff.ledgers.has(nameLedger(said))',
    replace: '',
    faults: PARTED,
    catches: ['finality'],
  },
  {
    name: 'handoff: durable before it is said',
    file: HANDOFF,
    find: "{ kind: 'took_over', since: current.since });",
    replace: "{ kind: 'certified' }); onTookOver(state, current.since);",
    faults: ['governance', 'slow'],
    catches: ['speech'],
  },
];
