/** One entry: what it says, and what this page could check of it without believing the node. */
import { useEffect, useState } from 'preact/hooks';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { RESERVED_MEMBERS } from '../../src/core/entry/flat.ts';
import { asNumber, asObject, asText } from '../node/answers.ts';
import { getJson, getText, RequestError } from '../node/client.ts';
import { nameOf, type Snapshot } from '../node/live.ts';
import { entryAddress } from '../parts/route.ts';
import { Empty, Hash, Panel } from '../parts/small.tsx';
import { type Check, checkCertificate, checkEntry, checkProof, type Report } from './checks.ts';
import { ProofTree } from './proof-tree.tsx';

interface Found {
  readonly report: Report | undefined;
  readonly certificate: Check | undefined;
  /** Why there is no certificate: that alone is no fault. */
  readonly notFinal: string;
  readonly failure: string;
}

const NOTHING: Found = { report: undefined, certificate: undefined, notFinal: '', failure: '' };

export function EntryView({ hash, snapshot }: { readonly hash: string; readonly snapshot: Snapshot }) {
  const federationId = snapshot.status?.federationId;
  const found = useChecks(hash, federationId);
  const { report, failure } = found;
  if (failure !== '') return <Empty>{failure}</Empty>;
  if (report === undefined) return <Empty>fetching the entry and its proof…</Empty>;
  return (
    <div class="entry">
      <Verdict found={found} />
      {report.entry !== undefined && <Content entry={report.entry} snapshot={snapshot} />}
      {report.proof !== undefined && (
        <Panel title="Inclusion proof" aside={<span class="muted">computed here, from the foot up</span>}>
          <ProofTree report={report} />
          <ul class="tree-key">
            <li class="tree-key-path">computed by this page</li>
            <li class="tree-key-given">given by the proof</li>
          </ul>
        </Panel>
      )}
    </div>
  );
}

function useChecks(hash: string, federationId: string | undefined): Found {
  const [found, setFound] = useState<Found>(NOTHING);
  useEffect(() => {
    if (federationId === undefined) return;
    const abort = new AbortController();
    check(hash, federationId, abort.signal).then(setFound, (error: unknown) => {
      if (!abort.signal.aborted)
        setFound({ ...NOTHING, failure: error instanceof Error ? error.message : String(error) });
    });
    return () => abort.abort();
  }, [hash, federationId]);
  return found;
}

/** Asks for what there is: a journal entry is in no ledger and has no proof, and only what is final has a certificate. */
async function check(hash: string, federationId: string, signal: AbortSignal): Promise<Found> {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error('a receipt hash has 64 lower-case hex digits');
  const path = `/v1/receipts/${hash}`;
  const { log, status } = asObject(await getJson(`${path}/status`, signal));
  if (log !== 'ledger') return { ...NOTHING, report: checkEntry(await getText(path, signal), hash) };
  const report = checkProof(await getText(`${path}/proof`, signal), hash);
  if (status !== 'final') return { ...NOTHING, report, notFinal: 'the entry is stored, and not final yet' };
  const certificate = await getText(`${path}/certificate`, signal).catch(notCertifiable);
  if (certificate instanceof RequestError) return { ...NOTHING, report, notFinal: certificate.message };
  return { ...NOTHING, report, certificate: checkCertificate(certificate, hash, federationId) };
}

/** A node may hold a final entry without the votes: that is an answer; anything else is a failure. */
function notCertifiable(error: unknown): RequestError {
  if (error instanceof RequestError && ['not_final', 'not_certifiable'].includes(error.code)) return error;
  throw error;
}

function Verdict({ found }: { readonly found: Found }) {
  const { report, certificate, notFinal } = found;
  if (report === undefined) return null;
  const checks = certificate === undefined ? report.checks : [...report.checks, certificate];
  const failed = checks.filter(({ holds }) => !holds).length;
  const word = failed === 0 ? 'Verified in this browser' : 'Does not verify';
  return (
    <Panel
      title="Checks"
      class={failed === 0 ? 'verdict is-good' : 'verdict is-bad'}
      aside={<span class="num">{`${checks.length - failed} of ${checks.length} hold`}</span>}
    >
      <p class="verdict-word" role="status" data-verdict={failed === 0 ? 'verified' : 'refused'}>
        {word}
      </p>
      <ol class="checks">
        {checks.map(({ title, holds, detail }) => (
          <li key={title} class={holds ? 'is-good' : 'is-bad'}>
            <b>{title}</b>
            <span class="check-detail">{detail}</span>
          </li>
        ))}
        {notFinal !== '' && (
          <li class="is-open">
            <b>Not vouched for by enough witnesses</b>
            <span class="check-detail">{notFinal}</span>
          </li>
        )}
      </ol>
      <Basis report={report} hasCertificate={certificate?.holds === true} />
    </Panel>
  );
}

/** What it was checked against, and what that leaves open. */
function Basis({ report, hasCertificate }: { readonly report: Report; readonly hasCertificate: boolean }) {
  const against = hasCertificate
    ? 'the signed votes of a threshold of witnesses, and a ledger root that this node signed'
    : report.proof === undefined
      ? 'the key of its author alone: a journal is its node’s own record'
      : 'a ledger root that this node signed; other nodes may have signed another one';
  return (
    <p class="basis">
      Hashes and signatures were computed by this page. Checked against {against}. What the payload claims is its
      author’s word. The page itself came from this node: to depend on it in nothing, save the proof and run{' '}
      <code>tessrax verify --federation FILE proof.json</code> elsewhere.
    </p>
  );
}

const FIELDS = ['origin', 'type', 'log', 'seq', 'timestamp', 'hash', 'prev', 'body_hash', 'nonce', 'federation'];
const HASHES = new Set(['hash', 'prev', 'body_hash', 'nonce', 'federation']);

function Content({ entry, snapshot }: { readonly entry: JsonObject; readonly snapshot: Snapshot }) {
  const body = Object.fromEntries(Object.entries(entry).filter(([name]) => !RESERVED_MEMBERS.has(name)));
  const hash = asText(entry['hash']);
  const log = entry['log'] === 'ledger' ? '/proof' : '';
  return (
    <Panel
      title={`${asText(entry['type'])} of ${nameOf(snapshot.members, asText(entry['origin']))}`}
      class="content"
      aside={
        <a class="link" href={`/v1/receipts/${encodeURIComponent(hash)}${log}`} download={`${hash.slice(0, 16)}.json`}>
          save {log === '' ? 'entry' : 'proof'}
        </a>
      }
    >
      <dl class="fields">
        {FIELDS.map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Field name={name} entry={entry} />
            </dd>
          </div>
        ))}
      </dl>
      <pre class="body">{JSON.stringify(body, null, 2)}</pre>
    </Panel>
  );
}

function Field({ name, entry }: { readonly name: string; readonly entry: JsonObject }) {
  const value = entry[name];
  if (name === 'timestamp') return <time class="num">{new Date(asNumber(value)).toISOString()}</time>;
  if (name === 'prev' && asNumber(entry['seq']) > 0)
    return (
      <a class="mono" href={entryAddress(asText(value))}>
        {asText(value).slice(0, 24)}
      </a>
    );
  if (HASHES.has(name)) return <Hash value={asText(value)} digits={24} />;
  return <span class={name === 'origin' ? 'mono' : 'num'}>{String(value)}</span>;
}
